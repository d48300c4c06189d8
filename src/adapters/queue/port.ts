import type { RunJob } from './jobs.js';

/**
 * The queue port: it delivers wake-ups, at least once, and decides nothing.
 *
 * Left out on purpose, because the database does it: retries, delays, priorities, deduplication, results and
 * progress. A delivery may come twice, late, or (when Redis is wiped) never; the reconciler dispatches again.
 */

/** Our own open transaction. A TypeORM `EntityManager` or `QueryRunner` is one. */
export interface QueueTransaction {
  query(sql: string, params?: unknown[]): Promise<unknown[]>;
}

/**
 * Called once per delivery. The signal aborts only when the worker shuts down and the grace is over; the handler
 * should then let go quickly. Whatever it throws is logged and never makes the queue deliver the job again.
 */
export type JobHandler = (job: RunJob, signal: AbortSignal) => Promise<void>;

export interface QueueCounts {
  waiting: number;
  active: number;
  /** Deliveries whose handler threw: the last hundred of the last day. */
  failed: number;
  delayed: number;
}

/** A delivery whose handler threw. It is not delivered again: the reconciler sends another. */
export interface FailedDelivery {
  id: string;
  /** Null when the job carried none. */
  sessionId: string | null;
  problem: string;
  failedAt: Date | null;
}

export interface JobQueue {
  readonly name: 'bullmq-redis' | 'bullmq-postgres';

  /** Whether `dispatch` can add the job inside our own transaction. */
  readonly transactional: boolean;

  /**
   * Adds one wake-up under a fresh job id, so that a kept job never swallows it. `dispatchedAt` defaults to now.
   *
   * With a transactional queue and `tx` the job commits or vanishes with `tx`, workers wake upon commit, and the
   * database's own errors pass through unchanged. A queue that is not transactional ignores `tx`: call it after
   * the commit.
   * @throws UnavailableError within about a second when the queue's store is away. A job that was already on its
   *   way may still arrive later.
   */
  dispatch(job: RunJob, tx?: QueueTransaction): Promise<void>;

  /**
   * Starts taking jobs, at most `concurrency` at once. Jobs that do not match `runJob` are logged and dropped.
   * The worker outlives outages of its store by itself.
   * @throws UnavailableError when Postgres is away at this moment (Redis may be away: it is waited for)
   */
  work(handler: JobHandler, options: { concurrency: number }): Promise<QueueWorker>;

  /**
   * How many jobs there are in each state.
   * @throws UnavailableError when the store does not answer within a second
   */
  counts(): Promise<QueueCounts>;

  /**
   * The failed deliveries that are kept, newest first, at most `limit`.
   * @throws UnavailableError when the store does not answer within a second
   */
  failures(limit: number): Promise<FailedDelivery[]>;

  /**
   * Forgets a failed delivery. One that is gone already is no error.
   * @throws UnavailableError when the store does not answer within a second
   */
  forgetFailure(id: string): Promise<void>;

  /**
   * Resolves when the store answers within `ms` (default 1000).
   * @throws UnavailableError otherwise
   */
  ping(ms?: number): Promise<void>;

  /** Closes the workers that are still open, without grace, and every connection. May be called twice. */
  close(): Promise<void>;
}

export interface QueueWorker {
  /** Handlers running at this moment. */
  readonly running: number;

  /**
   * Stops taking jobs and waits up to `graceMs` for the running handlers; then aborts their signals, gives them
   * a short moment more, and returns at any rate. The jobs of aborted handlers go back to the queue for another
   * worker. May be called twice.
   */
  close(graceMs: number): Promise<void>;
}
