import { PostgresSaver } from '@langchain/langgraph-checkpoint-postgres';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { createTestDatabase, type TestDatabase } from '../testing/database.js';
import { createDataSource, poolOf } from './data-source.js';
import { LANGGRAPH_SCHEMA } from './migrate.js';

let database: TestDatabase;
let dataSource: DataSource;
beforeAll(async () => {
  database = await createTestDatabase();
  dataSource = await createDataSource({ url: database.url, poolSize: 3 }).initialize();
});
afterAll(async () => {
  await dataSource.destroy();
  await database.drop();
});

describe('the data source', () => {
  it('reads int8 as a number where that is exact, as digits beyond, and leaves numeric alone', async () => {
    const sql = `SELECT 42::bigint AS small, 9007199254740991::bigint AS largest, 9007199254740993::bigint AS beyond,
      1.10::numeric AS exact, count(*) AS counted FROM users`;
    const expected = {
      small: 42,
      largest: Number.MAX_SAFE_INTEGER,
      beyond: '9007199254740993',
      exact: '1.10',
      counted: 0,
    };
    expect(await dataSource.query(sql)).toEqual([expected]);
    expect((await poolOf(dataSource).query(sql)).rows).toEqual([expected]);
  });

  it('says who it is and holds no more connections than allowed', async () => {
    const pool = poolOf(dataSource);
    await Promise.all(Array.from({ length: 12 }, () => pool.query('SELECT pg_sleep(0.02)')));
    const { rows } = await pool.query<{ count: number }>(
      `SELECT count(*) FROM pg_stat_activity WHERE application_name = 'atelier' AND datname = current_database()`,
    );
    expect(rows[0]?.count).toBe(3);
  });

  it('lends its pool to LangGraph, whose checkpoints show in the view', async () => {
    const saver = new PostgresSaver(poolOf(dataSource), undefined, { schema: LANGGRAPH_SCHEMA });
    const config = { configurable: { thread_id: 't1', checkpoint_ns: '' } };
    const checkpoint = {
      v: 4,
      id: '0190a0b0-0000-7000-8000-000000000001',
      ts: '2026-01-02T03:04:05.000Z',
      channel_values: { mission: 'bake' },
      channel_versions: { mission: 1 },
      versions_seen: {},
    };
    await saver.put(config, checkpoint, { source: 'input', step: -1, parents: {} }, { mission: 1 });
    expect((await saver.getTuple(config))?.checkpoint.channel_values).toEqual({ mission: 'bake' });
    const shown = await dataSource.query('SELECT id, thread_id, checkpoint_id, created_at FROM checkpoints');
    expect(shown).toEqual([
      { id: 1, thread_id: 't1', checkpoint_id: checkpoint.id, created_at: new Date(checkpoint.ts) },
    ]);
  });

  it('goes on after its connections were cut', async () => {
    const pool = poolOf(dataSource);
    await pool.query('SELECT 1');
    const other = await createDataSource({ url: database.url, poolSize: 1 }).initialize();
    await other.query(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
    );
    await other.destroy();
    const patience = Date.now() + 10_000;
    for (;;)
      try {
        expect(await dataSource.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
        break;
      } catch (error) {
        if (Date.now() > patience) throw error;
      }
  });

  it('has writes parsed once per connection, and lists each time', async () => {
    const other = await createDataSource({ url: database.url, poolSize: 1 }).initialize();
    const insert = `INSERT INTO users (id, email, name) VALUES ($1, $2, $3) RETURNING id`;
    try {
      for (const id of ['w1', 'w2'])
        expect(await other.query(insert, [id, `${id}@example.org`, id])).toEqual([{ id }]);
      const [rows] = await other.query('UPDATE users SET name = $1 WHERE id = $2 RETURNING name', [
        'W',
        'w1',
      ]);
      expect(rows).toEqual([{ name: 'W' }]);
      await other.query('SELECT name FROM users WHERE id = $1', ['w1']);
      await other.query(`DELETE FROM users WHERE id IN ('w1', 'w2')`);
      const prepared = await other.query(
        'SELECT statement FROM pg_prepared_statements ORDER BY prepare_time',
      );
      expect(prepared.map(({ statement }: { statement: string }) => statement.slice(0, 6))).toEqual([
        'INSERT',
        'UPDATE',
      ]);
      // A migration of a newer version may come while this one is at work.
      await other.query('ALTER TABLE users ADD COLUMN nickname text');
      expect(await other.query(insert, ['w3', 'w3@example.org', 'w3'])).toEqual([{ id: 'w3' }]);
    } finally {
      await other.query(`DELETE FROM users WHERE id LIKE 'w%'`);
      await other.query('ALTER TABLE users DROP COLUMN IF EXISTS nickname');
      await other.destroy();
    }
  });

  it('has no pool to lend before it is initialised', () => {
    expect(() => poolOf(createDataSource({ url: database.url, poolSize: 1 }))).toThrow(/initialize/);
  });
});
