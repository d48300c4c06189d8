import type { EntityManager } from 'typeorm';
import type { JobQueue } from '../adapters/queue/port.js';
import { messageOf } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import { SessionRepository } from '../db/repositories/session-repository.js';

/**
 * Sends wake-ups. The session's row says that a run is wanted (`wake_seq > done_seq`); this only makes it
 * happen soon. What gets lost on the way, the reconciler sends again.
 */
export class Dispatcher {
  constructor(
    private readonly queue: JobQueue,
    private readonly manager: EntityManager,
    private readonly log: Logger,
  ) {}

  /** Inside the transaction that wants the run: with a queue on the same Postgres, both commit or neither. */
  async dispatchIn(tx: EntityManager, sessionId: string): Promise<void> {
    if (!this.queue.transactional) return;
    await this.queue.dispatch({ sessionId }, tx);
    await new SessionRepository(tx).markDispatched([sessionId]);
  }

  /** After the commit, for a queue that lives elsewhere. Never awaited by a request, never its failure. */
  dispatchSoon(sessionId: string): void {
    if (!this.queue.transactional) void this.dispatchAll([sessionId]);
  }

  /** Sends wake-ups now. @returns how many the queue took */
  async dispatchAll(sessionIds: readonly string[]): Promise<number> {
    const sent: string[] = [];
    for (const sessionId of sessionIds) {
      try {
        await this.queue.dispatch({ sessionId });
        sent.push(sessionId);
      } catch (error) {
        this.log.debug({ sessionId, error: messageOf(error) }, 'wake-up not sent; the reconciler will');
        break;
      }
    }
    if (sent.length > 0)
      await new SessionRepository(this.manager).markDispatched(sent).catch((error: unknown) => {
        this.log.debug({ error: messageOf(error) }, 'dispatch not noted');
      });
    return sent.length;
  }
}
