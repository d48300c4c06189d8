import type { EntityManager } from 'typeorm';
import { Z95 } from '../../core/statistics.js';
import { FIRST_REVIEW, JUDGED, type Tally } from './canary-repository.js';

/** A sample's size, mean and standard deviation. */
export interface Sample {
  n: number;
  average: number | null;
  deviation: number | null;
}

/** What came of the missions that were given a version. */
export interface OutcomeRow {
  versionId: number;
  missions: number;
  canaryMissions: number;
  ended: number;
  approvals: Tally;
  qa: Tally;
  iterations: Sample;
  tokens: Sample;
  costUsd: Sample;
  agentTokens: Sample;
  agentCostUsd: Sample;
  /** Calls of ended missions whose price nobody knows; they are not in the cost. */
  unpricedCalls: number;
  seconds: { n: number; p50: number | null; p95: number | null; low: number | null; high: number | null };
}

interface FlatRow extends Record<string, number | null> {
  versionId: number;
}

const sample = (of: string, name: string, when: string): string =>
  `(count(${of}) FILTER (WHERE ${when}))::integer AS "${name}N",
   (avg(${of}) FILTER (WHERE ${when}))::double precision AS "${name}Average",
   (stddev_samp(${of}) FILTER (WHERE ${when}))::double precision AS "${name}Deviation"`;

/** What the versions of a prompt led to, out of the sessions that were given them. */
export class OutcomeRepository {
  constructor(private readonly db: EntityManager) {}

  /**
   * Outcomes of every version of a profile that any mission was given. Deleted missions and forks do not count; what
   * costs and takes time counts for missions that have ended. Seconds are those in which runs worked on a mission.
   * @param days only missions accepted in the last so many days
   */
  async byVersion(profileName: string, days?: number): Promise<OutcomeRow[]> {
    const rows: FlatRow[] = await this.db.query(
      `WITH missions AS MATERIALIZED (
         SELECT p.version_id, p.is_canary, s.session_id, s.iteration_count, s.qa_passed,
                s.running_seconds, f.status AS review, ${JUDGED} AS judged,
                s.status IN ('completed', 'failed', 'needs_attention', 'rejected') AS ended
           FROM prompt_versions v
           JOIN session_prompts p ON p.version_id = v.id
           JOIN sessions s ON s.session_id = p.session_id AND s.deleted_at IS NULL
           LEFT JOIN LATERAL (${FIRST_REVIEW}) f ON true
          WHERE v.profile_name = $1
            AND ($2::integer IS NULL OR s.created_at > clock_timestamp() - make_interval(days => $2))),
       used AS (
         SELECT m.session_id,
                sum(coalesce(c.input_tokens, 0) + coalesce(c.output_tokens, 0)) AS tokens,
                sum(coalesce(c.cost_usd, 0)) AS cost,
                sum(coalesce(c.input_tokens, 0) + coalesce(c.output_tokens, 0))
                  FILTER (WHERE c.prompt_version_id = m.version_id) AS agent_tokens,
                sum(coalesce(c.cost_usd, 0)) FILTER (WHERE c.prompt_version_id = m.version_id) AS agent_cost,
                count(*) FILTER (WHERE c.cost_usd IS NULL AND c.status = 'settled') AS unpriced
           FROM missions m
           JOIN model_calls c ON c.session_id = m.session_id AND c.status = 'settled'
          WHERE m.ended
          GROUP BY m.session_id),
       whole AS (
         SELECT m.*, coalesce(u.tokens, 0) AS tokens, coalesce(u.cost, 0) AS cost,
                coalesce(u.agent_tokens, 0) AS agent_tokens, coalesce(u.agent_cost, 0) AS agent_cost,
                coalesce(u.unpriced, 0) AS unpriced,
                count(*) FILTER (WHERE m.ended) OVER (PARTITION BY m.version_id) AS size
           FROM missions m LEFT JOIN used u USING (session_id))
       SELECT version_id AS "versionId", count(*)::integer AS missions,
              count(*) FILTER (WHERE is_canary)::integer AS "canaryMissions",
              count(*) FILTER (WHERE ended)::integer AS ended,
              count(review)::integer AS reviewed,
              count(*) FILTER (WHERE review = 'approved')::integer AS approved,
              count(*) FILTER (WHERE judged)::integer AS judged,
              count(*) FILTER (WHERE judged AND qa_passed)::integer AS passed,
              ${sample('iteration_count', 'iterations', 'judged')},
              ${sample('tokens', 'tokens', 'ended')},
              ${sample('cost', 'cost', 'ended')},
              ${sample('agent_tokens', 'agentTokens', 'ended')},
              ${sample('agent_cost', 'agentCost', 'ended')},
              sum(unpriced)::integer AS "unpricedCalls",
              (percentile_disc(0.5) WITHIN GROUP (ORDER BY running_seconds) FILTER (WHERE ended))::double precision AS p50,
              (percentile_disc(0.95) WITHIN GROUP (ORDER BY running_seconds) FILTER (WHERE ended))::double precision AS p95,
              (percentile_disc(greatest(0, 0.95 - ${Z95} * sqrt(0.95 * 0.05 / greatest(size, 1)))::double precision)
                 WITHIN GROUP (ORDER BY running_seconds) FILTER (WHERE ended))::double precision AS "p95Low",
              (percentile_disc(least(1, 0.95 + ${Z95} * sqrt(0.95 * 0.05 / greatest(size, 1)))::double precision)
                 WITHIN GROUP (ORDER BY running_seconds) FILTER (WHERE ended))::double precision AS "p95High"
         FROM whole
        GROUP BY version_id, size`,
      [profileName, days ?? null],
    );
    return rows.map(unflatten);
  }
}

function unflatten(row: FlatRow): OutcomeRow {
  const count = (name: string): number => row[name] ?? 0;
  const value = (name: string): number | null => row[name] ?? null;
  const sampleOf = (name: string): Sample => ({
    n: count(`${name}N`),
    average: value(`${name}Average`),
    deviation: value(`${name}Deviation`),
  });
  return {
    versionId: row.versionId,
    missions: count('missions'),
    canaryMissions: count('canaryMissions'),
    ended: count('ended'),
    approvals: { successes: count('approved'), n: count('reviewed') },
    qa: { successes: count('passed'), n: count('judged') },
    iterations: sampleOf('iterations'),
    tokens: sampleOf('tokens'),
    costUsd: sampleOf('cost'),
    agentTokens: sampleOf('agentTokens'),
    agentCostUsd: sampleOf('agentCost'),
    unpricedCalls: count('unpricedCalls'),
    seconds: {
      n: count('ended'),
      p50: value('p50'),
      p95: value('p95'),
      low: value('p95Low'),
      high: value('p95High'),
    },
  };
}
