import type { EntityManager } from 'typeorm';
import type { ExecutionStatus, SessionStatus } from '../../core/vocabulary.js';
import { metricRows, type MetricPoint } from './metric-repository.js';

/** A step that begins. */
export interface StepOpening {
  sessionId: string;
  stepKey: string;
  fence: number;
  agentType: string;
  phase: string;
  iteration: number;
  inputSummary: string;
  /** The session's new status; null: it stays. */
  status: SessionStatus | null;
}

/** What a step's execution came to. */
export interface StepUsage {
  outputSummary: string | null;
  tokensUsed: number;
  inputTokens: number;
  outputTokens: number;
  cachedTokens: number;
  costUsd: number;
  attempt: number;
  promptVersionId: number | null;
  provider: string | null;
  model: string | null;
  metadata: Record<string, unknown>;
}

/** A step that is done, and what is kept of it. */
export interface StepCommit {
  sessionId: string;
  stepKey: string;
  fence: number;
  result: unknown;
  /** The session's new round; null: it stays. */
  iterationCount: number | null;
  metrics: readonly MetricPoint[];
}

/** Closes an execution that is open, by $1 to $14; the duration is the database's. */
const CLOSE = `
  UPDATE agent_executions
     SET status = $2, error_message = $3, output_summary = $4, tokens_used = $5, input_tokens = $6,
         output_tokens = $7, cached_tokens = $8, cost_usd = $9, attempt = $10, prompt_version_id = $11,
         provider = $12, model = $13, metadata = $14::jsonb, completed_at = clock_timestamp(),
         duration_seconds = round(extract(epoch from clock_timestamp() - started_at)::numeric, 2)
   WHERE id = $1 AND status = 'running'`;

function closing(id: number, status: ExecutionStatus, error: string | null, used: StepUsage): unknown[] {
  return [
    id,
    status,
    error,
    used.outputSummary,
    used.tokensUsed,
    used.inputTokens,
    used.outputTokens,
    used.cachedTokens,
    used.costUsd,
    used.attempt,
    used.promptVersionId,
    used.provider,
    used.model,
    JSON.stringify(used.metadata),
  ];
}

/** Steps of runs: begun, done, given up. Each is one statement, as a busy worker spends its time on their number. */
export class StepRepository {
  constructor(private readonly db: EntityManager) {}

  /**
   * Opens a step's execution and moves the session there.
   * @returns the execution's id, and whether the step had been begun before
   */
  async open(step: StepOpening): Promise<{ id: number; again: boolean }> {
    const [row]: { id: number; again: boolean }[] = await this.db.query(
      `WITH moved AS (
         UPDATE sessions SET current_phase = $3, status = coalesce($8, status), last_active_at = clock_timestamp()
          WHERE session_id = $1)
       INSERT INTO agent_executions (session_id, agent_type, phase, iteration, input_summary, fence, step_key)
       VALUES ($1, $2, $3, $4, $5, $6, $7)
       RETURNING id, EXISTS (
         SELECT 1 FROM agent_executions e WHERE e.session_id = $1 AND e.step_key = $7) AS again`,
      [
        step.sessionId,
        step.agentType,
        step.phase,
        step.iteration,
        step.inputSummary,
        step.fence,
        step.stepKey,
        step.status,
      ],
    );
    if (!row) throw new TypeError('an insert gave no row');
    return row;
  }

  /** Commits a step: its result, execution and metrics. The primary key refuses a second result. */
  async commit(executionId: number, used: StepUsage, step: StepCommit): Promise<void> {
    await this.db.query(
      `WITH closed AS (${CLOSE}),
       moved AS (
         UPDATE sessions SET attempts = 0, iteration_count = coalesce($19, iteration_count),
                last_active_at = clock_timestamp()
          WHERE session_id = $15),
       counted AS (INSERT INTO metrics (metric_name, metric_value, labels) ${metricRows('$20')})
       INSERT INTO effects (session_id, step_key, fence, result) VALUES ($15, $16, $17, $18::jsonb)`,
      [
        ...closing(executionId, 'completed', null, used),
        step.sessionId,
        step.stepKey,
        step.fence,
        JSON.stringify(step.result),
        step.iterationCount,
        JSON.stringify(step.metrics),
      ],
    );
  }

  /**
   * Closes the execution of a step that came to nothing.
   * @returns false when it was closed already: the first outcome stands
   */
  async giveUp(
    executionId: number,
    used: StepUsage,
    why: { status: ExecutionStatus; error: string },
  ): Promise<boolean> {
    const [rows]: [unknown[], number] = await this.db.query(
      `${CLOSE} RETURNING 1`,
      closing(executionId, why.status, why.error, used),
    );
    return rows.length > 0;
  }
}
