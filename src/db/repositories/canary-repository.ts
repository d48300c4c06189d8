import type { EntityManager } from 'typeorm';
import type { CanaryStatus } from '../../core/vocabulary.js';
import { PromptCanary } from '../entities/prompt-canary.js';
import { columns, type ColumnValues } from './columns.js';

/** Successes of trials. */
export interface Tally {
  successes: number;
  n: number;
}

/** One arm of a canary in figures: first reviews that approved, and judged missions that passed QA. */
export interface CanaryArm {
  versionId: number;
  missions: number;
  approvals: Tally;
  qa: Tally;
}

/** Canaries: versions that a share of new missions gets. */
export class CanaryRepository {
  constructor(private readonly db: EntityManager) {}

  async find(id: number): Promise<PromptCanary | null> {
    return this.db.findOneBy(PromptCanary, { id });
  }

  /** Those that run now, of some profiles or of all. */
  async running(profileNames?: readonly string[]): Promise<PromptCanary[]> {
    const query = this.db.createQueryBuilder(PromptCanary, 'c').where(`c.status = 'running'`);
    if (profileNames) query.andWhere('c.profile_name = ANY(:profileNames)', { profileNames });
    return query.orderBy('c.id').getMany();
  }

  /** A profile's canaries, newest first. */
  async list(profileName: string, limit: number): Promise<PromptCanary[]> {
    return this.db.find(PromptCanary, { where: { profileName }, order: { id: 'DESC' }, take: limit });
  }

  /** @returns its id */
  async insert(canary: ColumnValues<PromptCanary>): Promise<number> {
    const result = await this.db.insert(PromptCanary, columns(canary));
    return Number(result.identifiers[0]?.['id']);
  }

  /** Ends a canary. @returns false when it had ended before */
  async end(
    id: number,
    to: { status: Exclude<CanaryStatus, 'running'>; reason: string; endedBy: string | null },
  ): Promise<boolean> {
    const result = await this.db
      .createQueryBuilder()
      .update(PromptCanary)
      .set(columns<PromptCanary>({ ...to, endedAt: () => 'clock_timestamp()' }))
      .where(`id = :id AND status = 'running'`, { id })
      .execute();
    return (result.affected ?? 0) > 0;
  }

  /** Both arms, of the missions that were accepted while it ran. Deleted missions do not count. */
  async arms(canary: PromptCanary): Promise<{ canary: CanaryArm; baseline: CanaryArm }> {
    const rows: {
      isCanary: boolean;
      missions: number;
      reviewed: number;
      approved: number;
      judged: number;
      passed: number;
    }[] = await this.db.query(
      `SELECT p.is_canary AS "isCanary", count(*)::integer AS missions,
              count(f.status)::integer AS reviewed,
              count(*) FILTER (WHERE f.status = 'approved')::integer AS approved,
              count(*) FILTER (WHERE j.judged)::integer AS judged,
              count(*) FILTER (WHERE j.judged AND s.qa_passed)::integer AS passed
         FROM session_prompts p
         JOIN sessions s ON s.session_id = p.session_id AND s.deleted_at IS NULL
         CROSS JOIN LATERAL (SELECT ${JUDGED} AS judged) j
         LEFT JOIN LATERAL (${FIRST_REVIEW}) f ON true
        WHERE p.canary_id = $1
        GROUP BY p.is_canary`,
      [canary.id],
    );
    const armOf = (isCanary: boolean, versionId: number): CanaryArm => {
      const row = rows.find((one) => one.isCanary === isCanary);
      return {
        versionId,
        missions: row?.missions ?? 0,
        approvals: { successes: row?.approved ?? 0, n: row?.reviewed ?? 0 },
        qa: { successes: row?.passed ?? 0, n: row?.judged ?? 0 },
      };
    };
    return { canary: armOf(true, canary.versionId), baseline: armOf(false, canary.baselineVersionId) };
  }
}

/** Whether QA has had its last word on the session `s`: it has ended, and there was an attempt to judge. */
export const JUDGED = `(s.status IN ('completed', 'failed', 'needs_attention') AND s.iteration_count > 0)`;

/** What a person said at the first gate of the session `s` that somebody has decided. */
export const FIRST_REVIEW = `SELECT a.status FROM approvals a
   WHERE a.session_id = s.session_id AND a.status IN ('approved', 'changes_requested', 'rejected')
   ORDER BY a.created_at, a.id LIMIT 1`;
