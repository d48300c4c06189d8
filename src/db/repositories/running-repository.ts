import type { EntityManager } from 'typeorm';

/** Sessions that want a run and have none. */
export interface WantedRuns {
  /** Up to a thousand. */
  count: number;
  /** When the one that waits longest was last changed. */
  oldestAt: Date | null;
}

/** A run under way. */
export interface HeldRun {
  sessionId: string;
  title: string;
  phase: string;
  /** The process that works on it. */
  owner: string;
  leaseUntil: Date;
  attempts: number;
}

/** The runs of everybody: what is under way, and what waits for a worker. */
export class RunningRepository {
  constructor(private readonly db: EntityManager) {}

  async wanted(): Promise<WantedRuns> {
    const [found]: WantedRuns[] = await this.db.query(
      `SELECT count(*)::integer AS count, min(updated_at) AS "oldestAt"
         FROM (SELECT updated_at FROM sessions
                WHERE wake_seq > done_seq AND deleted_at IS NULL
                  AND (lease_until IS NULL OR lease_until < clock_timestamp())
                LIMIT 1000) w`,
    );
    return found ?? { count: 0, oldestAt: null };
  }

  /** Runs that somebody holds the lease of, the longest held first. */
  async held(limit: number): Promise<HeldRun[]> {
    return this.db.query(
      `SELECT session_id AS "sessionId", coalesce(name, nullif(left(user_mission, 140), ''), kind) AS title,
              current_phase AS phase, lease_owner AS owner, lease_until AS "leaseUntil", attempts
         FROM sessions
        WHERE wake_seq > done_seq AND deleted_at IS NULL AND lease_owner IS NOT NULL
          AND lease_until > clock_timestamp()
        ORDER BY updated_at LIMIT $1`,
      [limit],
    );
  }
}
