import { execFile } from 'node:child_process';
import { readFile, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { sleep } from '../../core/clock.js';
import { ROLE, type Cluster } from './cluster.js';
import { isPostmasterOf, isRunning } from './process-identity.js';

const run = promisify(execFile);

/** What a server writes down about itself in `postmaster.pid`. */
export interface PostmasterFile {
  pid: number;
  /** Absent in the first moments of a start. */
  port?: number;
  /** `starting`, `ready`, `stopping`, …; empty until the server has got that far. */
  status: string;
}

/** Reads `postmaster.pid` (line 1 the pid, 4 the port, 8 the status); absent when there is none to make sense of. */
export async function readPostmasterFile(directory: string): Promise<PostmasterFile | undefined> {
  const lines = (await readFile(join(directory, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n');
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid <= 0) return undefined;
  const port = Number(lines[3]);
  return { pid, port: Number.isInteger(port) && port > 0 ? port : undefined, status: lines[7]?.trim() ?? '' };
}

/** Where a server on this machine is reached. */
export function urlOf(password: string, port: number, database: string): string {
  return `postgres://${ROLE}:${password}@127.0.0.1:${port}/${database}`;
}

/** Whether the server on this port lets us in and works on our data folder. */
export async function answersFor(cluster: Cluster, port: number): Promise<boolean> {
  const client = new pg.Client({
    connectionString: urlOf(cluster.password, port, 'postgres'),
    connectionTimeoutMillis: 5_000,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ data_directory: string }>('SHOW data_directory');
    const theirs = rows[0]?.data_directory;
    return theirs !== undefined && (await realpath(theirs)) === (await realpath(cluster.directory));
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** The `name=value` settings a server was started with, from `postmaster.opts`, without its port. */
export async function settingsAtStart(directory: string): Promise<string[]> {
  const options = await readFile(join(directory, 'postmaster.opts'), 'utf8').catch(() => '');
  return [...options.matchAll(/"([^"]*)"/g)]
    .map((match) => match[1] ?? '')
    .filter((word) => /^[a-z_.]+=/.test(word) && !word.startsWith('port='));
}

/** What was found in a cluster's folder. */
export type Found = { state: 'none' } | { state: 'running'; pid: number; port: number };

/**
 * Looks for a server that runs on the cluster. One that is starting or stopping is waited for; a
 * `postmaster.pid` whose process is dead, or is not a Postgres on this folder, is removed.
 * @param waitMs how long a server may take to make up its mind
 */
export async function findPostmaster(cluster: Cluster, waitMs = 60_000): Promise<Found> {
  const directory = await realpath(cluster.directory);
  const until = Date.now() + waitMs;
  for (;;) {
    const file = await readPostmasterFile(directory);
    if (!file) return { state: 'none' };
    if (!(await isPostmasterOf(file.pid, directory))) {
      // Postgres itself would take the reused pid of another program for a live server, and refuse.
      const now = await readPostmasterFile(directory);
      if (now?.pid === file.pid) await rm(join(directory, 'postmaster.pid'), { force: true });
      continue;
    }
    if (file.port !== undefined && file.status === 'ready' && (await answersFor(cluster, file.port)))
      return { state: 'running', pid: file.pid, port: file.port };
    if (Date.now() > until) return { state: 'running', pid: file.pid, port: file.port ?? 0 };
    await sleep(50);
  }
}

/** Waits until a process has ended. @returns whether it did within `ms` */
async function endsWithin(pid: number, ms: number): Promise<boolean> {
  const until = Date.now() + ms;
  while (await isRunning(pid)) {
    if (Date.now() > until) return false;
    await sleep(20);
  }
  return true;
}

/** Sends a signal. Windows has none: there Postgres's own pg_ctl stands in for them. */
async function send(pid: number, signal: NodeJS.Signals, pgCtl: string): Promise<void> {
  if (process.platform !== 'win32' || signal === 'SIGKILL') process.kill(pid, signal);
  else await run(pgCtl, ['kill', signal.slice('SIG'.length), String(pid)]);
}

/**
 * Ends a server: a fast shutdown (clients are cut off, all is written), then an immediate one (recovered at the
 * next start), then SIGKILL.
 * @param pgCtl path of the program pg_ctl
 * @returns the signal that did it
 */
export async function stopPostmaster(pid: number, pgCtl: string): Promise<NodeJS.Signals> {
  const steps: [NodeJS.Signals, number][] = [
    ['SIGINT', 30_000],
    ['SIGQUIT', 10_000],
    ['SIGKILL', 10_000],
  ];
  for (const [signal, patience] of steps) {
    try {
      await send(pid, signal, pgCtl);
    } catch {
      return signal;
    }
    if (await endsWithin(pid, patience)) return signal;
  }
  return 'SIGKILL';
}
