import { z } from 'zod';

/**
 * A wake-up for one session. It carries an id and no truth: whoever gets it asks the database what is to be done.
 * Jobs outlive deployments, so new fields stay optional and unknown ones are dropped.
 */
export const runJob = z.object({
  sessionId: z.string().min(1),
  /** Why the session was woken (`submitted`, `decided`, `lease_expired` …), for logs only. */
  reason: z.string().optional(),
  /** Epoch milliseconds on the sender's clock. */
  dispatchedAt: z.number().optional(),
});
export type RunJob = z.infer<typeof runJob>;

/** The queue's name under a prefix. BullMQ refuses names with a colon. */
export function runQueueName(prefix: string): string {
  return `${prefix}-runs`;
}

/** The one name our jobs carry inside BullMQ, as its own screens show it. */
export const RUN_JOB_NAME = 'run';
