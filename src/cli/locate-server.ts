import { setTimeout as delay } from 'node:timers/promises';
import type { Config } from '../core/config.js';
import { ConfigError, UnauthorizedError } from '../core/errors.js';
import { AtelierClient } from './client.js';
import { openHost, type Host } from './host.js';
import { readCliToken } from './local-access.js';
import { findServer } from './server-file.js';

/** How long a command waits for another process to give the data folder back or to open its API. */
const PATIENCE_MS = 15_000;

/** A way to the API for one command. */
export interface Connection {
  client: AtelierClient;
  /** Whether the server goes on working when this command has ended. */
  lasting: boolean;
  /** Ends what this command started itself; nothing of it is left running. */
  close(): Promise<void>;
}

export interface ConnectOptions {
  /** Whether a server started for this command has to work on sessions, too. */
  worker: boolean;
  signal: AbortSignal;
  /** Told once before a server is started for this command, as that takes a few seconds. */
  onStart?(): void;
}

/**
 * Finds the API: the server named by ATELIER_URL and ATELIER_TOKEN, else one that runs on this data folder, else
 * one started in this process for as long as the command takes.
 * @throws UnauthorizedError when a server was found and no token for it
 * @throws ConfigError when the server that was to be started cannot start
 */
export async function connect(config: Config, options: ConnectOptions): Promise<Connection> {
  const { remote } = config;
  const { signal } = options;
  if (remote.url !== undefined) {
    if (remote.token === undefined)
      throw new UnauthorizedError(
        'ATELIER_URL is set and ATELIER_TOKEN is not. Make a token with "atelier tokens create" on the server.',
      );
    const client = new AtelierClient({ url: remote.url, token: remote.token, signal });
    return { client, lasting: true, close: async () => undefined };
  }
  const until = Date.now() + PATIENCE_MS;
  for (let told = false; ; await delay(200, undefined, { signal })) {
    const running = await findServer(config);
    if (running) {
      const token = remote.token ?? (await readCliToken(config.dataDir));
      if (token === undefined)
        throw new UnauthorizedError(
          `A server runs at ${running.url}, but ${config.dataDir}/cli-token cannot be read. Run this as the user who started it, or set ATELIER_TOKEN.`,
        );
      const client = new AtelierClient({ url: running.url, token, signal });
      return { client, lasting: running.lasting, close: async () => undefined };
    }
    if (!told) options.onStart?.();
    told = true;
    try {
      return await connectToOwn(config, options);
    } catch (error) {
      // Another command has the folder for a moment, or a server is about to open its API.
      const busy = error instanceof ConfigError && error.details['pid'] !== undefined;
      if (!busy || Date.now() > until) throw error;
    }
  }
}

async function connectToOwn(config: Config, { worker, signal }: ConnectOptions): Promise<Connection> {
  const host: Host = await openHost(
    { ...config, host: '127.0.0.1', port: 0 },
    { http: true, worker, announce: worker ? 'passing' : 'no' },
  );
  try {
    signal.throwIfAborted();
  } catch (error) {
    await host.close();
    throw error;
  }
  const client = new AtelierClient({ url: host.url, token: host.token, signal });
  return { client, lasting: false, close: () => host.close() };
}
