import { mkdir, realpath, rename, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import pg from 'pg';
import { secondsSince } from '../../core/clock.js';
import { ConfigError, messageOf } from '../../core/errors.js';
import type { Logger } from '../../core/logger.js';
import { findBinaries } from './binaries.js';
import { DATABASE, openCluster, type Cluster } from './cluster.js';
import { codeOf } from '../../core/error-code.js';
import { launch } from './launch.js';
import { claimOwnership, type Ownership } from './owner.js';
import { findPostmaster, settingsAtStart, stopPostmaster, urlOf } from './postmaster.js';
import { chooseUser } from './run-as.js';

export interface EmbeddedPostgresOptions {
  /** Folder of the cluster, its password and its log; made if missing. */
  dataDir: string;
  /** Folder of a built pgvector: `share/extension/*.control`, `lib/vector.so`. */
  pgvectorDir?: string;
  logger: Logger;
  /** Server settings over the defaults, such as `{ fsync: 'off' }` for tests. */
  settings?: Record<string, string>;
}

/** A Postgres server that belongs to this process. */
export interface EmbeddedPostgres {
  /** `postgres://atelier:…@127.0.0.1:<port>/atelier` */
  readonly url: string;
  /** Whether it was already running, left behind by a process that was killed. */
  readonly adopted: boolean;
  /** Stops the server and gives the data folder back. Further calls wait for the first. */
  stop(): Promise<void>;
}

const LOG_LIMIT_BYTES = 10 * 1024 * 1024;

function settingsFor(options: EmbeddedPostgresOptions): string[] {
  const vector = options.pgvectorDir && resolve(options.pgvectorDir);
  const settings: Record<string, string> = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '200',
    shared_buffers: '128MB',
    fsync: 'on',
    synchronous_commit: 'on',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_checkpoints: 'off',
    ...(vector && {
      extension_control_path: `${join(vector, 'share')}:$system`,
      dynamic_library_path: `${join(vector, 'lib')}:$libdir`,
    }),
    ...options.settings,
  };
  return Object.entries(settings).map(([name, value]) => `${name}=${value}`);
}

async function ensureDatabase(cluster: Cluster, port: number): Promise<void> {
  const client = new pg.Client({ connectionString: urlOf(cluster.password, port, 'postgres') });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [DATABASE]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE}`);
  } finally {
    await client.end();
  }
}

/** Keeps the log from growing without end: one old file of at most the limit stays. */
async function turnLog(logFile: string): Promise<void> {
  const size = await stat(logFile).then(
    (found) => found.size,
    () => 0,
  );
  if (size > LOG_LIMIT_BYTES) await rename(logFile, `${logFile}.1`);
}

/** Makes and claims the data folder. @throws ConfigError when it is in use, or the system does not let us in */
async function claimFolder(path: string): Promise<{ dataDir: string; ownership: Ownership }> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
    const dataDir = await realpath(path);
    return { dataDir, ownership: await claimOwnership(dataDir) };
  } catch (cause) {
    if (codeOf(cause) === 'config_invalid') throw cause;
    throw new ConfigError(
      `The data folder ${path} cannot be used: ${messageOf(cause)}. Set ATELIER_DATA_DIR to a folder this user may write to.`,
      { cause, details: { dataDir: path } },
    );
  }
}

/**
 * Starts the Postgres that comes with the npm packages, or adopts the one that a killed owner of the same
 * folder left running. The server outlives this process if that is killed; `stop()` ends it.
 * @throws ConfigError when another process owns the folder, when there is no build for this machine (musl,
 *   Windows on Arm), or when the server does not start; the message names the way out (`ATELIER_DATA_DIR`,
 *   `DATABASE_URL`)
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const startedAt = performance.now();
  const logger = options.logger.child({ part: 'embedded-postgres' });
  const { dataDir, ownership } = await claimFolder(options.dataDir);
  try {
    const binaries = await findBinaries(join(dataDir, 'postgres-binaries'));
    const runAs = await chooseUser();
    const cluster = await openCluster(dataDir, binaries, runAs, options.settings?.['fsync'] !== 'off');
    const settings = settingsFor(options);
    const logFile = join(dataDir, 'postgres.log');

    let found = await findPostmaster(cluster);
    if (found.state === 'running') {
      const theirs = await settingsAtStart(cluster.directory);
      const same = theirs.length === settings.length && settings.every((setting) => theirs.includes(setting));
      if (found.port === 0 || !same) {
        logger.info({ serverPid: found.pid }, 'restarting the running Postgres with the settings asked for');
        await stopPostmaster(found.pid, binaries.pgCtl);
        found = { state: 'none' };
      }
    }
    const adopted = found.state === 'running';
    if (!adopted) await turnLog(logFile);
    const server =
      found.state === 'running'
        ? found
        : await launch({ cluster, binaries, runAs, settings, logFile }, logger);
    await ensureDatabase(cluster, server.port);
    logger.info(
      { serverPid: server.pid, port: server.port, adopted, seconds: secondsSince(startedAt) },
      'embedded Postgres is up',
    );

    let stopping: Promise<void> | undefined;
    const stop = async (): Promise<void> => {
      const signal = await stopPostmaster(server.pid, binaries.pgCtl);
      if (signal !== 'SIGINT') logger.warn({ signal }, 'the embedded Postgres did not stop by itself');
      await ownership.release();
    };
    return {
      url: urlOf(cluster.password, server.port, DATABASE),
      adopted,
      stop: () => (stopping ??= stop()),
    };
  } catch (error) {
    await ownership.release();
    throw error;
  }
}
