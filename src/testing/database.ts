import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { testServerFacts } from './handover.js';

/** A database of a test's own, migrated and otherwise empty. */
export interface TestDatabase {
  url: string;
  /** Removes it, cutting off whoever is still connected. */
  drop(): Promise<void>;
}

/** Runs one statement that must stand outside a transaction, on a connection of its own. */
export async function runOnce(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/** The URL of another database on the same server. */
export function urlOfDatabase(serverUrl: string, database: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${database}`;
  return url.href;
}

async function create(from: string): Promise<TestDatabase> {
  const { adminUrl, template } = testServerFacts();
  const name = `${template}_${randomBytes(6).toString('hex')}`;
  await runOnce(
    adminUrl,
    `CREATE DATABASE "${name}" TEMPLATE "${from === 'migrated' ? template : 'template0'}"`,
  );
  return {
    url: urlOfDatabase(adminUrl, name),
    drop: () => runOnce(adminUrl, `DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`),
  };
}

/** Makes a database with the whole schema, as a copy of the run's template. Drop it in `afterAll`. */
export function createTestDatabase(): Promise<TestDatabase> {
  return create('migrated');
}

/** Makes a database with nothing in it, for tests of the migrations themselves. */
export function createEmptyDatabase(): Promise<TestDatabase> {
  return create('empty');
}
