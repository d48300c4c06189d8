import type { EntityManager } from 'typeorm';
import type { AuditEvent } from '../../core/vocabulary.js';

export interface AuditEntry {
  eventType: AuditEvent;
  sessionId?: string | null;
  userId?: string | null;
  userAction?: string | null;
  details?: Record<string, unknown>;
  ipAddress?: string | null;
}

/** The append-only, hash-chained log. A trigger numbers and chains the rows; put them last in a transaction. */
export class AuditRepository {
  constructor(private readonly db: EntityManager) {}

  async append(entries: readonly AuditEntry[]): Promise<void> {
    for (const e of entries)
      await this.db.query(
        `INSERT INTO audit_log (event_type, session_id, user_id, user_action, details, ip_address)
         VALUES ($1, $2, $3, $4, $5, $6)`,
        [
          e.eventType,
          e.sessionId ?? null,
          e.userId ?? null,
          e.userAction ?? null,
          JSON.stringify(e.details ?? {}),
          e.ipAddress ?? null,
        ],
      );
  }

  /** The first row whose hash or place in the chain is wrong, or null when the whole chain holds. */
  async firstBroken(): Promise<number | null> {
    const rows: { id: number }[] = await this.db.query(
      `SELECT id FROM (
         SELECT a.id, a.hash, a.prev_hash, audit_row_hash(a) AS expected,
                lag(a.hash, 1, repeat('0', 64)) OVER (ORDER BY a.id) AS before,
                row_number() OVER (ORDER BY a.id) AS place
           FROM audit_log a) c
        WHERE hash <> expected OR prev_hash <> before OR id <> place
        ORDER BY id LIMIT 1`,
    );
    return rows[0]?.id ?? null;
  }
}
