import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sleep } from '../core/clock.js';

export interface TestRedis {
  /** `redis://127.0.0.1:<port>`, the same after a restart. */
  url: string;
  /** Ends the server and removes its folder. */
  stop(): Promise<void>;
  /** SIGKILL; nothing was written to disk, so all data is gone. */
  kill(): Promise<void>;
  /** SIGSTOP: connections stand, but nothing answers until `resume`. */
  pause(): void;
  resume(): void;
  /** Starts the server again on the same port, empty. */
  restart(): Promise<void>;
}

/** Why there is no Redis for a test, for the title of what is skipped; absent when there is one. */
export function redisMissing(): string | undefined {
  try {
    execFileSync('redis-server', ['--version'], { stdio: 'ignore' });
    return undefined;
  } catch {
    return 'there is no redis-server on PATH';
  }
}

/**
 * A Redis of the test's own: no persistence, a free port, a folder that `stop` removes. Null without a
 * `redis-server` on PATH. It is always our own, as the tests kill and wipe it.
 */
export async function startRedis(): Promise<TestRedis | null> {
  if (redisMissing()) return null;
  const folder = await mkdtemp(join(tmpdir(), 'atelier-redis-'));
  const port = await freePort();
  let child = await start(folder, port);
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  };
  return {
    url: `redis://127.0.0.1:${port}`,
    kill,
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    restart: async () => {
      await kill();
      child = await start(folder, port);
    },
    stop: async () => {
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function start(folder: string, port: number): Promise<ChildProcess> {
  const child = spawn(
    'redis-server',
    ['--bind', '127.0.0.1', '--port', String(port), '--dir', folder, '--save', '', '--appendonly', 'no'],
    { stdio: 'ignore' },
  );
  for (let waited = 0; waited < 10_000; waited += 20) {
    if (child.exitCode !== null) throw new Error(`redis-server ended with code ${child.exitCode}`);
    if (await accepts(port)) return child;
    await sleep(20);
  }
  child.kill('SIGKILL');
  throw new Error(`redis-server did not open port ${port} within 10 s`);
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  return new Promise((resolve) => {
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
  }).then((open) => {
    socket.destroy();
    return open === true;
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('The system gave no port');
  return address.port;
}
