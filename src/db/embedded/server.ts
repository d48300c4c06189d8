import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, open, readFile, realpath, rename, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import pg from 'pg';
import { secondsSince, sleep } from '../../core/clock.js';
import { ConfigError } from '../../core/errors.js';
import type { Logger } from '../../core/logger.js';
import { findBinaries, type Binaries } from './binaries.js';
import { DATABASE, openCluster, type Cluster } from './cluster.js';
import { claimOwnership } from './owner.js';
import {
  answersFor,
  findPostmaster,
  readPostmasterFile,
  settingsAtStart,
  stopPostmaster,
  urlOf,
} from './postmaster.js';
import { chooseUser, type RunAs } from './run-as.js';

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

const START_ATTEMPTS = 5;
const START_TIMEOUT_MS = 120_000;
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

async function freePort(): Promise<number> {
  return await new Promise((done, fail) => {
    const probe = createServer();
    probe.once('error', fail);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      const port = typeof address === 'object' && address ? address.port : 0;
      probe.close(() => done(port));
    });
  });
}

async function lastWords(logFile: string, from: number): Promise<string> {
  return (await readFile(logFile)).subarray(from).toString('utf8').trim().split('\n').slice(-8).join('\n');
}

interface Launch {
  cluster: Cluster;
  binaries: Binaries;
  runAs: RunAs;
  settings: string[];
  logFile: string;
}

/**
 * One attempt to start the server.
 * @returns the server, or the log's last lines when it gave up
 */
async function launch({
  cluster,
  binaries,
  runAs,
  settings,
  logFile,
}: Launch): Promise<{ pid: number; port: number } | { failed: string }> {
  const port = await freePort();
  const flags = [...settings, `port=${port}`].flatMap((setting) => ['-c', setting]);
  const [command = '', ...args] = [...runAs.prefix, binaries.postgres, '-D', cluster.directory, ...flags];
  const log = await open(logFile, 'a', 0o600);
  const logged = (await log.stat()).size;
  // A group of its own, so that Ctrl-C at a terminal reaches only us: we drain, then stop the server.
  let child: ChildProcess;
  let spawnError: Error | undefined;
  try {
    child = spawn(command, args, { env: runAs.env, detached: true, stdio: ['ignore', log.fd, log.fd] });
    child.once('error', (error) => (spawnError = error));
  } finally {
    await log.close();
  }
  child.unref();
  const until = Date.now() + START_TIMEOUT_MS;
  while (child.exitCode === null && child.signalCode === null && !spawnError) {
    const file = await readPostmasterFile(cluster.directory);
    if (file?.status === 'ready' && file.port === port && (await answersFor(cluster, port)))
      return { pid: file.pid, port };
    if (Date.now() > until) {
      if (child.pid !== undefined) await stopPostmaster(child.pid);
      return { failed: `It did not answer within ${START_TIMEOUT_MS / 1000} s.` };
    }
    await sleep(15);
  }
  return { failed: spawnError ? spawnError.message : await lastWords(logFile, logged) };
}

/** Failures that pass: the port was taken in between, or a killed server's last clients still hold its memory. */
const PASSING =
  /could not bind|Address already in use|pre-existing shared memory|lock file .* already exists/i;

async function launchPatiently(start: Launch, logger: Logger): Promise<{ pid: number; port: number }> {
  let words = '';
  for (let attempt = 1; attempt <= START_ATTEMPTS; attempt += 1) {
    const result = await launch(start);
    if (!('failed' in result)) return result;
    words = result.failed;
    if (!PASSING.test(words)) break;
    logger.warn({ attempt, reason: words }, 'the embedded Postgres did not start yet');
    await sleep(attempt * 500);
  }
  throw new ConfigError(
    `The embedded Postgres did not start:\n${words}\n` +
      `Its log is ${start.logFile}. Mend what it names, or set DATABASE_URL to a Postgres server.`,
    { details: { log: start.logFile } },
  );
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

/**
 * Starts the Postgres that comes with the npm packages, or adopts the one that a killed owner of the same
 * folder left running. The server outlives this process if that is killed; `stop()` ends it.
 * @throws ConfigError when another process owns the folder, when there is no build for this machine (musl,
 *   Windows on Arm), or when the server does not start; the message names the way out (`ATELIER_DATA_DIR`,
 *   `DATABASE_URL`)
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const startedAt = performance.now();
  await mkdir(options.dataDir, { recursive: true, mode: 0o700 });
  const dataDir = await realpath(options.dataDir);
  const logger = options.logger.child({ part: 'embedded-postgres' });
  const ownership = await claimOwnership(dataDir);
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
        logger.info({ pid: found.pid }, 'restarting the running Postgres with the settings asked for');
        await stopPostmaster(found.pid);
        found = { state: 'none' };
      }
    }
    const adopted = found.state === 'running';
    if (!adopted) await turnLog(logFile);
    const server =
      found.state === 'running'
        ? found
        : await launchPatiently({ cluster, binaries, runAs, settings, logFile }, logger);
    await ensureDatabase(cluster, server.port);
    logger.info(
      { pid: server.pid, port: server.port, adopted, seconds: secondsSince(startedAt) },
      'embedded Postgres is up',
    );

    let stopping: Promise<void> | undefined;
    const stop = async (): Promise<void> => {
      const signal = await stopPostmaster(server.pid);
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
