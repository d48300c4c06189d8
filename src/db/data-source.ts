import pg from 'pg';
import 'reflect-metadata';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { MIGRATIONS } from '../../migrations/index.js';
import type { Logger } from '../core/logger.js';
import { PreparedClient } from './prepared-client.js';
import { LogOfTypeOrm } from './typeorm-logger.js';

export interface DataSourceSettings {
  /** `postgres://user:password@host:port/database` */
  url: string;
  /** Connections at most; more callers wait in line. */
  poolSize: number;
  /** Entity classes. */
  entities?: Exclude<DataSourceOptions['entities'], undefined>;
  /** Told what TypeORM has to say and about idle connections that broke (the pool replaces them). */
  logger?: Logger;
}

const INT8 = 20;

/**
 * How long a transaction may stand still between two statements, in ms, before Postgres ends it. A worker whose
 * machine sleeps or falls off the network inside a transaction keeps its locks, and the audit chain's is
 * everybody's: without this bound all writers would wait for it to wake.
 */
const IDLE_IN_TRANSACTION_MS = 5_000;

/**
 * An int8 as a number where it is exact, as its digits beyond 2^53. Our own counters and ids are far below, so
 * columns typed `bigint` are numbers throughout.
 */
function parseInt8(digits: string): number | string {
  const value = Number(digits);
  return Number.isSafeInteger(value) ? value : digits;
}

/** Type parsers of our pools: pg's own but for int8. numeric and int8[] stay strings. */
const types = new pg.TypeOverrides(pg.types);
types.setTypeParser(INT8, 'text', parseInt8);

/**
 * The TypeORM data source over one pg pool, not yet initialised. Schema changes come by migrations only.
 * @returns a DataSource; call `initialize()`, and `destroy()` at the end
 */
export function createDataSource({ url, poolSize, entities = [], logger }: DataSourceSettings): DataSource {
  return new DataSource({
    type: 'postgres',
    driver: pg,
    url,
    poolSize,
    entities,
    migrations: MIGRATIONS,
    migrationsTableName: 'migrations',
    migrationsTransactionMode: 'each',
    synchronize: false,
    installExtensions: false,
    logger: new LogOfTypeOrm(logger),
    applicationName: 'atelier',
    connectTimeoutMS: 30_000,
    poolErrorHandler: (error: Error) =>
      logger?.warn({ error: error.message }, 'an idle database connection broke'),
    extra: {
      Client: PreparedClient,
      types,
      keepAlive: true,
      idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
      // The pool listens to idle clients and TypeORM to those at work; one that breaks in between (cut the moment
      // it is ready) would end the process. Its next query fails, and that is told.
      onConnect: (client: pg.PoolClient) => void client.on('error', () => undefined),
    },
  });
}

/**
 * The pg pool beneath a data source, for those who speak pg (LangGraph's saver, transactions with their own
 * client). It belongs to the data source: do not end it.
 * @throws TypeError when the data source is not initialised or is no Postgres
 */
export function poolOf(dataSource: DataSource): pg.Pool {
  const master: unknown = 'master' in dataSource.driver ? dataSource.driver.master : undefined;
  if (!(master instanceof pg.Pool))
    throw new TypeError('The data source has no pg pool: initialize() it first.');
  return master;
}
