import type { Command } from 'commander';
import type { Config } from '../../core/config.js';
import { createDataSource } from '../../db/data-source.js';
import { startEmbeddedPostgres } from '../../db/embedded/server.js';
import { ENTITIES } from '../../db/entities/index.js';
import { migrate, revertLast } from '../../db/migrate.js';
import { addCommand, type Run } from '../command-line.js';
import { loggerFor } from '../host.js';
import { plural } from '../text.js';

/** `migrate`: brings the database's schema up to date, or takes the newest migration back. */
export function addMigrate(program: Command, run: Run): void {
  addCommand(program, 'migrate', {
    about: 'Bring the database up to date. Every start does that by itself, too.',
    examples: ['migrate', 'migrate --revert'],
  })
    .option('--revert', 'take the newest migration back instead')
    .action(({ revert, ...options }: { json?: boolean; revert?: boolean }) =>
      run(options, async ({ config, output }) => {
        const done = await changeSchema(config, revert === true);
        output.result(done, () => {
          if (revert)
            output.line(
              done.reverted === undefined
                ? 'There was nothing to take back.'
                : `Taken back: ${done.reverted}`,
            );
          else if (done.applied.length === 0) output.line('The database is up to date.');
          else output.line(`Applied ${plural(done.applied.length, 'migration')}: ${done.applied.join(', ')}`);
        });
      }),
    );
}

/** @throws ConfigError when the embedded database belongs to a running process: it migrated when it started */
async function changeSchema(
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
