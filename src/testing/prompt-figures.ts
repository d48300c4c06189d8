import type { App } from '../app.js';
import { newId } from '../core/ids.js';
import type { Caller } from '../services/sessions.js';

/** How a mission went that nobody waited for. */
export interface MissionEnd {
  qaPassed: boolean;
  /** Whether its first review approved. */
  approved: boolean;
  iterations: number;
  seconds: number;
  tokens: number;
}

/**
 * A mission that is written down as ended, for figures that many missions make. It got what was active, or a canary,
 * when it was submitted, as every mission does.
 * @returns its session's id
 */
export async function endedMission(app: App, caller: Caller, end: MissionEnd): Promise<string> {
  const { session } = await app.sessions.submit(caller, { mission: 'Add two numbers' });
  const { sessionId, promptVersions } = session;
  await app.dataSource.query(
    `UPDATE sessions SET status = 'completed', iteration_count = $2, qa_passed = $3, running_seconds = $4
      WHERE session_id = $1`,
    [sessionId, end.iterations, end.qaPassed, end.seconds],
  );
  await app.dataSource.query(
    `INSERT INTO approvals (id, session_id, gate, interrupt_id, checkpoint_id, artifacts, status)
     VALUES ($1, $2, 'human_gate', $1, 'c', '[]', $3)`,
    [newId(), sessionId, end.approved ? 'approved' : 'changes_requested'],
  );
  await app.dataSource.query(
    `INSERT INTO model_calls (id, profile_name, usage_day, session_id, provider, model, prompt_version_id, status,
                              max_tokens, input_tokens, output_tokens, cost_usd, expires_at)
     VALUES ($1, 'pm', '2026-01-01', $2, 'p', 'm', $3, 'settled', 9, $4, 1, $5, clock_timestamp())`,
    [newId(), sessionId, promptVersions['pm'], end.tokens - 1, end.tokens / 1e5],
  );
  return sessionId;
}
