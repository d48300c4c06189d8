import type { EntityManager } from 'typeorm';
import type { StreamEvent } from '../../core/vocabulary.js';
import { SessionEvent } from '../entities/session-event.js';

/** The replayable stream of a session. The caller of `append` holds the session's row, so `seq` has no gaps. */
export class EventRepository {
  constructor(private readonly db: EntityManager) {}

  async append(
    sessionId: string,
    events: readonly { type: StreamEvent; data: Record<string, unknown> }[],
  ): Promise<void> {
    if (events.length === 0) return;
    await this.db.query(
      `INSERT INTO session_events (session_id, seq, type, data)
       SELECT $1::varchar, (SELECT coalesce(max(seq), 0) FROM session_events WHERE session_id = $1::varchar) + e.n, e.type, e.data
         FROM jsonb_to_recordset($2::jsonb) AS e(n integer, type text, data jsonb)`,
      [sessionId, JSON.stringify(events.map((event, index) => ({ n: index + 1, ...event })))],
    );
  }

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
