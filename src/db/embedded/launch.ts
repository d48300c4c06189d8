import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { sleep } from '../../core/clock.js';
import { ConfigError, messageOf } from '../../core/errors.js';
import type { Logger } from '../../core/logger.js';
import type { Binaries } from './binaries.js';
import type { Cluster } from './cluster.js';
import { answersFor, readPostmasterFile, stopPostmaster } from './postmaster.js';
import type { RunAs } from './run-as.js';

export interface Launch {
  cluster: Cluster;
  binaries: Binaries;
  runAs: RunAs;
  /** `name=value`, without the port. */
  settings: string[];
  /** What the server says is appended here. */
  logFile: string;
}

/** A server that answers. */
export interface Launched {
  pid: number;
  port: number;
}

const ATTEMPTS = 5;
const TIMEOUT_MS = 120_000;

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

/**
 * One attempt to start the server.
 * @returns the server, or the log's last lines when it gave up
 */
async function attempt(start: Launch): Promise<Launched | { failed: string }> {
  const { cluster, binaries, runAs, settings, logFile } = start;
  const port = await freePort();
  const flags = [...settings, `port=${port}`].flatMap((setting) => ['-c', setting]);
  const { command, args } = runAs.wrap(binaries.postgres, ['-D', cluster.directory, ...flags]);
  const log = await open(logFile, 'a', 0o600);
  const logged = (await log.stat()).size;
  // A group of its own, so that Ctrl-C at a terminal reaches only us: we drain, then stop the server.
  const child = spawn(command, args, { env: runAs.env, detached: true, stdio: ['ignore', log.fd, log.fd] });
  try {
    await once(child, 'spawn');
  } catch (error) {
    return { failed: messageOf(error) };
  } finally {
    await log.close();
  }
  child.unref();
  const until = Date.now() + TIMEOUT_MS;
  while (child.exitCode === null && child.signalCode === null) {
    const file = await readPostmasterFile(cluster.directory);
    if (file?.status === 'ready' && file.port === port && (await answersFor(cluster, port)))
      return { pid: file.pid, port };
    if (Date.now() > until) {
      if (child.pid !== undefined) await stopPostmaster(child.pid, binaries.pgCtl);
      return { failed: `It did not answer within ${TIMEOUT_MS / 1000} s.` };
    }
    await sleep(15);
  }
  return { failed: await lastWords(logFile, logged) };
}

/** Failures that pass: the port was taken in between, or a killed server's last clients still hold its memory. */
const PASSING =
  /could not bind|Address already in use|pre-existing shared memory|lock file .* already exists/i;

/**
 * Starts the server on a free port of 127.0.0.1, in a process group of its own, and waits until it answers.
 * Failures that pass by themselves are tried again.
 * @throws ConfigError with the log's last lines when it does not come up
 */
export async function launch(start: Launch, logger: Logger): Promise<Launched> {
  let words = '';
  for (let count = 1; count <= ATTEMPTS; count += 1) {
    const result = await attempt(start);
    if (!('failed' in result)) return result;
    words = result.failed;
    if (!PASSING.test(words)) break;
    logger.warn({ attempt: count, reason: words }, 'the embedded Postgres did not start yet');
    await sleep(count * 500);
  }
  throw new ConfigError(
    `The embedded Postgres did not start:\n${words}\n` +
      `Its log is ${start.logFile}. Mend what it names, or set DATABASE_URL to a Postgres server.`,
    { details: { log: start.logFile } },
  );
}
