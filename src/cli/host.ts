import { createApp, type App } from '../app.js';
import type { Config } from '../core/config.js';
import { ConfigError } from '../core/errors.js';
import { createLogger, silentLogger, type Logger } from '../core/logger.js';
import { createHttpServer } from '../http/server.js';
import { ensureCliToken, ensureFirstAdmin } from './local-access.js';
import { announceServer } from './server-file.js';

export interface HostOptions {
  http: boolean;
  worker: boolean;
  /** Whether commands of this machine may find it, and whether it stays: see `RunningServer.lasting`. */
  announce: 'lasting' | 'passing' | 'no';
}

/** Atelier in this process: database, API and worker, as far as they were asked for. */
export interface Host {
  app: App;
  /** Address of the API as reached from this machine; empty without HTTP. */
  url: string;
  /** A token of the first administrator. */
  token: string;
  /** Drains the worker and closes everything; an embedded Postgres stops last. May be called twice. */
  close(): Promise<void>;
}

/** The logger of a process: `LOG_LEVEL=silent` starts no writer at all. */
export function loggerFor(config: Config): Logger {
  return config.logLevel === 'silent'
    ? silentLogger()
    : createLogger({ level: config.logLevel, pretty: config.env === 'development' });
}

/**
 * Starts Atelier in this process on `config.host` and `config.port`.
 * @throws ConfigError when the data folder is in use by another process, the port is taken, or the machine or
 *   the environment cannot work as set; nothing is left running then
 */
export async function openHost(config: Config, options: HostOptions): Promise<Host> {
  const undo: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    for (const step of undo.splice(0).toReversed()) await step();
  };
  try {
    const app = await createApp(config, { logger: loggerFor(config) });
    undo.push(() => app.close());
    await ensureFirstAdmin(app);
    const token = await ensureCliToken(app);
    let url = '';
    if (options.http) {
      const server = await listen(app, config);
      undo.push(() => server.close());
      url = `http://${hostOf(config.host)}:${server.port}`;
      if (options.announce !== 'no')
        undo.push(await announceServer(config, url, options.announce === 'lasting'));
    }
    if (options.worker) await app.startWorker();
    return { app, url, token, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function listen(app: App, config: Config): Promise<{ port: number; close(): Promise<void> }> {
  try {
    return await createHttpServer(app).listen();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const way = 'Set PORT to a free one, for example PORT=3001, or PORT=0 for any.';
    if (code === 'EADDRINUSE')
      throw new ConfigError(`Port ${config.port} on ${config.host} is taken by another program. ${way}`);
    if (code === 'EACCES')
      throw new ConfigError(`Port ${config.port} needs more rights than this process has. ${way}`);
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
      throw new ConfigError(`HOST "${config.host}" is no address of this machine. Use 127.0.0.1 or 0.0.0.0.`);
    throw error;
  }
}

/** How this machine reaches a listening address. */
function hostOf(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
