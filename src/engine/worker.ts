import type { JobQueue, QueueWorker } from '../adapters/queue/port.js';
import type { Logger } from '../core/logger.js';
import type { Notifier } from '../services/notifications/notifier.js';
import type { Reconciler } from './reconciler.js';
import type { Runner } from './runner.js';

/** How long a stopping worker waits for its runs before it gives their leases back, in ms. */
const DRAIN_MS = 4000;

/** A worker: takes wake-ups from the queue, carries sessions, and reconciles. */
export class Worker {
  private consumer: QueueWorker | undefined;

  constructor(
    private readonly queue: JobQueue,
    private readonly runner: Runner,
    private readonly reconciler: Reconciler,
    private readonly notifier: Notifier,
    private readonly concurrency: number,
    private readonly log: Logger,
  ) {}

  async start(): Promise<void> {
    this.consumer = await this.queue.work(
      async ({ sessionId }, signal) => {
        const end = await this.runner.run(sessionId, signal);
        this.log.debug({ sessionId, end }, 'wake-up answered');
      },
      { concurrency: this.concurrency },
    );
    this.reconciler.start();
    this.notifier.start();
    this.log.info({ queue: this.queue.name, concurrency: this.concurrency }, 'worker ready');
  }

  /** Takes no more work, lets runs end or gives their leases back, within about `graceMs`. */
  async stop(graceMs = DRAIN_MS): Promise<void> {
    const told = this.notifier.stop(graceMs);
    await this.reconciler.stop();
    await this.consumer?.close(graceMs);
    await told;
  }
}
