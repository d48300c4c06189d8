import type { Config } from '../core/config.js';
import { createDataSource } from '../db/data-source.js';
import { startEmbeddedPostgres } from '../db/embedded/server.js';
import { ENTITIES } from '../db/entities/index.js';
import { migrate, revertLast } from '../db/migrate.js';
import { loggerFor } from './logger-for.js';

/**
 * Applies all migrations to the configured database, or takes the newest one back.
 * @returns the names of the migrations that were applied, and of the one that was taken back
 * @throws ConfigError when the embedded database belongs to a running process: it migrated when it started
 */
export async function changeSchema(
  config: Config,
  revert: boolean,
): Promise<{ applied: string[]; reverted?: string }> {
  const logger = loggerFor(config);
  const embedded =
    config.databaseUrl === undefined
      ? await startEmbeddedPostgres({ dataDir: config.dataDir, pgvectorDir: config.pgvectorDir, logger })
      : undefined;
  try {
    const url = config.databaseUrl ?? embedded?.url ?? '';
    const dataSource = createDataSource({ url, poolSize: 2, entities: ENTITIES, logger });
    await dataSource.initialize();
    try {
      if (!revert) return await migrate(dataSource, { logger });
      return { applied: [], ...(await revertLast(dataSource)) };
    } finally {
      await dataSource.destroy();
    }
  } finally {
    await embedded?.stop();
  }
}
