import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import { ENTITIES } from '../../db/entities/index.js';
import { createTestDatabase } from '../../testing/database.js';
import { DEVELOPMENT_ROWS, DEVELOPMENT_SCHEMA, sqliteFile } from '../../testing/sqlite-fixture.js';
import { importSqlite } from './import-sqlite.js';
import type { ImportReport } from './report.js';

const ANN = '01890000-0000-7000-8000-000000000001';
const BEN = '01890000-0000-7000-8000-000000000002';

describe('importing a development database of document 003', () => {
  let database: Awaited<ReturnType<typeof createTestDatabase>>;
  let dataSource: DataSource;
  const query = async (sql: string): Promise<Record<string, unknown>[]> => dataSource.query(sql);
  const run = (file: Buffer, options: { userId?: string; dryRun?: boolean } = {}) =>
    importSqlite(dataSource.manager, file, { userId: ANN, ...options });
  const reasonFor = (report: ImportReport, table: string, key: string) =>
    report.skipped.find((one) => one.table === table && one.key === key)?.reason;

  beforeEach(async () => {
    database = await createTestDatabase();
    dataSource = new DataSource({ type: 'postgres', url: database.url, entities: ENTITIES });
    await dataSource.initialize();
    await query(
      `INSERT INTO users (id, email, name) VALUES ('${ANN}', 'ann@example.org', 'Ann'), ('${BEN}', 'ben@example.org', 'Ben')`,
    );
  });
  afterEach(async () => {
    await dataSource.destroy();
    await database.drop();
  });

  it('brings in sessions, artifacts, executions, settings, prompts, metrics and the audit trail', async () => {
    const report = await run(await sqliteFile(DEVELOPMENT_SCHEMA, DEVELOPMENT_ROWS));
    expect(report.tables).toEqual({
      sessions: { imported: 3, skipped: 0, alreadyThere: 0 },
      checkpoints: { imported: 0, skipped: 2, alreadyThere: 0 },
      artifacts: { imported: 3, skipped: 0, alreadyThere: 0 },
      agent_executions: { imported: 2, skipped: 0, alreadyThere: 0 },
      agent_settings: { imported: 3, skipped: 0, alreadyThere: 1 },
      prompt_versions: { imported: 3, skipped: 0, alreadyThere: 0 },
      metrics: { imported: 3, skipped: 0, alreadyThere: 0 },
      audit_log: { imported: 2, skipped: 0, alreadyThere: 0 },
    });
    expect(report.projectsCreated).toBe(1);
    expect(
      await query(
        `SELECT session_id, kind, user_id, user_mission, project_name, status, current_phase, created_at, updated_at,
              iteration_count, qa_passed, state_json FROM sessions ORDER BY session_id`,
      ),
    ).toEqual([
      {
        session_id: '3f0c6d1a',
        kind: 'studio',
        user_id: ANN,
        user_mission: 'Build a URL shortener',
        project_name: 'Links',
        status: 'completed',
        current_phase: 'complete',
        created_at: new Date('2025-05-01T09:00:00Z'),
        updated_at: new Date('2025-05-01T09:42:10Z'),
        iteration_count: 2,
        qa_passed: true,
        state_json: { phase: 'complete' },
      },
      {
        session_id: '7be2',
        kind: 'studio',
        user_id: ANN,
        user_mission: 'Build a chess clock',
        project_name: 'Links',
        status: 'cancelled',
        current_phase: 'human_gate',
        created_at: new Date('2025-05-02T10:00:00Z'),
        updated_at: new Date('2025-05-02T10:10:00Z'),
        iteration_count: 0,
        qa_passed: false,
        state_json: null,
      },
      {
        session_id: '9ac4',
        kind: 'studio',
        user_id: ANN,
        user_mission: 'Grüße 🙂',
        project_name: null,
        status: 'failed',
        current_phase: 'qa',
        created_at: new Date('2025-05-03T08:00:00Z'),
        updated_at: new Date('2025-05-03T10:30:00Z'),
        iteration_count: 5,
        qa_passed: false,
        state_json: null,
      },
    ]);
    expect(
      await query(
        `SELECT p.name, count(*)::integer AS sessions FROM projects p JOIN sessions s ON s.project_id = p.id GROUP BY 1`,
      ),
    ).toEqual([{ name: 'Links', sessions: 2 }]);
    expect(
      await query(
        `SELECT agent_type, status, tokens_used, duration_seconds::text, completed_at FROM agent_executions ORDER BY started_at`,
      ),
    ).toEqual([
      {
        agent_type: 'pm',
        status: 'completed',
        tokens_used: 5120,
        duration_seconds: '298.25',
        completed_at: new Date('2025-05-01T09:04:59Z'),
      },
      {
        agent_type: 'arch',
        status: 'interrupted',
        tokens_used: 12,
        duration_seconds: null,
        completed_at: null,
      },
    ]);
    expect(await query(`SELECT metric_name, metric_value::text, labels FROM metrics ORDER BY id`)).toEqual([
      { metric_name: 'latency', metric_value: '0.125', labels: { agent: 'pm', unit: 's' } },
      { metric_name: 'latency', metric_value: '0.125', labels: { agent: 'pm', unit: 's' } },
      { metric_name: 'runs', metric_value: '3', labels: {} },
    ]);
  });

  it('adds nothing when the same file is imported again', async () => {
    const file = await sqliteFile(DEVELOPMENT_SCHEMA, DEVELOPMENT_ROWS);
    const counts = async () =>
      query(
        `SELECT (SELECT count(*) FROM sessions) a, (SELECT count(*) FROM artifacts) b, (SELECT count(*) FROM agent_executions) c,
              (SELECT count(*) FROM prompt_versions) d, (SELECT count(*) FROM metrics) e, (SELECT count(*) FROM audit_log) f,
              (SELECT count(*) FROM projects) g, (SELECT count(*) FROM agent_settings) h`,
      );
    await run(file);
    const before = await counts();
    const second = await run(file);
    expect(await counts()).toEqual(before);
    expect(Object.values(second.tables).map(({ imported }) => imported)).toEqual(Array(8).fill(0));
    expect(second.tables.sessions.alreadyThere).toBe(3);
    expect(second.tables.audit_log.alreadyThere).toBe(2);
    expect(second.tables.metrics.alreadyThere).toBe(3);
    expect(second.projectsCreated).toBe(0);
  });

  it('adds only what is new when the database has grown since the last import', async () => {
    await run(await sqliteFile(DEVELOPMENT_SCHEMA, DEVELOPMENT_ROWS));
    const grown = await run(
      await sqliteFile(
        DEVELOPMENT_SCHEMA,
        DEVELOPMENT_ROWS,
        `
      INSERT INTO agent_executions (session_id, agent_type, started_at, status) VALUES ('9ac4', 'qa', '2025-05-03 10:10:00', 'failed');
      INSERT INTO metrics (metric_name, metric_value, labels, recorded_at) VALUES ('runs', 3, '{}', '2025-05-01 10:00:00');`,
      ),
    );
    expect(grown.tables.agent_executions).toEqual({ imported: 1, skipped: 0, alreadyThere: 2 });
    expect(grown.tables.metrics).toEqual({ imported: 1, skipped: 0, alreadyThere: 3 });
    expect(grown.tables.sessions.imported).toBe(0);
  });

  it('keeps nothing of a dry run, and reports the same as the import that follows', async () => {
    const file = await sqliteFile(DEVELOPMENT_SCHEMA, DEVELOPMENT_ROWS);
    const dry = await run(file, { dryRun: true });
    expect(
      await query(
        'SELECT session_id AS id FROM sessions UNION ALL SELECT id FROM projects UNION ALL SELECT event_type FROM audit_log',
      ),
    ).toEqual([]);
    const real = await run(file);
    expect(dry.dryRun).toBe(true);
    expect({ ...dry, dryRun: false, importedAt: '' }).toEqual({ ...real, importedAt: '' });
  });

  it('cancels unfinished sessions with the reason, so that they can be retried', async () => {
    const report = await run(await sqliteFile(DEVELOPMENT_SCHEMA, DEVELOPMENT_ROWS));
    expect(await query(`SELECT error FROM sessions WHERE session_id = '7be2'`)).toEqual([
      {
        error: {
          code: 'imported_unfinished',
          message: expect.stringContaining('awaiting_approval'),
          details: { status: 'awaiting_approval' },
        },
      },
    ]);
    expect(report.changed).toContainEqual({
      table: 'sessions',
      key: '7be2.status',
      reason: expect.stringContaining('retried'),
    });
    expect(await query(`SELECT session_id FROM sessions WHERE wake_seq > done_seq`)).toEqual([]);
  });

  it('makes artifact paths relative to the work folder, counts versions, and keeps paths that lead out away', async () => {
    const report = await run(
      await sqliteFile(
        DEVELOPMENT_SCHEMA,
        DEVELOPMENT_ROWS,
        `
      INSERT INTO artifacts (id, session_id, artifact_type, file_path) VALUES
        (90, '3f0c6d1a', 'code', '../../etc/passwd'), (91, '3f0c6d1a', 'code', '/etc/passwd'), (92, '9ac4', 'code', '/etc/passwd'),
        (93, 'nobody', 'code', 'a.js'), (94, '3f0c6d1a', 'poem', 'a.txt'), (95, '3f0c6d1a', 'code', 'C:\\x\\a.js');`,
      ),
    );
    expect(
      await query(
        `SELECT artifact_type, file_path, version, content_hash, metadata ->> 'words' AS words FROM artifacts ORDER BY id`,
      ),
    ).toEqual([
      {
        artifact_type: 'prd',
        file_path: 'docs/PRD.md',
        version: 1,
        content_hash: 'a'.repeat(64),
        words: '812',
      },
      {
        artifact_type: 'prd',
        file_path: 'docs/PRD.md',
        version: 2,
        content_hash: 'b'.repeat(64),
        words: null,
      },
      { artifact_type: 'code', file_path: 'src/index.js', version: 1, content_hash: null, words: null },
    ]);
    expect(report.tables.artifacts.skipped).toBe(6);
    for (const key of ['90', '91', '92', '95'])
      expect(reasonFor(report, 'artifacts', key)).toMatch(/^file_path: /);
    expect(reasonFor(report, 'artifacts', '93')).toBe('session_id: "nobody" was not imported');
    expect(reasonFor(report, 'artifacts', '94')).toContain('"poem", not one of prd, tech_spec');
    expect(
      await query(
        `SELECT work_dir, metadata ->> 'originalWorkDir' AS original, metadata ->> 'owner' AS owner FROM sessions WHERE session_id = '3f0c6d1a'`,
      ),
    ).toEqual([{ work_dir: null, original: '/srv/studio/3f0c6d1a', owner: 'ann' }]);
  });

  it('appends the audit trail to the chain, with its own times in the details', async () => {
    await query(`INSERT INTO audit_log (event_type) VALUES ('login_succeeded')`);
    await run(await sqliteFile(DEVELOPMENT_SCHEMA, DEVELOPMENT_ROWS));
    const rows =
      await query(`SELECT a.event_type, a.session_id, a.user_id, host(a.ip_address) AS ip, a.details,
        a.hash = audit_row_hash(a) AND (a.id = 1 OR a.prev_hash = lag(a.hash) OVER (ORDER BY a.id)) AS chained
      FROM audit_log a ORDER BY a.id`);
    expect(rows.map(({ event_type, chained }) => [event_type, chained])).toEqual([
      ['login_succeeded', true],
      ['session_created', true],
      ['session_approved', true],
      ['import_completed', true],
    ]);
    expect(rows[1]).toMatchObject({
      session_id: '3f0c6d1a',
      user_id: null,
      ip: '10.0.0.7',
      details: { by: 'ann', originalId: '1', originalCreatedAt: '2025-05-01T09:00:00.000Z' },
    });
    expect(rows[2]).toMatchObject({ ip: null, details: { originalIpAddress: 'localhost' } });
    expect(rows[3]).toMatchObject({ user_id: ANN, details: { tables: { sessions: { imported: 3 } } } });
  });

  it('skips what does not fit, says where and why, and brings in the rest', async () => {
    const report = await run(
      await sqliteFile(
        DEVELOPMENT_SCHEMA.replace("metadata TEXT DEFAULT '{}');", "metadata TEXT DEFAULT '{}', mood TEXT);"),
        `
      CREATE TABLE plugins (id INTEGER); CREATE TABLE schema_version (version INTEGER);
      INSERT INTO sessions (session_id, user_mission, status) VALUES ('a', 'Fine', 'completed'), ('b', '  ', 'completed'), ('c', 'Bad status', 'done'), ('../d', 'Bad id', 'completed');
      INSERT INTO sessions (session_id, user_mission, status, state_json) VALUES ('e', 'Bad JSON', 'completed', '{oops'), ('f', 'No object', 'completed', '[1]'), ('g', 'NUL in JSON', 'completed', '{"a":"\\u0000"}');
      INSERT INTO sessions (session_id, user_mission, status, created_at) VALUES ('h', 'Bad time', 'completed', 'last week');
      INSERT INTO sessions (session_id, user_mission, status, iteration_count) VALUES ('i', 'Bad number', 'completed', 'many');
      INSERT INTO agent_executions (id, session_id, agent_type) VALUES (7, 'a', 'pm'), (8, 'c', 'pm');
      INSERT INTO metrics (id, metric_name, metric_value) VALUES (5, 'x', 'much');`,
      ),
    );
    expect(await query('SELECT session_id FROM sessions')).toEqual([{ session_id: 'a' }]);
    expect(report.tables.sessions).toEqual({ imported: 1, skipped: 8, alreadyThere: 0 });
    expect(
      Object.fromEntries(report.skipped.map(({ table, key, reason }) => [`${table} ${key}`, reason])),
    ).toEqual({
      'plugins *': 'document 003 has no such table',
      'schema_version *': 'the schema here has a version of its own',
      'sessions column mood': 'document 003 has no such column',
      'sessions b': 'user_mission: is missing',
      'sessions c': expect.stringMatching(/^status: is "done", not one of pending, running/),
      'sessions ../d': expect.stringMatching(/^session_id: must be of letters/),
      'sessions e': 'state_json: is not JSON',
      'sessions f': 'state_json: is JSON, but not an object',
      'sessions g': expect.stringContaining('unsupported Unicode escape'),
      'sessions h': 'created_at: "last week" is not a time',
      'sessions i': 'iteration_count: "many" is not a number',
      'agent_executions 8': 'session_id: "c" was not imported',
      'metrics 5': 'metric_value: "much" is not a number',
    });
  });

  it('leaves a session of another user alone, and everything that belongs to it', async () => {
    const file = await sqliteFile(DEVELOPMENT_SCHEMA, DEVELOPMENT_ROWS);
    await run(file, { userId: BEN });
    const report = await run(file, { userId: ANN });
    expect(report.tables.sessions).toEqual({ imported: 0, skipped: 3, alreadyThere: 0 });
    expect(report.tables.artifacts).toEqual({ imported: 0, skipped: 3, alreadyThere: 0 });
    expect(await query(`SELECT DISTINCT user_id FROM sessions`)).toEqual([{ user_id: BEN }]);
  });

  it('is undone with the transaction that it is a part of', async () => {
    const file = await sqliteFile(DEVELOPMENT_SCHEMA, DEVELOPMENT_ROWS);
    await expect(
      dataSource.transaction(async (manager) => {
        await importSqlite(manager, file, { userId: ANN });
        throw new Error('undo');
      }),
    ).rejects.toThrow('undo');
    expect(await query('SELECT session_id FROM sessions')).toEqual([]);
  });

  it('refuses a user that does not exist', async () => {
    await expect(run(await sqliteFile(DEVELOPMENT_SCHEMA), { userId: 'nobody' })).rejects.toMatchObject({
      code: 'not_found',
    });
  });

  it('reads a file that was in WAL mode, and says that its log is not in it', async () => {
    const file = await sqliteFile(DEVELOPMENT_SCHEMA, DEVELOPMENT_ROWS);
    file[18] = 2;
    file[19] = 2;
    const report = await run(file);
    expect(report.tables.sessions.imported).toBe(3);
    expect(reasonFor(report, '*', '-wal')).toContain('wal_checkpoint');
  });

  it('refuses a SQLite database without any of the tables', async () => {
    await expect(run(await sqliteFile('CREATE TABLE recipes (id INTEGER)'))).rejects.toMatchObject({
      problems: [
        { field: 'file', message: expect.stringContaining('none of the tables sessions, checkpoints') },
      ],
    });
  });
});
