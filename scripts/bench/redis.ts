import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { Redis } from 'ioredis';

/** A Redis of the benchmark's own, or null where no `redis-server` is installed. */
export async function findRedis(): Promise<{ url: string; stop(): Promise<void> } | null> {
  const dir = await mkdtemp(join(tmpdir(), 'atelier-redis-'));
  const port = await freePort();
  const child = spawn('redis-server', ['--port', String(port), '--dir', dir, '--appendonly', 'yes'], {
    stdio: 'ignore',
  });
  const missing = await Promise.race([
    once(child, 'spawn').then(() => false),
    once(child, 'error').then(() => true),
  ]);
  if (missing) {
    await rm(dir, { recursive: true, force: true });
    return null;
  }
  const url = `redis://127.0.0.1:${port}`;
  const probe = new Redis(url, { maxRetriesPerRequest: 50 });
  probe.on('error', () => undefined);
  await probe.ping();
  probe.disconnect();
  return {
    url,
    async stop() {
      child.kill('SIGTERM');
      await once(child, 'exit');
      await rm(dir, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address ? address.port : 0;
}
