import { loadConfig } from './src/core/config.js';
import { ConfigError } from './src/core/errors.js';
import { createLogger } from './src/core/logger.js';
import { createDataSource } from './src/db/data-source.js';

const { databaseUrl, dbPool } = loadConfig();
if (databaseUrl === undefined)
  throw new ConfigError(
    'DATABASE_URL: must be set for the TypeORM CLI. For the embedded database use "npm run migrate".',
  );

/** The data source of TypeORM's own CLI: `DATABASE_URL=… npx typeorm -d dist/ormconfig.js migration:show`. */
export default createDataSource({
  url: databaseUrl,
  poolSize: dbPool,
  // What migration:show has to show goes through the log, at the level of details.
  logger: createLogger({ level: 'debug', pretty: true }),
});
