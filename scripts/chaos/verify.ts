import type { Witness } from './witness.js';

/** What the database says about a run once it is over. All zero but `accepted` and `completed`, or the promise is broken. */
export interface Findings {
  accepted: number;
  completed: number;
  /** Accepted sessions that did not end `completed`. */
  lost: number;
  /** Effects that happened twice, of any sort; `details` names them. */
  duplicateEffects: number;
  /** Checkpoints with a sibling: two writers met on one thread. */
  forkedCheckpoints: number;
  /** Sessions whose event stream has a gap. */
  eventGaps: number;
  /** Audit rows whose hash or place in the chain is wrong. */
  brokenAudit: number;
  /** Executions still open though their session has ended. */
  openExecutions: number;
  details: string[];
}

/** Queries whose every row is one violation; `what` says it in words. */
const DUPLICATES: { what: string; sql: string }[] = [
  {
    what: 'step completed more than once',
    sql: `SELECT session_id, step_key AS about, count(*)::int AS times FROM agent_executions
           WHERE status = 'completed' GROUP BY 1, 2 HAVING count(*) > 1`,
  },
  {
    what: 'effect without its one completed execution',
    sql: `SELECT session_id, step_key AS about, 1 AS times FROM effects f WHERE NOT EXISTS (
            SELECT 1 FROM agent_executions e WHERE e.session_id = f.session_id AND e.step_key = f.step_key
              AND e.status = 'completed')`,
  },
  {
    what: 'completed execution without its effect',
    sql: `SELECT session_id, step_key AS about, 1 AS times FROM agent_executions e WHERE status = 'completed'
            AND NOT EXISTS (SELECT 1 FROM effects f WHERE f.session_id = e.session_id AND f.step_key = e.step_key)`,
  },
  {
    what: 'artifact version equal to the one before',
    sql: `SELECT session_id, file_path AS about, 1 AS times FROM (
            SELECT session_id, file_path, content_hash,
                   lag(content_hash) OVER (PARTITION BY session_id, artifact_type, file_path ORDER BY version) AS before
              FROM artifacts) v WHERE content_hash = before`,
  },
  {
    what: 'audited more than once',
    sql: `SELECT session_id, event_type || coalesce(' ' || (details->>'step'), '') AS about, count(*)::int AS times
            FROM audit_log
           WHERE event_type IN ('session_created', 'session_approved', 'session_completed', 'approval_requested', 'agent_completed')
           GROUP BY 1, 2 HAVING count(*) > 1`,
  },
  {
    what: 'gate asked more than once',
    sql: `SELECT session_id, gate AS about, count(*)::int AS times FROM approvals GROUP BY 1, 2 HAVING count(*) > 1`,
  },
];

/** Judges a run from its database alone. */
export async function verify(witness: Witness, accepted: readonly string[]): Promise<Findings> {
  const details: string[] = [];
  const sessions = await witness.ask<{ session_id: string; status: string; error: unknown }>(
    'SELECT session_id, status, error FROM sessions',
  );
  const completed = new Set(
    sessions.filter(({ status }) => status === 'completed').map(({ session_id }) => session_id),
  );
  for (const id of accepted)
    if (!completed.has(id)) {
      const row = sessions.find(({ session_id }) => session_id === id);
      details.push(
        `lost ${id}: ${row ? `${row.status} ${JSON.stringify(row.error)}` : 'there is no such row'}`,
      );
    }
  let duplicateEffects = 0;
  for (const { what, sql } of DUPLICATES)
    for (const row of await witness.ask<{ session_id: string; about: string; times: number }>(sql)) {
      duplicateEffects += 1;
      details.push(`${what}: ${row.session_id} ${row.about} (${row.times})`);
    }
  const forks = await witness.ask<{ thread_id: string; siblings: number }>(
    `SELECT thread_id, count(*)::int AS siblings FROM langgraph.checkpoints
      GROUP BY thread_id, checkpoint_ns, parent_checkpoint_id HAVING count(*) > 1`,
  );
  for (const { thread_id, siblings } of forks) details.push(`forked: ${thread_id}, ${siblings} siblings`);
  const gaps = await witness.ask<{ session_id: string }>(
    `SELECT session_id FROM session_events GROUP BY 1 HAVING count(*) <> max(seq) OR min(seq) <> 1`,
  );
  for (const { session_id } of gaps) details.push(`gap in the events of ${session_id}`);
  const audit = await witness.ask<{ id: string }>(
    `SELECT id FROM (
       SELECT a.id, a.hash, a.prev_hash, audit_row_hash(a) AS expected,
              lag(a.hash, 1, repeat('0', 64)) OVER (ORDER BY a.id) AS before, row_number() OVER (ORDER BY a.id) AS place
         FROM audit_log a) c
      WHERE hash <> expected OR prev_hash <> before OR id <> place`,
  );
  for (const { id } of audit) details.push(`audit row ${id} is out of the chain`);
  const open = await witness.ask<{ session_id: string; step_key: string }>(
    `SELECT e.session_id, e.step_key FROM agent_executions e JOIN sessions s USING (session_id)
      WHERE e.status = 'running' AND s.status = 'completed'`,
  );
  for (const { session_id, step_key } of open) details.push(`execution left open: ${session_id} ${step_key}`);
  return {
    accepted: accepted.length,
    completed: accepted.filter((id) => completed.has(id)).length,
    lost: accepted.filter((id) => !completed.has(id)).length,
    duplicateEffects,
    forkedCheckpoints: forks.length,
    eventGaps: gaps.length,
    brokenAudit: audit.length,
    openExecutions: open.length,
    details,
  };
}
