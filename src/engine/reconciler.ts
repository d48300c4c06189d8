import type { DataSource } from 'typeorm';
import type { JobQueue } from '../adapters/queue/port.js';
import { messageOf } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import { repositories } from '../db/repositories/index.js';
import type { Dispatcher } from '../services/dispatcher.js';
import type { GateDeadlines } from '../services/approval-deadlines.js';
import type { CanaryService } from '../services/prompt-work/canaries.js';
import type { UsageService } from '../services/usage.js';

/** How often each worker process looks, in ms. */
const PERIOD_MS = 1000;
/** A wake-up that nobody answered for this long counts as lost, in seconds. */
const LOST_AFTER_SECONDS = 5;
const BATCH = 200;

/**
 * Runs on every worker: sends again what got lost, and closes what timed out. Any number of them may run;
 * rows that one looks at are skipped by the others.
 */
export class Reconciler {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private stopped = false;

  constructor(
    private readonly dataSource: DataSource,
    private readonly queue: JobQueue,
    private readonly dispatcher: Dispatcher,
    private readonly deadlines: GateDeadlines,
    private readonly usage: UsageService,
    private readonly canaries: Pick<CanaryService, 'check'>,
    private readonly log: Logger,
  ) {}

  start(): void {
    this.timer = setTimeout(() => {
      this.running = this.pass()
        .catch((error: unknown) => this.log.warn({ error: messageOf(error) }, 'reconciler pass failed'))
        .finally(() => {
          if (!this.stopped) this.start();
        });
    }, PERIOD_MS);
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.running;
  }

  /** One look at everything. Public for tests and for `atelier doctor`. */
  async pass(): Promise<void> {
    await this.redispatch();
    await this.deadlines.pass();
    await this.usage.sweep();
    await this.canaries.check();
  }

  private async redispatch(): Promise<void> {
    const { sessions } = repositories(this.dataSource.manager);
    // A queue with a backlog is alive: what waits in it is not lost, and must not be sent again and again.
    const backlog = await this.queue.counts().then(
      ({ waiting }) => waiting > 0,
      () => false,
    );
    const stale = await sessions.takeStale(LOST_AFTER_SECONDS, BATCH, backlog);
    if (stale.length === 0) return;
    this.log.info({ sessions: stale.length }, 'sending wake-ups again');
    await this.dispatcher.dispatchAll(stale);
  }
}
