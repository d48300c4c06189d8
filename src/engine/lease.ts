import type { DataSource } from 'typeorm';
import { LeaseLostError, messageOf } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import { SessionRepository } from '../db/repositories/session-repository.js';

/** Why a run had to stop before its graph did. */
export type LeaseEnd = 'lost' | 'cancelled' | 'shutdown';

/**
 * A run's hold on its session: a fencing token, and a heartbeat at a third of the lease. When the heartbeat
 * learns that the session has gone to another run, or that it was cancelled, the signal aborts.
 */
export class Lease {
  private readonly abort = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  private lastHeld = performance.now();
  /** Set once the signal has aborted. */
  endedBy: LeaseEnd | undefined;

  constructor(
    private readonly dataSource: DataSource,
    readonly sessionId: string,
    readonly fence: number,
    readonly seconds: number,
    private readonly log: Logger,
  ) {}

  /** Aborts when the run must stop. */
  get signal(): AbortSignal {
    return this.abort.signal;
  }

  /** Begins the heartbeat. */
  start(): void {
    this.timer = setTimeout(() => void this.beat(), (this.seconds * 1000) / 3);
  }

  /** Ends the heartbeat; the lease runs out by itself unless the run settles. */
  stop(): void {
    clearTimeout(this.timer);
  }

  /** Makes the run stop. The first reason stands. */
  end(reason: LeaseEnd): void {
    if (this.endedBy) return;
    this.endedBy = reason;
    this.abort.abort(new LeaseLostError(this.sessionId, this.fence));
  }

  private async beat(): Promise<void> {
    try {
      const { held, cancelRequested } = await new SessionRepository(this.dataSource.manager).heartbeat(
        this.sessionId,
        this.fence,
        this.seconds,
      );
      if (!held) return this.end('lost');
      if (cancelRequested) return this.end('cancelled');
      this.lastHeld = performance.now();
    } catch (error) {
      this.log.warn({ error: messageOf(error) }, 'heartbeat failed');
      // Without the database for a whole lease, somebody else may have the session by now.
      if (performance.now() - this.lastHeld > this.seconds * 1000) return this.end('lost');
    }
    if (!this.endedBy) this.start();
  }
}
