import { PostgresSaver } from '@langchain/langgraph-checkpoint-postgres';
import pg from 'pg';
import type { DataSource } from 'typeorm';
import type { Logger } from '../core/logger.js';
import { poolOf } from './data-source.js';

/** The schema that LangGraph's checkpointer makes its tables in. */
export const LANGGRAPH_SCHEMA = 'langgraph';

/** Advisory lock of everyone who changes the schema; any number that nothing else uses. */
const MIGRATION_LOCK = 7302410;

/**
 * Runs `work` while no other process migrates the same database. The lock lives on a connection of its own, so
 * it is gone with the process however that ends, and a pool of one does not wait for itself.
 */
async function underLock<T>(pool: pg.Pool, work: () => Promise<T>): Promise<T> {
  const client = new pg.Client({
    connectionString: pool.options.connectionString,
    application_name: 'atelier migrate',
  });
  // The failed query tells; an event nobody listens to would end the process.
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    return await work();
  } finally {
    await client.end();
  }
}

/**
 * Brings the database up to date: LangGraph's tables first (a view of ours stands on them), then our own
 * migrations, each in its own transaction. Any number of processes may call this at once.
 * @param dataSource initialised
 * @returns the names of the migrations that this call applied, oldest first
 * @throws QueryFailedError when a migration fails; those before it stay applied
 */
export async function migrate(
  dataSource: DataSource,
  { logger }: { logger: Logger },
): Promise<{ applied: string[] }> {
  const pool = poolOf(dataSource);
  return await underLock(pool, async () => {
    await new PostgresSaver(pool, undefined, { schema: LANGGRAPH_SCHEMA }).setup();
    const done = await dataSource.runMigrations({ transaction: 'each' });
    const applied = done.map((migration) => migration.name);
    if (applied.length > 0) logger.info({ applied }, 'database migrated');
    return { applied };
  });
}

/**
 * Takes back the newest migration. LangGraph's tables stay.
 * @param dataSource initialised
 * @returns the name of the migration taken back; absent when none was applied
 * @throws QueryFailedError when it fails; then nothing has changed
 */
export async function revertLast(dataSource: DataSource): Promise<{ reverted?: string }> {
  return await underLock(poolOf(dataSource), async () => {
    const names = async (): Promise<string[]> => {
      const executed = await dataSource.query<{ name: string }[]>(
        `SELECT name FROM migrations ORDER BY id DESC LIMIT 1`,
      );
      return executed.map((row) => row.name);
    };
    const exists = await dataSource.query<{ found: string | null }[]>(
      `SELECT to_regclass('migrations')::text AS found`,
    );
    if (!exists[0]?.found) return {};
    const [newest] = await names();
    if (newest === undefined) return {};
    await dataSource.undoLastMigration({ transaction: 'each' });
    return { reverted: newest };
  });
}
