import { afterAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { createEmptyDatabase, createTestDatabase, type TestDatabase } from './database.js';

const databases: TestDatabase[] = [];
afterAll(() => Promise.all(databases.map((database) => database.drop())));

async function query<T extends pg.QueryResultRow>(url: string, sql: string): Promise<T[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<T>(sql)).rows;
  } finally {
    await client.end();
  }
}

describe('test databases', () => {
  it('are migrated, and what one writes is not seen in another, even when made at the same time', async () => {
    const made = await Promise.all([createTestDatabase(), createTestDatabase(), createTestDatabase()]);
    databases.push(...made);
    const [first, second] = made;
    await query(first.url, `INSERT INTO users (id, email, name) VALUES ('u1', 'a@example.org', 'A')`);
    expect(await query(first.url, 'SELECT id FROM users')).toEqual([{ id: 'u1' }]);
    expect(await query(second.url, 'SELECT id FROM users')).toEqual([]);
  });

  it('are gone after drop, though a client is still connected', async () => {
    const database = await createTestDatabase();
    const client = new pg.Client({ connectionString: database.url });
    client.on('error', () => undefined);
    await client.connect();
    await database.drop();
    await expect(query(database.url, 'SELECT 1')).rejects.toThrow(/does not exist/);
    await client.end();
  });

  it('can be had empty, for tests of the migrations', async () => {
    const database = await createEmptyDatabase();
    databases.push(database);
    expect(await query(database.url, `SELECT to_regclass('public.users') AS found`)).toEqual([
      { found: null },
    ]);
  });
});
