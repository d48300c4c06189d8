import { randomBytes } from 'node:crypto';
import { access, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { silentLogger } from '../core/logger.js';
import { createDataSource } from '../db/data-source.js';
import { startEmbeddedPostgres } from '../db/embedded/server.js';
import { migrate } from '../db/migrate.js';
import { runOnce, urlOfDatabase } from './database.js';
import { announceTestServer, givenTestServer } from './handover.js';

const FOLDER = 'atelier-jest-';
const settings = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', autovacuum: 'off' };

/** Ends the servers of earlier runs that were killed before their teardown. */
async function sweep(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const dataDir = join(tmpdir(), name);
    // A run that is only starting has no server yet and is left alone.
    const served = access(join(dataDir, 'postgres', 'postmaster.pid')).then(
      () => true,
      () => false,
    );
    if (!name.startsWith(FOLDER) || !(await served)) continue;
    try {
      const left = await startEmbeddedPostgres({ dataDir, logger: silentLogger(), settings });
      await left.stop();
      await rm(dataDir, { recursive: true, force: true });
    } catch {
      // It belongs to a run that is under way.
    }
  }
}

async function embeddedServer(): Promise<{ adminUrl: string; stop(): Promise<void> }> {
  await sweep();
  const dataDir = await mkdtemp(join(tmpdir(), FOLDER));
  const server = await startEmbeddedPostgres({ dataDir, logger: silentLogger(), settings });
  return {
    adminUrl: urlOfDatabase(server.url, 'postgres'),
    async stop() {
      await server.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

async function makeTemplate(adminUrl: string, template: string): Promise<void> {
  await runOnce(adminUrl, `CREATE DATABASE "${template}"`);
  const dataSource = createDataSource({ url: urlOfDatabase(adminUrl, template), poolSize: 2 });
  await dataSource.initialize();
  try {
    await migrate(dataSource, { logger: silentLogger() });
  } finally {
    await dataSource.destroy();
  }
  // Nobody may connect any more: a template in use cannot be copied.
  await runOnce(adminUrl, `ALTER DATABASE "${template}" ALLOW_CONNECTIONS false`);
}

/** Drops the run's template and all copies of it that tests left behind. */
async function dropAll(adminUrl: string, template: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query<{ datname: string }>(
      'SELECT datname FROM pg_database WHERE starts_with(datname, $1)',
      [template],
    );
    for (const { datname } of rows) await client.query(`DROP DATABASE IF EXISTS "${datname}" WITH (FORCE)`);
  } finally {
    await client.end();
  }
}

/**
 * Starts the Postgres of a jest run, with the migrated template database, and announces it to the workers.
 * `TEST_DATABASE_URL` names a server to use instead of an embedded one.
 */
export async function startTestServer(): Promise<{ stop(): Promise<void> }> {
  const given = givenTestServer();
  const { adminUrl, stop } = given
    ? { adminUrl: given, stop: async () => undefined }
    : await embeddedServer();
  const template = `atelier_test_${randomBytes(4).toString('hex')}`;
  try {
    await makeTemplate(adminUrl, template);
  } catch (error) {
    await stop();
    throw error;
  }
  announceTestServer({ adminUrl, template });
  return {
    async stop() {
      // An embedded server goes with its folder; another one is left as it was found.
      if (given) await dropAll(adminUrl, template);
      await stop();
    },
  };
}
