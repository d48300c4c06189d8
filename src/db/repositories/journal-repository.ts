import type { EntityManager } from 'typeorm';
import type { StreamEvent } from '../../core/vocabulary.js';
import { auditJson, auditRows, type AuditEntry } from './audit-repository.js';
import type { Notice } from './outbox-repository.js';

/** What a transaction has to tell of its session. */
export interface JournalEntries {
  events: readonly { type: StreamEvent; data: Record<string, unknown> }[];
  notices: readonly Notice[];
  audit: readonly AuditEntry[];
}

/**
 * What is told of a session, written with its cause: the replayable stream, notices for people, the audit. The caller
 * holds the session's row, so that the stream's `seq` has no gaps.
 */
export class JournalRepository {
  constructor(private readonly db: EntityManager) {}

  /** Writes all of it in one statement; nothing when there is nothing. */
  async append(sessionId: string, { events, notices, audit }: JournalEntries): Promise<void> {
    if (events.length + notices.length + audit.length === 0) return;
    await this.db.query(
      `WITH told AS (
         INSERT INTO session_events (session_id, seq, type, data)
         SELECT $1::varchar,
                (SELECT coalesce(max(seq), 0) FROM session_events WHERE session_id = $1::varchar) + e.n, e.type, e.data
           FROM jsonb_to_recordset($2::jsonb) AS e(n integer, type text, data jsonb)),
       announced AS (
         INSERT INTO outbox (topic, session_id, payload)
         SELECT 'notice', $1::varchar, n.payload
           FROM jsonb_array_elements($3::jsonb) WITH ORDINALITY AS n(payload, at) ORDER BY n.at)
       INSERT INTO audit_inbox ${auditRows('$4')}`,
      [
        sessionId,
        JSON.stringify(events.map((event, index) => ({ n: index + 1, ...event }))),
        JSON.stringify(notices),
        auditJson(audit),
      ],
    );
  }
}
