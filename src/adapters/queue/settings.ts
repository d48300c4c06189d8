import type { KeepJobs } from 'bullmq';

/** How BullMQ watches over jobs in progress. All in milliseconds, but for the count. */
export interface QueueSettings {
  /** How long a job stays its worker's without being renewed. Renewed at half of it. */
  lockDuration: number;
  /** How often expired locks are looked for. Takes two looks, so a dead worker's job is back after about both. */
  stalledInterval: number;
  /** After this many stalls BullMQ fails a job for good; ours live in the database, so practically never. */
  maxStalledCount: number;
  /** Pause before a worker asks again after its store failed. */
  runRetryDelay: number;
}

export const STANDARD_SETTINGS: QueueSettings = {
  lockDuration: 10_000,
  stalledInterval: 5_000,
  maxStalledCount: 1_000,
  runRetryDelay: 1_000,
};

/** What is kept of finished jobs: nothing of the good ones, a day's handful of the bad ones to look at. */
export const RETENTION: { removeOnComplete: KeepJobs; removeOnFail: KeepJobs } = {
  removeOnComplete: { count: 0 },
  removeOnFail: { count: 100, age: 24 * 3600 },
};

/** BullMQ writes an event row or entry per step of a job. Nobody reads them here, so few are kept. */
export const EVENTS_KEPT = 100;

/** How long `dispatch`, `counts` and `ping` wait for the store before they give up. */
export const ANSWER_WITHIN_MS = 1_000;

/**
 * The same for the queue on Postgres. It is the database that callers wait for anyway: giving up early on a busy
 * one would refuse what it is about to take.
 */
export const POSTGRES_WITHIN_MS = 10_000;
