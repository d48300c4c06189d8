import { setTimeout as delay } from 'node:timers/promises';
import type { Config } from '../core/config.js';
import { ConfigError, UnauthorizedError } from '../core/errors.js';
import { AtelierClient } from './client.js';
import type { Host, PanelMaker } from './host.js';
import { readCliToken } from './local-access.js';
import { findServer } from './server-file.js';

/** How long a command waits for another process to give the data folder back or to open its API. */
const PATIENCE_MS = 15_000;
/** The same where a command's server is known to end: it may finish a step first, and then stop its Postgres. */
const PATIENCE_AT_END_MS = 40_000;

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
  /** What a server started for this command serves beside the API. */
  panel?: PanelMaker;
}

/** Where the API is. */
interface Place {
  url: string;
  token: string;
  lasting: boolean;
  /** Set if it was started here, and so is to be ended here. */
  host?: Host;
}

/**
 * Finds the API: the server named by ATELIER_URL and ATELIER_TOKEN, else one that runs on this data folder, else
 * one started in this process for as long as the command takes.
 *
 * A server found on the folder may itself be another command's, and end with it; then the next one is found or
 * started, and the client goes on there.
 * @throws UnauthorizedError when a server was found and no token for it
 * @throws ConfigError when the server that was to be started cannot start
 */
export async function connect(config: Config, options: ConnectOptions): Promise<Connection> {
  const { signal } = options;
  const first = named(config) ?? (await locate(config, options, PATIENCE_MS));
  let place = Promise.resolve(first);
  const relocate = (): Promise<Place> => {
    // One's own server ends with the command and not before: what failed there fails elsewhere, too.
    place = place.then((now) => (now.host ? now : locate(config, options, PATIENCE_AT_END_MS)));
    return place;
  };
  const client = new AtelierClient({
    url: first.url,
    token: first.token,
    signal,
    ...(!first.lasting && !first.host && { relocate }),
  });
  const close = async (): Promise<void> => {
    // A move that is under way may end in a server of our own.
    const last = await place.catch(() => undefined);
    await last?.host?.close();
  };
  return { client, lasting: first.lasting, close };
}

/** The server that the environment names, if it names one. */
function named({ remote: { url, token } }: Config): Place | undefined {
  if (url === undefined) return undefined;
  if (token !== undefined) return { url, token, lasting: true };
  throw new UnauthorizedError(
    'ATELIER_URL is set and ATELIER_TOKEN is not. Make a token with "atelier tokens create" on the server.',
  );
}

async function locate(config: Config, options: ConnectOptions, patienceMs: number): Promise<Place> {
  const { signal } = options;
  const until = Date.now() + patienceMs;
  for (let told = false; ; await delay(200, undefined, { signal })) {
    const running = await findServer(config);
    if (running) {
      const token = config.remote.token ?? (await readCliToken(config.dataDir));
      if (token !== undefined) return { url: running.url, token, lasting: running.lasting };
      throw new UnauthorizedError(
        `A server runs at ${running.url}, but ${config.dataDir}/cli-token cannot be read. Run this as the user who started it, or set ATELIER_TOKEN.`,
      );
    }
    if (!told) options.onStart?.();
    told = true;
    try {
      return await startOwn(config, options);
    } catch (error) {
      // Another command has the folder for a moment, or a server is about to open its API.
      const busy = error instanceof ConfigError && error.details['pid'] !== undefined;
      if (!busy || Date.now() > until) throw error;
    }
  }
}

async function startOwn(config: Config, { worker, signal, panel }: ConnectOptions): Promise<Place> {
  // Loaded when it is needed: most commands talk to a server that runs already, and are to be quick.
  const { openHost } = await import('./host.js');
  const host = await openHost(
    { ...config, host: '127.0.0.1', port: 0 },
    { http: true, worker, announce: worker ? 'passing' : 'no', panel },
  );
  if (!signal.aborted) return { url: host.url, token: host.token, lasting: false, host };
  await host.close();
  throw signal.reason;
}
