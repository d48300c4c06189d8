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

/** The columns and rows of a JSON array of entries, for an INSERT. @param entries the parameter that holds it */
export const auditRows = (entries: string): string =>
  `(event_type, session_id, user_id, user_action, details, ip_address)
   SELECT event_type, session_id, user_id, user_action, details, ip_address
     FROM ROWS FROM (jsonb_to_recordset(${entries}::jsonb) AS (event_type text, session_id text, user_id text,
                     user_action text, details jsonb, ip_address inet)) WITH ORDINALITY
    ORDER BY ordinality`;

/** The entries as `auditRows` reads them. */
export const auditJson = (entries: readonly AuditEntry[]): string =>
  JSON.stringify(
    entries.map((e) => ({
      event_type: e.eventType,
      session_id: e.sessionId ?? null,
      user_id: e.userId ?? null,
      user_action: e.userAction ?? null,
      details: e.details ?? {},
      ip_address: e.ipAddress ?? null,
    })),
  );

/** The append-only, hash-chained log. Rows are numbered and chained while their transaction commits. */
export class AuditRepository {
  constructor(private readonly db: EntityManager) {}

  async append(entries: readonly AuditEntry[]): Promise<void> {
    if (entries.length === 0) return;
    await this.db.query(`INSERT INTO audit_inbox ${auditRows('$1')}`, [auditJson(entries)]);
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
