import type { DataSource } from 'typeorm';
import { createModelCatalog } from '../../adapters/llm/catalog.js';
import { parseModelRef, type ModelRef } from '../../adapters/llm/port.js';
import { createJobQueue } from '../../adapters/queue/select.js';
import type { SelectedSandbox } from '../../adapters/sandbox/select.js';
import type { Config } from '../../core/config.js';
import { messageOf } from '../../core/errors.js';
import type { Logger } from '../../core/logger.js';
import { createDataSource } from '../../db/data-source.js';
import { databaseFacts } from '../../db/database-facts.js';
import { startEmbeddedPostgres } from '../../db/embedded/server.js';
import { ENTITIES } from '../../db/entities/index.js';
import { graphProfiles } from '../../graphs/index.js';
import { KeyService } from '../../services/keys.js';
import { ProfileModels } from '../../services/profile-models.js';
import { openSecretBox } from '../../adapters/secrets/key-file.js';
import { plural } from '../text.js';
import { broken, note, ok, type Check } from './check.js';

/**
 * Looks at the database, the queue on it and the models that its settings choose, each by itself: one that is
 * broken does not hide the others. Changes nothing but that an embedded database is made where there is none.
 */
export async function checkDatabase(
  config: Config,
  sandbox: SelectedSandbox | undefined,
  logger: Logger,
): Promise<Check[]> {
  const embedded = config.databaseUrl === undefined;
  const name = embedded ? 'Embedded Postgres' : 'DATABASE_URL';
  const undo: (() => Promise<unknown>)[] = [];
  try {
    let url = config.databaseUrl ?? '';
    if (embedded) {
      const server = await startEmbeddedPostgres({
        dataDir: config.dataDir,
        pgvectorDir: config.pgvectorDir,
        logger,
      });
      undo.push(() => server.stop());
      ({ url } = server);
    }
    const dataSource = createDataSource({ url, poolSize: 2, entities: ENTITIES, logger });
    await dataSource.initialize();
    undo.push(() => dataSource.destroy());
    const { version, pending, vector } = await databaseFacts(dataSource);
    const ready = pending.length === 0;
    return [
      ok('Database', `${name}, Postgres ${version}`),
      ready
        ? ok('Migrations', 'up to date')
        : note(
            'Migrations',
            `${plural(pending.length, 'migration')} to apply`,
            'The next start applies them; so does "npm run migrate".',
          ),
      vector
        ? ok('Vector search', 'the server has the vector extension')
        : note(
            'Vector search',
            'works without the vector extension, slower',
            'Set PGVECTOR_DIR to a built pgvector, or use a server that has it.',
          ),
      await checkQueue(config, url, logger),
      await checkModels(config, ready ? dataSource : undefined, sandbox, logger),
    ];
  } catch (error) {
    const advice = embedded
      ? 'Mend what it says, or set DATABASE_URL to a Postgres server.'
      : 'Check that DATABASE_URL names a server that runs, and that its user may connect.';
    return [broken('Database', `${name}: ${messageOf(error)}`, advice)];
  } finally {
    for (const step of undo.toReversed()) await step().catch(() => undefined);
  }
}

async function checkQueue(config: Config, databaseUrl: string, logger: Logger): Promise<Check> {
  const queue = createJobQueue({ redisUrl: config.redisUrl, databaseUrl, logger });
  const name = config.redisUrl === undefined ? 'BullMQ on Postgres' : 'BullMQ on Redis';
  try {
    await queue.ping();
    return ok('Queue', `${name} answers`);
  } catch (error) {
    return broken(
      'Queue',
      `${name}: ${messageOf(error)}`,
      'Start it, or leave REDIS_URL unset to use Postgres.',
    );
  } finally {
    await queue.close().catch(() => undefined);
  }
}

/** The model of each agent, or what they would all use while the database knows no settings yet. */
async function checkModels(
  config: Config,
  dataSource: DataSource | undefined,
  sandbox: SelectedSandbox | undefined,
  logger: Logger,
): Promise<Check> {
  try {
    const catalog = createModelCatalog(config);
    const override = config.model === undefined ? undefined : parseModelRef(config.model);
    const refs = new Map<string, ModelRef>();
    if (dataSource && sandbox) {
      const box = await openSecretBox(config, config.databaseUrl === undefined, logger);
      const keys = new KeyService(dataSource, box, logger);
      const models = new ProfileModels(dataSource, catalog, override, keys);
      for (const { name } of graphProfiles()) refs.set(name, (await models.clientFor(name)).ref);
    } else refs.set('all agents', catalog.defaultRef());
    if (refs.has('all agents')) catalog.client(catalog.defaultRef());
    return told(refs);
  } catch (error) {
    return broken('Models', messageOf(error), 'Set the key it names, or ATELIER_MODEL to another model.');
  }
}

function told(refs: ReadonlyMap<string, ModelRef>): Check {
  const agentsOf = new Map<string, string[]>();
  for (const [agent, { provider, model }] of refs) {
    const name = `${provider}:${model}`;
    agentsOf.set(name, [...(agentsOf.get(name) ?? []), agent]);
  }
  const found = [...agentsOf].map(([model, agents]) => `${model} for ${agents.join(', ')}`).join('; ');
  const rehearsed = [...refs.values()].some(({ provider }) => provider === 'rehearsal');
  return rehearsed
    ? note(
        'Models',
        found,
        'A rehearsal plays recorded projects and thinks up nothing. Set a provider’s key.',
      )
    : ok('Models', found);
}
