import { spawn } from 'node:child_process';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { sleep } from '../../src/core/clock.js';
import { silentLogger } from '../../src/core/logger.js';
import { findBinaries } from '../../src/db/embedded/binaries.js';
import { settingsAtStart, readPostmasterFile, stopPostmaster } from '../../src/db/embedded/postmaster.js';
import { chooseUser } from '../../src/db/embedded/run-as.js';
import { startEmbeddedPostgres } from '../../src/db/embedded/server.js';

/** A Postgres of a chaos run's own, which can be killed and comes back on the same port. */
export interface ChaosPostgres {
  /** Of the database `atelier`, the same after a restart. */
  readonly url: string;
  /** Ends the connections of everyone else to every database of the server. @returns how many */
  cutConnections(): Promise<number>;
  /** `kill -9` of the server, and another one on the same files and port after `awayMs`. */
  killAndRestart(awayMs: number): Promise<void>;
  /** Stops the server; its folder stays. */
  stop(): Promise<void>;
}

/** What is committed survives a kill of the processes without fsync: the machine itself stays up. */
const SETTINGS = { fsync: 'off', full_page_writes: 'off' };
/** How long a server may take to come back, in ms. */
const BACK_WITHIN_MS = 30_000;

/**
 * Starts an embedded Postgres in a folder.
 * @param dataDir absolute; made if missing
 * @throws ConfigError when it cannot start
 */
export async function startChaosPostgres(dataDir: string): Promise<ChaosPostgres> {
  const server = await startEmbeddedPostgres({ dataDir, logger: silentLogger(), settings: SETTINGS });
  const directory = join(dataDir, 'postgres');
  const port = new URL(server.url).port;
  const settings = await settingsAtStart(directory);

  const [binaries, runAs] = await Promise.all([
    findBinaries(join(dataDir, 'postgres-binaries')),
    chooseUser(),
  ]);
  let replaced = false;

  const restart = async (): Promise<void> => {
    const flags = [...settings, `port=${port}`].flatMap((setting) => ['-c', setting]);
    const { command, args } = runAs.wrap(binaries.postgres, ['-D', directory, ...flags]);
    const until = performance.now() + BACK_WITHIN_MS;
    for (;;) {
      const log = await open(join(dataDir, 'postgres.log'), 'a', 0o600);
      const child = spawn(command, args, {
        env: runAs.env,
        detached: true,
        stdio: ['ignore', log.fd, log.fd],
      });
      child.unref();
      await log.close();
      // It leaves at once while the killed server's last children still hold its memory.
      while (child.exitCode === null && child.signalCode === null) {
        if (await answers(server.url)) return;
        if (performance.now() > until)
          throw new Error(`Postgres did not come back; see ${dataDir}/postgres.log`);
        await sleep(30);
      }
      await sleep(100);
    }
  };

  return {
    url: server.url,
    cutConnections: () => cutConnections(server.url),
    async killAndRestart(awayMs) {
      const running = await readPostmasterFile(directory);
      if (running) process.kill(running.pid, 'SIGKILL');
      replaced = true;
      await sleep(awayMs);
      await restart();
    },
    async stop() {
      if (!replaced) return server.stop();
      // The first server's pid may be another program's by now.
      const running = await readPostmasterFile(directory);
      if (running) await stopPostmaster(running.pid, binaries.pgCtl);
    },
  };
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function cutConnections(url: string): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rowCount } = await client.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'`,
    );
    return rowCount ?? 0;
  } finally {
    await client.end();
  }
}
