import type { EntityManager } from 'typeorm';

/** Which rows of the audit log are meant. */
export interface AuditFilter {
  events?: readonly string[];
  userId?: string;
  sessionId?: string;
  from?: Date;
  /** Up to here, this moment not included. */
  to?: Date;
  /** Looked for in the action, the details and the address. */
  text?: string;
}

/** A row of the log, with the name of whoever did it, if they are still there. */
export interface AuditRow {
  id: number;
  eventType: string;
  sessionId: string | null;
  userId: string | null;
  userName: string | null;
  userEmail: string | null;
  userAction: string | null;
  details: Record<string, unknown>;
  ip: string | null;
  createdAt: Date;
  prevHash: string;
  hash: string;
}

/** Where the chain breaks first, and how: a row that was changed, one that is gone before it, or a wrong link. */
export interface BrokenRow {
  id: number;
  why: 'changed' | 'missing' | 'unlinked';
}

/** Times may run back by a little when a clock is set; ids never do. */
const CLOCK_SLACK_MS = 3_600_000;

/**
 * Reads the log by id, which follows the time without gaps: every question is a range of ids, however many rows
 * there are.
 */
export class AuditLogRepository {
  constructor(private readonly db: EntityManager) {}

  /** The newest row; null when there is none. */
  async head(): Promise<{ id: number; hash: string } | null> {
    const rows: { id: number; hash: string }[] = await this.db.query(
      `SELECT id, hash FROM audit_log ORDER BY id DESC LIMIT 1`,
    );
    return rows[0] ?? null;
  }

  /** The ids between which rows of a span of time lie. @returns `above` and `below`, both not included */
  async span(filter: Pick<AuditFilter, 'from' | 'to'>): Promise<{ above: number; below: number }> {
    const firstSince = async (at: Date): Promise<number | null> => {
      const rows: { id: number }[] = await this.db.query(
        `SELECT id FROM audit_log WHERE created_at >= $1 ORDER BY created_at LIMIT 1`,
        [at],
      );
      return rows[0]?.id ?? null;
    };
    const end = ((await this.head())?.id ?? 0) + 1;
    const { from, to } = filter;
    const first = from === undefined ? 1 : await firstSince(new Date(from.getTime() - CLOCK_SLACK_MS));
    const last = to === undefined ? null : await firstSince(new Date(to.getTime() + CLOCK_SLACK_MS));
    return { above: (first ?? end) - 1, below: last ?? end };
  }

  /** Rows with ids between `above` and `below`, both not included, newest first. */
  async range(filter: AuditFilter, above: number, below: number, limit: number): Promise<AuditRow[]> {
    const params: unknown[] = [above, below, limit];
    const conditions = ['a.id > $1', 'a.id < $2'];
    const where = (condition: (place: string) => string, value: unknown): void => {
      params.push(value);
      conditions.push(condition(`$${params.length}`));
    };
    const { events, userId, sessionId, from, to, text } = filter;
    const [only] = events ?? [];
    // One event by equality: only so can the index give its rows in order.
    if (events?.length === 1) where((place) => `a.event_type = ${place}`, only);
    else if (events) where((place) => `a.event_type = ANY(${place})`, events);
    if (userId !== undefined) where((place) => `a.user_id = ${place}`, userId);
    if (sessionId !== undefined) where((place) => `a.session_id = ${place}`, sessionId);
    if (from !== undefined) where((place) => `a.created_at >= ${place}`, from);
    if (to !== undefined) where((place) => `a.created_at < ${place}`, to);
    if (text !== undefined)
      where(
        (place) =>
          `(a.details::text ILIKE ${place} OR a.user_action ILIKE ${place} OR a.event_type ILIKE ${place}
            OR host(a.ip_address) ILIKE ${place})`,
        `%${text.replace(/[\\%_]/g, '\\$&')}%`,
      );
    return this.db.query(
      `SELECT a.id, a.event_type AS "eventType", a.session_id AS "sessionId", a.user_id AS "userId",
              u.name AS "userName", u.email AS "userEmail", a.user_action AS "userAction", a.details,
              host(a.ip_address) AS ip, a.created_at AS "createdAt", a.prev_hash AS "prevHash", a.hash
         FROM (SELECT a.* FROM audit_log a WHERE ${conditions.join(' AND ')} ORDER BY a.id DESC LIMIT $3) a
         LEFT JOIN users u ON u.id = a.user_id
        ORDER BY a.id DESC`,
      params,
    );
  }

  /**
   * Checks a stretch of the chain.
   * @param after the row before the stretch: how many rows come up to it, and its hash
   * @param upTo the stretch's last id
   * @returns the rows checked, the last one's hash, and the first that is wrong
   */
  async checkStretch(
    after: { id: number; count: number; hash: string },
    upTo: number,
  ): Promise<{ count: number; hash: string | null; broken: BrokenRow | null }> {
    const [found]: { count: number; hash: string | null; broken: BrokenRow | null }[] = await this.db.query(
      `WITH checked AS (
         SELECT a.id, a.hash,
                CASE WHEN a.id <> $2::bigint + row_number() OVER (ORDER BY a.id) THEN 'missing'
                     WHEN a.hash <> audit_row_hash(a) THEN 'changed'
                     WHEN a.prev_hash <> lag(a.hash, 1, $3::varchar) OVER (ORDER BY a.id) THEN 'unlinked' END AS why
           FROM audit_log a
          WHERE a.id > $1 AND a.id <= $4)
       SELECT count(*)::integer AS count,
              (SELECT hash FROM checked ORDER BY id DESC LIMIT 1) AS hash,
              (SELECT jsonb_build_object('id', id, 'why', why) FROM checked
                WHERE why IS NOT NULL ORDER BY id LIMIT 1) AS broken
         FROM checked`,
      [after.id, after.count, after.hash, upTo],
    );
    return found ?? { count: 0, hash: null, broken: null };
  }
}
