import { createApp, type App } from '../app.js';
import type { Config } from '../core/config.js';
import { createHttpServer, type HttpServerOptions } from '../http/server.js';
import { ensureCliToken, ensureFirstAdmin } from './local-access.js';
import { loggerFor } from './logger-for.js';
import { announceServer } from './server-file.js';

/** Makes the pages that are served beside the API; given from outside, as nothing here knows them. */
export type PanelMaker = (app: App) => Promise<NonNullable<HttpServerOptions['mounts']>[number]>;

export interface HostOptions {
  http: boolean;
  worker: boolean;
  /** Whether commands of this machine may find it, and whether it stays: see `RunningServer.lasting`. */
  announce: 'lasting' | 'passing' | 'no';
  panel?: PanelMaker;
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

/**
 * Starts Atelier in this process on `config.host` and `config.port`.
 * @throws ConfigError when the data folder is in use by another process, the port is taken, or the machine or
 *   the environment cannot work as set; nothing is left running then
 */
export async function openHost(config: Config, options: HostOptions): Promise<Host> {
  const undo: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    // One at a time: should a step fail, closing again goes on with the next.
    for (let step = undo.pop(); step; step = undo.pop()) await step();
  };
  try {
    const app = await createApp(config, { logger: loggerFor(config) });
    undo.push(() => app.close());
    await ensureFirstAdmin(app);
    const token = await ensureCliToken(app);
    let url = '';
    if (options.http) {
      const mounts = options.panel ? [await options.panel(app)] : [];
      const server = await createHttpServer(app, { mounts }).listen();
      undo.push(() => server.close());
      ({ url } = server);
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
