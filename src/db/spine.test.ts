import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { createTestDatabase, type TestDatabase } from '../testing/database.js';
import { createDataSource } from './data-source.js';

let database: TestDatabase;
let db: DataSource;
beforeAll(async () => {
  database = await createTestDatabase();
  db = await createDataSource({ url: database.url, poolSize: 12 }).initialize();
  await db.query(`INSERT INTO users (id, email, name) VALUES ('u', 'Ada@example.org', 'Ada')`);
  await db.query(`INSERT INTO projects (id, user_id, name) VALUES ('p', 'u', 'Bakery')`);
  await db.query(
    `INSERT INTO sessions (session_id, user_id, project_id, project_name, user_mission)
     VALUES ('s', 'u', 'p', 'Bakery', 'sell bread')`,
  );
});
afterAll(async () => {
  await db.destroy();
  await database.drop();
});

describe('the schema of the spine', () => {
  it('keeps the project name in its sessions when the project is renamed, and touches updated_at', async () => {
    await db.query(`UPDATE sessions SET updated_at = '2000-01-01'`);
    await db.query(`UPDATE projects SET name = 'Bakery and Café', updated_at = '2000-01-01' WHERE id = 'p'`);
    expect(
      await db.query(
        `SELECT s.project_name, p.updated_at > '2020-01-01' AS project, s.updated_at > '2020-01-01' AS session
           FROM sessions s JOIN projects p ON p.id = s.project_id`,
      ),
    ).toEqual([{ project_name: 'Bakery and Café', project: true, session: true }]);
  });

  it('refuses a status of another kind, an unknown phase and the same address in other letters', async () => {
    await expect(db.query(`UPDATE sessions SET status = 'paused'`)).rejects.toThrow(/sessions_status_check/);
    await expect(db.query(`UPDATE sessions SET current_phase = 'nap'`)).rejects.toThrow(
      /sessions_phase_check/,
    );
    await expect(
      db.query(`INSERT INTO users (id, email, name) VALUES ('u2', 'ada@EXAMPLE.org', 'Ada')`),
    ).rejects.toThrow(/users_email_unique/);
  });

  it('trims what is said in a message and nothing within it', async () => {
    await db.query(
      `INSERT INTO messages (id, session_id, turn_number, role, content)
       VALUES ('m', 's', 1, 'user', E' \\n\\tone  two\\n ')`,
    );
    expect(await db.query('SELECT content FROM messages')).toEqual([{ content: 'one  two' }]);
  });

  it('has a place for embeddings: pgvector where the server has it, arrays with a signature elsewhere', async () => {
    const [{ available }] = await db.query<[{ available: boolean }]>(
      `SELECT EXISTS (SELECT 1 FROM pg_available_extensions WHERE name = 'vector') AS available`,
    );
    const columns = await db.query(
      `SELECT attname AS name, format_type(atttypid, atttypmod) AS type FROM pg_attribute
        WHERE attrelid = 'messages'::regclass AND attname LIKE 'embedding%' AND NOT attisdropped ORDER BY attname`,
    );
    const model = { name: 'embedding_model', type: 'character varying(100)' };
    expect(columns).toEqual(
      available
        ? [{ name: 'embedding', type: 'vector' }, model]
        : [
            { name: 'embedding', type: 'real[]' },
            model,
            { name: 'embedding_signature', type: 'bit varying' },
          ],
    );
  });

  it('chains audit rows without gaps or forks, though many write at once', async () => {
    await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        db.query(
          `INSERT INTO audit_log (event_type, details, ip_address) VALUES ($1, '{"b":1,"a":2}', '10.0.0.1')`,
          [`event_${index}`],
        ),
      ),
    );
    const rows = await db.query<{ id: number; prev_hash: string; hash: string; again: string }[]>(
      `SELECT id, prev_hash, hash, audit_row_hash(a) AS again FROM audit_log a ORDER BY id`,
    );
    expect(rows.map(({ id }) => id)).toEqual(Array.from({ length: 12 }, (_, index) => index + 1));
    expect(rows.map(({ prev_hash }) => prev_hash)).toEqual([
      '0'.repeat(64),
      ...rows.slice(0, -1).map(({ hash }) => hash),
    ]);
    expect(rows.map(({ again }) => again)).toEqual(rows.map(({ hash }) => hash));
  });

  it('proves an audit row the same way from a session of another time zone', async () => {
    await db.query(`INSERT INTO audit_log (event_type) VALUES ('elsewhere')`);
    const runner = db.createQueryRunner();
    try {
      await runner.query(`SET timezone = 'Asia/Tokyo'`);
      expect(
        await runner.query(`SELECT bool_and(audit_row_hash(a) = hash) AS proven FROM audit_log a`),
      ).toEqual([{ proven: true }]);
    } finally {
      await runner.query('RESET timezone');
      await runner.release();
    }
  });

  it.each([`UPDATE audit_log SET event_type = 'x'`, 'DELETE FROM audit_log', 'TRUNCATE audit_log'])(
    'refuses %s',
    async (statement) => {
      await expect(db.query(statement)).rejects.toThrow(/append-only/);
    },
  );

  it('starts the usage of a new day at zero and leaves the current day alone', async () => {
    await db.query(`UPDATE agent_settings SET usage_today = 7`);
    await db.query(`UPDATE agent_settings SET last_reset_date = CURRENT_DATE - 1 WHERE profile_name = 'pm'`);
    await db.query('SELECT reset_daily_usage()');
    expect(
      await db.query(
        `SELECT profile_name, usage_today, last_reset_date = CURRENT_DATE AS today
           FROM agent_settings WHERE profile_name IN ('pm', 'qa') ORDER BY profile_name`,
      ),
    ).toEqual([
      { profile_name: 'pm', usage_today: 0, today: true },
      { profile_name: 'qa', usage_today: 7, today: true },
    ]);
  });

  it('answers through its views', async () => {
    await db.query(
      `INSERT INTO agent_executions (session_id, agent_type, status, tokens_used, cost_usd, duration_seconds)
       VALUES ('s', 'pm', 'completed', 30, 0.25, 1.5), ('s', 'pm', 'failed', 10, 0, 0.5)`,
    );
    expect(await db.query('SELECT session_id FROM active_sessions')).toEqual([{ session_id: 's' }]);
    expect(await db.query('SELECT status, count, qa_passed_count FROM session_metrics')).toEqual([
      { status: 'pending', count: 1, qa_passed_count: 0 },
    ]);
    expect(
      await db.query('SELECT agent_type, total_runs, successful_runs, total_tokens FROM agent_performance'),
    ).toEqual([{ agent_type: 'pm', total_runs: 2, successful_runs: 1, total_tokens: 40 }]);
    expect(await db.query('SELECT executions, tokens_used, cost_usd FROM studio_summary')).toEqual([
      { executions: 2, tokens_used: 40, cost_usd: '0.250000' },
    ]);
    const versions = await db.query<{ version: number; description: string }[]>(
      'SELECT version, description FROM schema_version ORDER BY version',
    );
    expect(versions.map(({ version }) => version)).toEqual(versions.map((_, index) => index + 1));
    expect(versions[0]?.description).toBe('CreateSpine1795370400000');
  });

  it('deletes with a project its sessions and all that hangs off them', async () => {
    await db.query(`DELETE FROM projects WHERE id = 'p'`);
    expect(
      await db.query(
        `SELECT (SELECT count(*) FROM sessions) AS sessions, (SELECT count(*) FROM messages) AS messages,
                (SELECT count(*) FROM agent_executions) AS executions`,
      ),
    ).toEqual([{ sessions: 0, messages: 0, executions: 0 }]);
  });
});
