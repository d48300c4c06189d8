import type { EntityManager } from 'typeorm';

/** A gate that waits. */
export interface WaitingGate {
  approvalId: string;
  sessionId: string;
  gate: string;
  title: string;
  ownerName: string;
  since: Date;
  expiresAt: Date | null;
}

/** A session that runs or wants looking after. */
export interface NotedSession {
  sessionId: string;
  kind: string;
  title: string;
  status: string;
  phase: string;
  ownerName: string;
  updatedAt: Date;
  /** Why it stopped, in words. */
  problem: string | null;
}

/** One UTC day. */
export interface DayFigures {
  day: string;
  submitted: number;
  completed: number;
  failed: number;
  /** Missions that ended with a verdict of QA on their last attempt, and those of them that passed. */
  judged: number;
  passed: number;
  usd: number;
}

/** How an agent did in the last seven days. */
export interface AgentFigures {
  agent: string;
  runs: number;
  successful: number;
  averageSeconds: number | null;
  tokens: number;
}

/** Counts stop here: more is "many" to a person, and counting on costs time. */
export const MOST_COUNTED = 1000;

const TITLE = `coalesce(s.name, nullif(left(s.user_mission, 140), ''), s.kind)`;

/**
 * What the home page shows. `userId` null is the whole team. Each question uses an index and stops early, so that
 * it stays fast with millions of sessions.
 */
export class OverviewRepository {
  constructor(
    private readonly db: EntityManager,
    private readonly userId: string | null,
  ) {}

  /** Whose sessions: a condition on `s`, with the user as $1. */
  private get mine(): string {
    return this.userId === null ? '$1::varchar IS NULL' : 's.user_id = $1';
  }

  /** Waiting gates, oldest first, and how many there are, up to a thousand. */
  async gates(limit: number): Promise<{ count: number; oldest: WaitingGate[] }> {
    const from = `FROM approvals a JOIN sessions s ON s.session_id = a.session_id
                  WHERE a.status = 'pending' AND s.deleted_at IS NULL AND ${this.mine}`;
    const [counted]: { count: number }[] = await this.db.query(
      `SELECT count(*)::integer AS count FROM (SELECT 1 ${from} LIMIT ${MOST_COUNTED}) x`,
      [this.userId],
    );
    const oldest: WaitingGate[] = await this.db.query(
      `SELECT a.id AS "approvalId", a.session_id AS "sessionId", a.gate, ${TITLE} AS title,
              (SELECT name FROM users WHERE id = s.user_id) AS "ownerName", a.created_at AS since,
              a.expires_at AS "expiresAt"
         ${from} ORDER BY a.created_at, a.id LIMIT $2`,
      [this.userId, limit],
    );
    return { count: counted?.count ?? 0, oldest };
  }

  /** Sessions of a status, newest change first, and how many there are, up to a thousand. */
  async withStatus(
    statuses: readonly string[],
    since: Date | null,
    limit: number,
  ): Promise<{ count: number; newest: NotedSession[] }> {
    const from = `FROM sessions s WHERE s.status = ANY($2) AND s.deleted_at IS NULL AND ${this.mine}
                  AND ($3::timestamptz IS NULL OR s.updated_at >= $3)`;
    const [counted]: { count: number }[] = await this.db.query(
      `SELECT count(*)::integer AS count FROM (SELECT 1 ${from} LIMIT ${MOST_COUNTED}) x`,
      [this.userId, statuses, since],
    );
    const newest: NotedSession[] = await this.db.query(
      `SELECT s.session_id AS "sessionId", s.kind, ${TITLE} AS title, s.status, s.current_phase AS phase,
              (SELECT name FROM users WHERE id = s.user_id) AS "ownerName", s.updated_at AS "updatedAt",
              s.error->>'message' AS problem
         ${from} ORDER BY s.updated_at DESC LIMIT $4`,
      [this.userId, statuses, since, limit],
    );
    return { count: counted?.count ?? 0, newest };
  }

  /** Whether there is any session at all. */
  async any(): Promise<boolean> {
    const rows: unknown[] = await this.db.query(
      `SELECT 1 FROM sessions s WHERE s.deleted_at IS NULL AND ${this.mine} LIMIT 1`,
      [this.userId],
    );
    return rows.length > 0;
  }

  /** Missions of the last `days` UTC days, today's last. */
  async days(days: number): Promise<DayFigures[]> {
    return this.db.query(
      `WITH span AS (
         SELECT (date_trunc('day', clock_timestamp() AT TIME ZONE 'UTC') - make_interval(days => $2 - 1)) AS first),
       made AS (
         SELECT (s.created_at AT TIME ZONE 'UTC')::date AS day, count(*) AS submitted
           FROM sessions s
          WHERE s.created_at >= (SELECT first AT TIME ZONE 'UTC' FROM span) AND s.deleted_at IS NULL
            AND s.kind = 'studio' AND ${this.mine}
          GROUP BY 1),
       ended AS (
         SELECT (s.completed_at AT TIME ZONE 'UTC')::date AS day,
                count(*) FILTER (WHERE s.status = 'completed') AS completed,
                count(*) FILTER (WHERE s.status IN ('failed', 'needs_attention', 'expired')) AS failed,
                count(*) FILTER (WHERE s.status IN ('completed', 'failed')) AS judged,
                count(*) FILTER (WHERE s.status = 'completed' AND s.qa_passed) AS passed
           FROM sessions s
          WHERE s.completed_at >= (SELECT first AT TIME ZONE 'UTC' FROM span) AND s.deleted_at IS NULL
            AND s.kind = 'studio' AND ${this.mine}
          GROUP BY 1),
       spent AS (${this.userId === null ? SPENT_BY_ALL : SPENT_BY_ONE})
       SELECT to_char(d.day, 'YYYY-MM-DD') AS day, coalesce(m.submitted, 0)::integer AS submitted,
              coalesce(e.completed, 0)::integer AS completed, coalesce(e.failed, 0)::integer AS failed,
              coalesce(e.judged, 0)::integer AS judged, coalesce(e.passed, 0)::integer AS passed,
              coalesce(p.usd, 0)::float8 AS usd
         FROM span, generate_series(span.first, span.first + make_interval(days => $2 - 1), '1 day') AS d(day)
         LEFT JOIN made m ON m.day = d.day::date
         LEFT JOIN ended e ON e.day = d.day::date
         LEFT JOIN spent p ON p.day = d.day::date
        ORDER BY d.day`,
      [this.userId, days],
    );
  }

  /**
   * How the agents did in the last seven days: of the team by document 003's view, of one person the same way. Not
   * by `clock_timestamp()`, which moves while a query runs, so that no index can serve it.
   */
  async agents(): Promise<AgentFigures[]> {
    const figures = `agent_type AS agent, total_runs::integer AS runs, successful_runs::integer AS successful,
                     avg_duration_seconds::float8 AS "averageSeconds", coalesce(total_tokens, 0)::float8 AS tokens`;
    if (this.userId === null)
      return this.db.query(`SELECT ${figures} FROM agent_performance ORDER BY agent_type`);
    return this.db.query(
      `SELECT ${figures} FROM (
         SELECT e.agent_type, count(*) AS total_runs,
                count(*) FILTER (WHERE e.status = 'completed') AS successful_runs,
                avg(e.duration_seconds) AS avg_duration_seconds, sum(e.tokens_used) AS total_tokens
           FROM sessions s JOIN agent_executions e ON e.session_id = s.session_id
          WHERE s.user_id = $1 AND s.last_active_at > CURRENT_TIMESTAMP - interval '7 days'
            AND e.started_at > CURRENT_TIMESTAMP - interval '7 days'
          GROUP BY e.agent_type) own
        ORDER BY agent_type`,
      [this.userId],
    );
  }
}

/** The daily totals of all profiles. */
const SPENT_BY_ALL = `
  SELECT day, sum(used_usd) AS usd FROM usage_days WHERE day >= (SELECT first::date FROM span) GROUP BY day`;

/** The calls of one person's sessions; those of sessions that have rested since before the first day cannot count. */
const SPENT_BY_ONE = `
  SELECT c.usage_day AS day,
         sum(CASE c.status WHEN 'settled' THEN c.cost_usd WHEN 'presumed' THEN c.max_usd END) AS usd
    FROM sessions s JOIN model_calls c ON c.session_id = s.session_id
   WHERE s.user_id = $1 AND s.last_active_at >= (SELECT first AT TIME ZONE 'UTC' FROM span)
     AND c.usage_day >= (SELECT first::date FROM span)
   GROUP BY c.usage_day`;
