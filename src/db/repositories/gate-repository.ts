import type { EntityManager } from 'typeorm';
import type { ApprovalStatus } from '../../core/vocabulary.js';
import type { ShownArtifact } from '../entities/approval.js';

/** Which gates an inbox shows. `userId` null: everybody's. */
export interface GateFilter {
  userId: string | null;
  status: ApprovalStatus;
  gate?: string;
  kind?: string;
  /** Words looked for in the mission and the name. */
  text?: string;
  /** Keyset position: show what comes after this request. */
  after?: string;
  limit: number;
}

/** A gate request as an inbox shows it. */
export interface GateRow {
  id: string;
  sessionId: string;
  kind: string;
  gate: string;
  status: ApprovalStatus;
  artifacts: ShownArtifact[];
  name: string | null;
  projectName: string | null;
  /** The mission's first 280 characters. */
  missionPreview: string;
  ownerId: string;
  ownerName: string;
  waitingSeconds: number;
  costUsd: number;
  claimedBy: string | null;
  claimedByName: string | null;
  claimedAt: Date | null;
  expiresAt: Date | null;
  decidedAt: Date | null;
  createdAt: Date;
}

/** What the rest of a mission has cost others, in US dollars. */
export interface PastCost {
  medianUsd: number | null;
  missions: number;
}

/** Gates across sessions, and what people want to know before they decide. */
export class GateRepository {
  constructor(private readonly db: EntityManager) {}

  /** Requests with what an inbox shows beside them, oldest first. Waiting ends with the decision. */
  async inbox(filter: GateFilter): Promise<GateRow[]> {
    const { userId, status, gate, kind, text, after, limit } = filter;
    const words = text === undefined ? null : `%${text.replace(/[\\%_]/g, '\\$&')}%`;
    return this.db.query(
      `SELECT a.id, a.session_id AS "sessionId", s.kind, a.gate, a.status, a.artifacts, s.name,
              s.project_name AS "projectName", left(s.user_mission, 280) AS "missionPreview",
              s.user_id AS "ownerId", o.name AS "ownerName",
              floor(extract(epoch FROM coalesce(a.decided_at, clock_timestamp()) - a.created_at))::integer AS "waitingSeconds",
              (SELECT coalesce(sum(e.cost_usd), 0)::float8 FROM agent_executions e
                WHERE e.session_id = a.session_id) AS "costUsd",
              a.claimed_by AS "claimedBy", c.name AS "claimedByName", a.claimed_at AS "claimedAt",
              a.expires_at AS "expiresAt", a.decided_at AS "decidedAt", a.created_at AS "createdAt"
         FROM approvals a
         JOIN sessions s ON s.session_id = a.session_id AND s.deleted_at IS NULL
         JOIN users o ON o.id = s.user_id
         LEFT JOIN users c ON c.id = a.claimed_by
        WHERE a.status = $1
          AND ($2::varchar IS NULL OR s.user_id = $2)
          AND ($3::varchar IS NULL OR a.gate = $3)
          AND ($4::varchar IS NULL OR s.kind = $4)
          AND ($5::text IS NULL OR s.user_mission ILIKE $5 OR s.name ILIKE $5)
          AND ($6::varchar IS NULL OR (a.created_at, a.id) > (SELECT created_at, id FROM approvals WHERE id = $6))
        ORDER BY a.created_at, a.id
        LIMIT $7`,
      [status, userId, gate ?? null, kind ?? null, words, after ?? null, limit],
    );
  }

  /** US dollars that a session has used so far. */
  async costOf(sessionId: string): Promise<number> {
    const [row]: { usd: number }[] = await this.db.query(
      `SELECT coalesce(sum(cost_usd), 0)::float8 AS usd FROM agent_executions WHERE session_id = $1`,
      [sessionId],
    );
    return row?.usd ?? 0;
  }

  /** The phases in which a session has completed an execution. */
  async phasesDone(sessionId: string): Promise<string[]> {
    const rows: { phase: string }[] = await this.db.query(
      `SELECT DISTINCT phase FROM agent_executions
        WHERE session_id = $1 AND status = 'completed' AND phase IS NOT NULL`,
      [sessionId],
    );
    return rows.map(({ phase }) => phase);
  }

  /**
   * What these phases have cost in the last hundred missions of the kind that came to an end with them. Missions
   * whose models were recordings say nothing about cost and are left out.
   */
  async pastCost(kind: string, phases: readonly string[]): Promise<PastCost> {
    const [row]: { median: number | null; missions: number }[] = await this.db.query(
      `SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY usd)::float8 AS median, count(*)::integer AS missions
         FROM (SELECT sum(e.cost_usd) AS usd
                 FROM sessions s JOIN agent_executions e ON e.session_id = s.session_id AND e.phase = ANY($2)
                WHERE s.kind = $1 AND s.status IN ('completed', 'complete') AND s.deleted_at IS NULL
                  AND NOT EXISTS (SELECT 1 FROM agent_executions r
                                   WHERE r.session_id = s.session_id AND r.provider = 'rehearsal')
                GROUP BY s.session_id, s.completed_at
                ORDER BY s.completed_at DESC LIMIT 100) past`,
      [kind, phases],
    );
    return { medianUsd: row?.median ?? null, missions: row?.missions ?? 0 };
  }

  /** Names of users by id; who is gone is missing. */
  async names(userIds: readonly (string | null)[]): Promise<Map<string, string>> {
    const rows: { id: string; name: string }[] = await this.db.query(
      `SELECT id, name FROM users WHERE id = ANY($1)`,
      [[...new Set(userIds.filter((id) => id !== null))]],
    );
    return new Map(rows.map(({ id, name }) => [id, name]));
  }
}
