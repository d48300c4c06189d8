import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createModelCatalog } from '../../src/adapters/llm/catalog.js';
import type { ModelCatalog } from '../../src/adapters/llm/port.js';
import { createApp, type App } from '../../src/app.js';
import { loadConfig } from '../../src/core/config.js';
import { createLogger, type Logger } from '../../src/core/logger.js';
import { startEmbeddedPostgres } from '../../src/db/embedded/server.js';
import type { Caller } from '../../src/services/sessions.js';

/** One Postgres and data folder for a whole benchmark run. */
export interface Lab {
  machine: { node: string; cores: number; cpu: string; memoryGiB: number };
  databaseUrl: string;
  log: Logger;
  /**
   * An App as `npm start` would have it, with its worker, and an administrator to act as.
   * @param slowMs how long every model call takes on top, in ms
   */
  open(env?: Record<string, string>, slowMs?: number): Promise<{ app: App; caller: Caller }>;
  /** An App without a worker, for the people, and a worker in a process of its own, whose model calls take `slowMs`. */
  openApart(slowMs: number): Promise<{ app: App; caller: Caller; worker: ChildProcess }>;
}

/** Starts a lab in a temporary folder, and takes everything down again. */
export async function withLab<T>(work: (lab: Lab) => Promise<T>): Promise<T> {
  const dataDir = await mkdtemp(join(tmpdir(), 'atelier-bench-'));
  const log = createLogger({ level: 'warn', pretty: false });
  const server = await startEmbeddedPostgres({ dataDir, logger: log });
  const own = { DATABASE_URL: server.url, ATELIER_DATA_DIR: dataDir, ATELIER_MODEL: 'rehearsal:studio' };
  const openApart: Lab['openApart'] = async (slowMs) => {
    const app = await createApp(loadConfig(own), { logger: log });
    await app.accounts.bootstrap();
    const admin = await app.accounts.localAdmin();
    const script = fileURLToPath(new URL('worker.js', import.meta.url));
    const worker = fork(script, [JSON.stringify(own), String(slowMs)]);
    await once(worker, 'message');
    return { app, caller: { userId: admin.id, role: admin.role }, worker };
  };
  const open: Lab['open'] = async (env = {}, slowMs = 0) => {
    const config = loadConfig({ ...own, ...env });
    const app = await createApp(config, {
      logger: log,
      ...(slowMs > 0 && { catalog: slowed(createModelCatalog(config), slowMs) }),
    });
    await app.accounts.bootstrap();
    const admin = await app.accounts.localAdmin();
    await app.startWorker();
    return { app, caller: { userId: admin.id, role: admin.role } };
  };
  try {
    return await work({
      machine: {
        node: process.version,
        cores: availableParallelism(),
        cpu: cpus()[0]?.model ?? 'unknown',
        memoryGiB: Math.round(totalmem() / 1024 ** 3),
      },
      databaseUrl: server.url,
      log,
      open,
      openApart,
    });
  } finally {
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

/** The same models, each of whose calls takes so much longer, as one over a network does. */
export function slowed(catalog: ModelCatalog, ms: number): ModelCatalog {
  return {
    client(ref, credentials) {
      const client = catalog.client(ref, credentials);
      return {
        ref,
        async call(call) {
          await setTimeout(ms, undefined, { signal: call.signal });
          return client.call(call);
        },
      };
    },
    defaultRef: () => catalog.defaultRef(),
    available: (provider) => catalog.available(provider),
  };
}

/** p50, p95 and maximum of figures in ms, to one decimal. */
export function spread(figures: readonly number[]): { p50: number; p95: number; max: number; n: number } {
  const sorted = figures.toSorted((a, b) => a - b);
  const at = (share: number) =>
    Math.round((sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? 0) * 10) / 10;
  return { p50: at(0.5), p95: at(0.95), max: at(1), n: sorted.length };
}
