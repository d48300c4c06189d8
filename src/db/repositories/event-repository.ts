import type { EntityManager } from 'typeorm';
import { SessionEvent } from '../entities/session-event.js';

/** The replayable stream of a session, as `JournalRepository` writes it. */
export class EventRepository {
  constructor(private readonly db: EntityManager) {}

  /** Events after `seq`, oldest first. */
  async after(sessionId: string, seq: number, limit: number): Promise<SessionEvent[]> {
    return this.db
      .createQueryBuilder(SessionEvent, 'e')
      .where('e.session_id = :sessionId AND e.seq > :seq', { sessionId, seq })
      .orderBy('e.seq')
      .take(limit)
      .getMany();
  }
}
