import { WaitingError } from 'bullmq';
import type { Job } from 'bullmq';
import { sleep } from '../../core/clock.js';
import { messageOf } from '../../core/errors.js';
import type { Logger } from '../../core/logger.js';
import { withDeadline } from './deadline.js';
import { runJob } from './jobs.js';
import type { OutageLog } from './outage-log.js';
import type { JobHandler, QueueWorker } from './port.js';
import { RETENTION, type QueueSettings } from './settings.js';

/** What an aborted handler gets to let go before the worker leaves without it. */
const LET_GO_MS = 2_000;
/** What BullMQ gets to say goodbye to its store, which may be away. */
const GOODBYE_MS = 2_000;

/** What we use of BullMQ's `Worker`, whose full type differs with its backend. */
interface StartedWorker {
  on(event: 'error', listener: (error: Error) => void): unknown;
  pause(doNotWaitActive: boolean): Promise<void>;
  close(force: boolean): Promise<void>;
  waitUntilReady(): Promise<void>;
}

export interface BullWorkerOptions {
  /** Makes the BullMQ worker on a backend's own connection. */
  start: (
    process: (job: Job<unknown>, token?: string) => Promise<void>,
    options: QueueSettings & typeof RETENTION & { concurrency: number },
  ) => StartedWorker;
  settings: QueueSettings;
  logger: Logger;
  outages: OutageLog;
  handler: JobHandler;
  /** Handlers running at once. */
  concurrency: number;
  /** Called once, when the worker has closed. */
  onClosed: () => void;
}

/** A BullMQ worker of either backend that keeps our promises about handlers, signals and shutting down. */
export class BullWorker implements QueueWorker {
  private readonly worker: StartedWorker;
  private readonly handlers = new Map<Promise<void>, AbortController>();
  private closing: Promise<void> | undefined;
  private started = false;
  private left = false;

  constructor(private readonly options: BullWorkerOptions) {
    const { concurrency, settings, start, outages } = options;
    this.worker = start((job, token) => this.take(job, token), { concurrency, ...settings, ...RETENTION });
    this.worker.on('error', (error) => outages.failed(error));
    this.worker.waitUntilReady().then(
      () => (this.started = true),
      // Told by the 'error' event, and to whoever asks `ready`.
      () => undefined,
    );
  }

  get running(): number {
    return this.handlers.size;
  }

  /** Resolves when the worker's connections stand. Rejects with the store's error if it was away. */
  async ready(): Promise<void> {
    await this.worker.waitUntilReady();
  }

  close(graceMs: number): Promise<void> {
    this.closing ??= this.shutDown(graceMs);
    return this.closing;
  }

  /** One delivery. Throwing marks the job failed in BullMQ, which has no attempts left for it. */
  private async take(job: Job<unknown>, token?: string): Promise<void> {
    // BullMQ may hand out one more job that it fetched while we were already closing.
    if (this.closing) return this.giveBack(job, token);
    const parsed = runJob.safeParse(job.data);
    if (!parsed.success) {
      this.options.logger.error(
        { jobId: job.id, problems: parsed.error.issues },
        'queue: dropped a malformed job',
      );
      return;
    }
    const controller = new AbortController();
    // A handler may throw before its first await; inside the async function that is a rejection too.
    const run = (async () => this.options.handler(parsed.data, controller.signal))();
    this.handlers.set(run, controller);
    try {
      await run;
    } catch (error) {
      if (!controller.signal.aborted) {
        this.options.logger.error(
          { err: error, jobId: job.id, sessionId: parsed.data.sessionId },
          `queue: a handler failed: ${messageOf(error)}`,
        );
        throw error instanceof Error ? error : new Error(messageOf(error));
      }
    } finally {
      this.handlers.delete(run);
    }
    if (controller.signal.aborted) await this.giveBack(job, token);
  }

  /**
   * Puts the job back for another worker; if that fails it comes back by itself when its lock expires.
   * @throws WaitingError always: BullMQ's way of being told that the job is not finished
   */
  private async giveBack(job: Job<unknown>, token?: string): Promise<never> {
    try {
      if (!this.left) await job.moveToWait(token);
    } catch (error) {
      this.options.logger.debug({ err: error, jobId: job.id }, 'queue: could not give a job back');
    }
    throw new WaitingError();
  }

  private async shutDown(graceMs: number): Promise<void> {
    const { logger, outages, onClosed } = this.options;
    try {
      // Pausing stops the fetching and goes on renewing the locks; closing at once could not be turned into a
      // forced close later, as BullMQ remembers its first one.
      await this.worker.pause(true);
      if (!(await this.idleWithin(graceMs))) {
        for (const controller of this.handlers.values()) controller.abort();
        await this.idleWithin(LET_GO_MS);
      }
      this.left = this.handlers.size > 0;
      if (this.left)
        logger.warn(
          { running: this.running },
          'queue: left running handlers behind that ignore their signal',
        );
      // A polite goodbye to a store that is not there would wait for it.
      const force = this.left || outages.isDown || !this.started;
      await withDeadline(this.worker.close(force), GOODBYE_MS, 'Closing the worker');
    } catch (error) {
      logger.warn({ err: error }, `queue: a worker closed badly: ${messageOf(error)}`);
    } finally {
      onClosed();
    }
  }

  /** Whether every handler has settled before `ms` were over. */
  private async idleWithin(ms: number): Promise<boolean> {
    const idle = Promise.allSettled(this.handlers.keys()).then(() => true);
    const stop = new AbortController();
    const late = sleep(ms, stop.signal).then(
      () => false,
      () => false,
    );
    const result = this.handlers.size === 0 || (await Promise.race([idle, late]));
    stop.abort();
    return result;
  }
}
