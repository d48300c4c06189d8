import type { EntityManager } from 'typeorm';
import type { TryoutRunStatus } from '../../core/vocabulary.js';
import { PromptTryoutRun } from '../entities/prompt-tryout-run.js';
import { PromptTryout } from '../entities/prompt-tryout.js';
import { columns, type ColumnValues } from './columns.js';

/** A recorded input: an agent's execution, and the first request it sent to a model. */
export interface RecordedInput {
  executionId: number;
  sessionId: string;
  mission: string;
  phase: string | null;
  iteration: number;
  inputSummary: string | null;
  promptVersionId: number | null;
  requestHash: string;
  startedAt: Date;
}

/** A claimed run: whoever claims it holds it until its lease ends, and gives it up to the next one then. */
export type ClaimedRun = Pick<
  PromptTryoutRun,
  'id' | 'tryoutId' | 'versionId' | 'recordedVersionId' | 'requestHash' | 'attempts'
> & { profileName: string };

/** Tryouts and their runs. */
export class TryoutRepository {
  constructor(private readonly db: EntityManager) {}

  /**
   * Recorded inputs of a profile out of a user's own missions, newest first.
   * @param executionIds only these; any unless told
   */
  async inputs(
    userId: string,
    profileName: string,
    limit: number,
    executionIds?: readonly number[],
  ): Promise<RecordedInput[]> {
    return this.db.query(
      `SELECT e.id AS "executionId", e.session_id AS "sessionId", left(s.user_mission, 200) AS mission, e.phase,
              e.iteration, e.input_summary AS "inputSummary", c.prompt_version_id AS "promptVersionId",
              c.request_hash AS "requestHash", e.started_at AS "startedAt"
         FROM agent_executions e
         JOIN sessions s ON s.session_id = e.session_id AND s.user_id = $1 AND s.deleted_at IS NULL
         JOIN LATERAL (SELECT prompt_version_id, request_hash FROM model_calls
                        WHERE session_id = e.session_id AND step_key = e.step_key AND call_number = 1
                          AND profile_name = e.agent_type AND request_hash IS NOT NULL
                          AND prompt_version_id IS NOT NULL
                        ORDER BY created_at LIMIT 1) c ON true
        WHERE e.agent_type = $2 AND e.status = 'completed' AND ($4::bigint[] IS NULL OR e.id = ANY($4))
        ORDER BY e.id DESC LIMIT $3`,
      [userId, profileName, limit, executionIds ?? null],
    );
  }

  async insert(tryout: ColumnValues<PromptTryout>, runs: ColumnValues<PromptTryoutRun>[]): Promise<void> {
    await this.db.insert(PromptTryout, columns(tryout));
    await this.db.insert(
      PromptTryoutRun,
      runs.map((run) => columns(run)),
    );
  }

  async findForUser(id: string, userId: string): Promise<PromptTryout | null> {
    return this.db.findOneBy(PromptTryout, { id, userId });
  }

  /** A user's tryouts of a profile, newest first. */
  async list(userId: string, profileName: string, limit: number): Promise<PromptTryout[]> {
    return this.db.find(PromptTryout, {
      where: { userId, profileName },
      order: { createdAt: 'DESC', id: 'DESC' },
      take: limit,
    });
  }

  /** How many tryouts of a user run. */
  async countRunning(userId: string): Promise<number> {
    return this.db.countBy(PromptTryout, { userId, status: 'running' });
  }

  /** The runs of tryouts: input by input, the draft's side first. */
  async runs(tryoutIds: readonly string[]): Promise<PromptTryoutRun[]> {
    return this.db
      .createQueryBuilder(PromptTryoutRun, 'r')
      .where('r.tryout_id = ANY(:tryoutIds)', { tryoutIds })
      .orderBy('r.position')
      .addOrderBy('r.side', 'DESC')
      .getMany();
  }

  /** Stops a tryout that runs, and what of it has not begun. @returns false when it had ended */
  async cancel(id: string): Promise<boolean> {
    const result = await this.db
      .createQueryBuilder()
      .update(PromptTryout)
      .set(columns<PromptTryout>({ status: 'cancelled', completedAt: () => 'clock_timestamp()' }))
      .where(`id = :id AND status = 'running'`, { id })
      .execute();
    await this.db.query(
      `UPDATE prompt_tryout_runs SET status = 'cancelled', completed_at = clock_timestamp(), lease_until = NULL
        WHERE tryout_id = $1 AND status IN ('pending', 'running')`,
      [id],
    );
    return (result.affected ?? 0) > 0;
  }

  /** Claims the next run that nobody holds, for so many seconds; those that others look at are skipped. */
  async claim(owner: string, leaseSeconds: number): Promise<ClaimedRun | null> {
    const [rows]: [ClaimedRun[], number] = await this.db.query(
      `WITH next AS MATERIALIZED (
         SELECT id FROM prompt_tryout_runs
          WHERE status IN ('pending', 'running') AND coalesce(lease_until, '-infinity') < clock_timestamp()
          ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)
       UPDATE prompt_tryout_runs r
          SET status = 'running', attempts = r.attempts + 1, lease_owner = $1,
              lease_until = clock_timestamp() + make_interval(secs => $2),
              started_at = coalesce(r.started_at, clock_timestamp())
         FROM next, prompt_tryouts t
        WHERE r.id = next.id AND t.id = r.tryout_id
        RETURNING r.id, r.tryout_id AS "tryoutId", r.version_id AS "versionId",
                  r.recorded_version_id AS "recordedVersionId", r.request_hash AS "requestHash", r.attempts,
                  t.profile_name AS "profileName"`,
      [owner, leaseSeconds],
    );
    return rows[0] ?? null;
  }

  /** Holds a claimed run for longer. @returns false when it is no longer this owner's: cancelled, or taken over */
  async hold(
    run: Pick<ClaimedRun, 'id' | 'attempts'>,
    owner: string,
    leaseSeconds: number,
  ): Promise<boolean> {
    const [rows]: [unknown[], number] = await this.db.query(
      `UPDATE prompt_tryout_runs SET lease_until = clock_timestamp() + make_interval(secs => $4)
        WHERE id = $1 AND attempts = $2 AND lease_owner = $3 AND status = 'running' RETURNING id`,
      [run.id, run.attempts, owner, leaseSeconds],
    );
    return rows.length > 0;
  }

  /** Gives a claimed run back, for anybody to claim at once; the try does not count. */
  async release(run: Pick<ClaimedRun, 'id' | 'attempts'>): Promise<void> {
    await this.db.query(
      `UPDATE prompt_tryout_runs SET status = 'pending', lease_until = NULL, attempts = attempts - 1
        WHERE id = $1 AND attempts = $2 AND status = 'running'`,
      [run.id, run.attempts],
    );
  }

  /** Ends a claimed run, and its tryout with the last one. @returns false when it was no longer this claim's */
  async finish(
    run: Pick<ClaimedRun, 'id' | 'attempts' | 'tryoutId'>,
    outcome: ColumnValues<PromptTryoutRun> & { status: Extract<TryoutRunStatus, 'completed' | 'failed'> },
  ): Promise<boolean> {
    // One at a time per tryout: of two last runs that end together, each would see the other one still open.
    await this.db.query(`SELECT 1 FROM prompt_tryouts WHERE id = $1 FOR UPDATE`, [run.tryoutId]);
    const result = await this.db
      .createQueryBuilder()
      .update(PromptTryoutRun)
      .set(
        columns<PromptTryoutRun>({
          ...outcome,
          leaseUntil: null,
          completedAt: () => 'clock_timestamp()',
        }),
      )
      .where(`id = :id AND attempts = :attempts AND status = 'running'`, run)
      .execute();
    await this.db.query(
      `UPDATE prompt_tryouts SET status = 'completed', completed_at = clock_timestamp()
        WHERE id = $1 AND status = 'running' AND NOT EXISTS (
          SELECT 1 FROM prompt_tryout_runs WHERE tryout_id = $1 AND status IN ('pending', 'running'))`,
      [run.tryoutId],
    );
    return (result.affected ?? 0) > 0;
  }
}
