import { createHttpServer } from '../../src/http/server.js';
import { spread, type Lab } from './lab.js';

/** How many rows each table gets. */
export interface ListSizes {
  sessions: number;
  executions: number;
  audit: number;
}

/** The lists that people look at: the path, and the plain SQL that fetches the same page. */
const LISTS: readonly { name: string; path: (n: number) => string; sql: string }[] = [
  {
    name: 'sessions, own',
    path: () => '/sessions?limit=50',
    sql: `SELECT * FROM sessions WHERE user_id = $1 AND deleted_at IS NULL ORDER BY created_at DESC, session_id DESC LIMIT 50`,
  },
  {
    name: 'sessions, the team’s',
    path: () => '/sessions?limit=50&scope=team',
    sql: `SELECT * FROM sessions WHERE deleted_at IS NULL AND $1 <> '' ORDER BY created_at DESC, session_id DESC LIMIT 50`,
  },
  {
    name: 'sessions, failed',
    path: () => '/sessions?limit=50&status=failed',
    sql: `SELECT * FROM sessions WHERE user_id = $1 AND status = 'failed' AND deleted_at IS NULL ORDER BY created_at DESC, session_id DESC LIMIT 50`,
  },
  {
    name: 'sessions, by words',
    path: (n) => `/sessions?limit=50&q=${encodeURIComponent(`number ${(n * 7919) % 100_000} `)}`,
    sql: `SELECT * FROM sessions WHERE user_id = $1 AND deleted_at IS NULL AND (coalesce(name, '') || ' ' || left(user_mission, 4000)) ILIKE '%number 7919 %' ORDER BY created_at DESC, session_id DESC LIMIT 50`,
  },
  {
    name: 'sessions, the team’s by words',
    path: (n) => `/sessions?limit=50&scope=team&q=${encodeURIComponent(`number ${(n * 7919) % 100_000} `)}`,
    sql: `SELECT * FROM sessions WHERE $1 <> '' AND deleted_at IS NULL AND (coalesce(name, '') || ' ' || left(user_mission, 4000)) ILIKE '%number 7919 %' ORDER BY created_at DESC, session_id DESC LIMIT 50`,
  },
  {
    name: 'executions',
    path: () => '/executions?limit=50&scope=team',
    sql: `SELECT * FROM agent_executions WHERE $1 <> '' ORDER BY id DESC LIMIT 50`,
  },
  {
    name: 'executions, failed',
    path: () => '/executions?limit=50&scope=team&status=failed',
    sql: `SELECT * FROM agent_executions WHERE status = 'failed' AND $1 <> '' ORDER BY id DESC LIMIT 50`,
  },
  {
    name: 'inbox',
    path: () => '/approvals?limit=50&scope=team&status=pending',
    sql: `SELECT * FROM approvals WHERE status = 'pending' AND $1 <> '' ORDER BY created_at LIMIT 50`,
  },
  {
    name: 'audit',
    path: () => '/audit?limit=50',
    sql: `SELECT * FROM audit_log WHERE $1 <> '' ORDER BY id DESC LIMIT 50`,
  },
  {
    name: 'audit, one rare event',
    path: () => '/audit?limit=50&eventType=login_failed',
    sql: `SELECT * FROM audit_log WHERE event_type = 'login_failed' AND $1 <> '' ORDER BY id DESC LIMIT 50`,
  },
  {
    name: 'overview',
    path: () => '/overview?scope=team',
    sql: `SELECT status, count(*) FROM sessions WHERE created_at > now() - interval '14 days' AND $1 <> '' GROUP BY status`,
  },
];

/**
 * How long lists take with many rows: over HTTP as an administrator's browser asks, and the plain SQL for the same
 * page on the same database, in ms. The rows are made by SQL; the audit's hash chain is left out of them.
 */
export async function benchLists(lab: Lab, sizes: ListSizes, rounds: number, say: (text: string) => void) {
  const { app, caller } = await lab.open();
  const server = await createHttpServer(app).listen();
  try {
    const started = performance.now();
    await fill(app, caller.userId, sizes, say);
    const { token } = await app.accounts.createToken(caller, { name: 'bench' });
    const figures: Record<string, unknown> = {
      rows: sizes,
      fillSeconds: Math.round((performance.now() - started) / 1000),
    };
    for (const { name, path, sql } of LISTS) {
      const http: number[] = [];
      const bare: number[] = [];
      let status = 200;
      for (let round = 0; round < rounds + 2; round += 1) {
        const clock = performance.now();
        const answer = await fetch(`${server.url}/api/v1${path(round)}`, {
          headers: { authorization: `Bearer ${token}` },
        });
        await answer.text();
        const took = performance.now() - clock;
        if (answer.status !== 200) status = answer.status;
        const sqlClock = performance.now();
        await app.dataSource.query(sql, [caller.userId]);
        // The first two warm the caches, for both alike.
        if (round < 2) continue;
        http.push(took);
        bare.push(performance.now() - sqlClock);
      }
      const [list, plain] = [spread(http), spread(bare)];
      figures[name] = {
        ...(status === 200 ? {} : { status }),
        listMs: list,
        sqlMs: plain,
        ratio: Math.round((list.p95 / Math.max(plain.p95, 0.1)) * 10) / 10,
      };
      say(
        `  ${name}: p95 ${list.p95} ms, plain SQL ${plain.p95} ms${status === 200 ? '' : `, status ${status}`}`,
      );
    }
    return figures;
  } finally {
    await server.close();
    await app.close();
  }
}

type OpenApp = Awaited<ReturnType<Lab['open']>>['app'];

/** Fills the tables: indexes are dropped before and made again after, and no trigger runs for each row. */
async function fill(
  { dataSource }: OpenApp,
  userId: string,
  sizes: ListSizes,
  say: (text: string) => void,
): Promise<void> {
  await dataSource.transaction(async (manager) => {
    await manager.query(`SET LOCAL session_replication_role = replica`);
    const indexes: { name: string; definition: string }[] = await manager.query(
      `SELECT i.indexrelid::regclass::text AS name, pg_get_indexdef(i.indexrelid) AS definition
         FROM pg_index i LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid
        WHERE i.indrelid IN ('sessions'::regclass, 'agent_executions'::regclass, 'audit_log'::regclass)
          AND c.oid IS NULL`,
    );
    for (const { name } of indexes) await manager.query(`DROP INDEX ${name}`);
    await manager.query(
      `INSERT INTO users (id, email, name, role)
       SELECT 'bench-' || n, 'bench-' || n || '@example.org', 'Person ' || n, 'submitter' FROM generate_series(1, 199) n`,
    );
    say('  sessions …');
    // A tenth are the caller's; one in 2,000 waits at a gate; what is not over began lately.
    await manager.query(
      `INSERT INTO sessions (session_id, user_id, user_mission, project_name, status, current_phase, created_at,
                             updated_at, last_active_at, started_at, completed_at, interrupt_id)
       SELECT 'bench-session-' || n,
              CASE WHEN n % 10 = 0 THEN $1 ELSE 'bench-' || (1 + n % 199) END,
              'Mission number ' || n || ' builds a service that keeps what it is told and finds it again',
              'Project ' || (n % 500),
              CASE WHEN n % 2000 = 10 THEN 'awaiting_approval' WHEN n % 50 = 0 THEN 'failed' ELSE 'completed' END,
              CASE WHEN n % 2000 = 10 THEN 'human_gate' ELSE 'complete' END,
              at, at, at, at, CASE WHEN n % 2000 = 10 THEN NULL ELSE at + interval '5 min' END,
              CASE WHEN n % 2000 = 10 THEN 'bench-interrupt-' || n END
         FROM (SELECT n, now() - interval '365 days' * (1 - n::float / $2) AS at
                 FROM generate_series(1, $2::int) n) rows`,
      [userId, sizes.sessions],
    );
    await manager.query(
      `INSERT INTO approvals (id, session_id, gate, interrupt_id, checkpoint_id, artifacts, created_at)
       SELECT 'bench-approval-' || session_id, session_id, 'human_gate', interrupt_id, 'bench', '[]', created_at
         FROM sessions WHERE status = 'awaiting_approval'`,
    );
    say('  executions …');
    await manager.query(
      `INSERT INTO agent_executions (session_id, agent_type, phase, status, started_at, completed_at, tokens_used,
                                     input_tokens, output_tokens, cost_usd, duration_seconds, provider, model)
       SELECT 'bench-session-' || (1 + (n - 1) % $2), (ARRAY['pm', 'arch', 'eng', 'qa'])[1 + n % 4],
              (ARRAY['pm', 'arch', 'eng', 'qa'])[1 + n % 4],
              CASE WHEN n % 500 = 0 THEN 'failed' ELSE 'completed' END, at, at + interval '20 s', 4000, 3000, 1000,
              0.01, 20, 'anthropic', 'claude-sonnet-5'
         FROM (SELECT n, now() - interval '365 days' * (1 - n::float / $1) AS at
                 FROM generate_series(1, $1::int) n) rows`,
      [sizes.executions, sizes.sessions],
    );
    say('  audit …');
    await manager.query(
      `INSERT INTO audit_log (id, event_type, session_id, user_id, user_action, details, created_at, prev_hash, hash)
       SELECT last + n, CASE WHEN n % 100000 = 0 THEN 'login_failed' WHEN n % 3 = 0 THEN 'session_created'
                             WHEN n % 3 = 1 THEN 'artifact_created' ELSE 'phase_changed' END,
              'bench-session-' || (1 + n % $2), 'bench-' || (1 + n % 199), 'made',
              jsonb_build_object('n', n, 'note', 'a row of the benchmark'),
              now() - interval '365 days' * (1 - n::float / $1), repeat('0', 64), repeat('0', 64)
         FROM generate_series(1, $1::int) n, (SELECT coalesce(max(id), 0) AS last FROM audit_log) known`,
      [sizes.audit, sizes.sessions],
    );
    say('  indexes …');
    for (const { definition } of indexes) await manager.query(definition);
  });
  for (const table of ['users', 'sessions', 'approvals', 'agent_executions', 'audit_log'])
    await dataSource.query(`VACUUM (ANALYZE) ${table}`);
}
