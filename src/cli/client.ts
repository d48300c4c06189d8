import { setTimeout as delay } from 'node:timers/promises';
import { AppError, UnauthorizedError, UnavailableError } from '../core/errors.js';
import type { EventView } from '../http/presenters/event.js';
import type { Page } from '../http/presenters/page.js';
import { chunksOf, linkSignals } from './abort.js';
import { ApiError, type Problem } from './errors.js';
import { readEvents } from './sse.js';

export interface ClientOptions {
  /** Base address, such as `http://127.0.0.1:3000`. */
  url: string;
  token: string;
  /** Aborts whatever is under way. */
  signal?: AbortSignal;
  /**
   * Finds another server for the same data once nothing answers here any more. Called once for all requests that
   * find this out at the same time.
   */
  relocate?: () => Promise<{ url: string; token: string }>;
}

export interface RequestOptions {
  query?: Readonly<Record<string, string | number | boolean | undefined>>;
  body?: unknown;
  /** Bytes to send instead of a JSON body; `headers` say their content-type. */
  file?: Buffer;
  headers?: Readonly<Record<string, string>>;
  /** For the whole answer, its body included; default 60 s. */
  timeoutMs?: number;
}

const TIMEOUT_MS = 60_000;
/** The server sends a heartbeat every 15 s; a stream that is silent for longer than this is dead. */
const IDLE_MS = 50_000;
/** Waits between attempts to resume an event stream, in ms; after the last one the server counts as gone. */
const RESUME_WAITS = [100, 300, 1000, 2000, 4000, 8000];

/** The HTTP API, typed by its presenters. All of the CLI goes through here. */
export class AtelierClient {
  private place: { url: string; token: string };
  /** A move to another server that is under way. */
  private moving: Promise<void> | undefined;
  private readonly signal: AbortSignal | undefined;
  private readonly relocate: ClientOptions['relocate'];

  constructor({ url, token, signal, relocate }: ClientOptions) {
    this.place = { url, token };
    this.signal = signal;
    this.relocate = relocate;
  }

  /** The server's address, without a slash at its end. */
  get url(): string {
    return this.place.url.replace(/\/+$/, '');
  }

  /** @param path below `/api/v1`, such as `/sessions`. Throws as `send` does. */
  async get<T>(path: string, query?: RequestOptions['query']): Promise<T> {
    return this.send('GET', path, { query }, async (response) => (await response.json()) as T);
  }

  /** As `get`, with a JSON body. Gives undefined for an answer without a body. */
  async write<T>(
    method: 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    options: RequestOptions = {},
  ): Promise<T> {
    return this.send(method, path, options, async (response) => {
      const text = await response.text();
      return (text === '' ? undefined : JSON.parse(text)) as T;
    });
  }

  /** Every item of a paged list, page by page, at most `limit`. */
  async list<T>(path: string, query: RequestOptions['query'] = {}, limit = Infinity): Promise<T[]> {
    const items: T[] = [];
    let cursor: string | undefined;
    do {
      const page: Page<T> = await this.get(path, { ...query, cursor });
      items.push(...page.items);
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined && items.length < limit);
    return items.slice(0, limit);
  }

  /**
   * Sends one request.
   * @param take reads the answer's body
   * @throws ApiError when the API refuses; UnauthorizedError when it does not know the token
   * @throws UnavailableError when nothing answers at the address
   */
  async send<T>(
    method: string,
    path: string,
    options: RequestOptions,
    take: (response: Response) => Promise<T>,
  ): Promise<T> {
    const limit = linkSignals([this.signal], options.timeoutMs ?? TIMEOUT_MS);
    try {
      const response = await this.fetch(method, path, options, limit.signal);
      if (!response.ok) throw await refusal(response, this.url);
      return await take(response);
    } finally {
      limit.unlink();
    }
  }

  /**
   * The events of a session after `after`, as they come. A broken connection is resumed where it broke.
   * Ends when the reader leaves the loop or `stop` aborts.
   * @throws as `send` does; UnavailableError when the server stays away
   */
  async *events(sessionId: string, after: number, stop: AbortSignal): AsyncGenerator<EventView, void> {
    let seq = after;
    const link = linkSignals([this.signal, stop]);
    try {
      for (let failures = 0; ; failures += 1) {
        try {
          for await (const event of this.connection(sessionId, seq, link.signal)) {
            failures = 0;
            seq = event.seq ?? seq;
            yield event;
          }
        } catch (error) {
          const passing = error instanceof AppError && error.retryable;
          if (!link.signal.aborted && (!passing || RESUME_WAITS[failures] === undefined)) throw error;
        }
        this.signal?.throwIfAborted();
        if (stop.aborted) return;
        await delay(RESUME_WAITS[failures] ?? RESUME_WAITS.at(-1), undefined, { signal: link.signal });
      }
    } finally {
      link.unlink();
    }
  }

  /** The events that come over one connection. */
  private async *connection(sessionId: string, seq: number, signal: AbortSignal): AsyncGenerator<EventView> {
    const path = `/sessions/${encodeURIComponent(sessionId)}/events`;
    const headers = { accept: 'text/event-stream', ...(seq > 0 && { 'last-event-id': String(seq) }) };
    const limit = linkSignals([signal], TIMEOUT_MS);
    const response = await this.fetch('GET', path, { headers }, limit.signal).finally(() => limit.unlink());
    if (!response.ok) throw await refusal(response, this.url);
    if (!response.body) return;
    try {
      for await (const { data } of readEvents(chunksOf(response.body, [signal], IDLE_MS)))
        yield JSON.parse(data) as EventView;
    } catch (error) {
      throw this.away(error);
    }
  }

  private async fetch(
    method: string,
    path: string,
    options: RequestOptions,
    signal: AbortSignal,
  ): Promise<Response> {
    const { place } = this;
    try {
      return await this.fetchHere(method, path, options, signal);
    } catch (error) {
      // What may have been done already is not done twice: only reading, what the server knows again by its key,
      // and what never got through.
      const known = method === 'GET' || options.headers?.['idempotency-key'] !== undefined;
      const safe = known || codeOf(error) === 'ECONNREFUSED';
      if (!this.relocate || !safe || !(error instanceof UnavailableError)) throw error;
      if (this.place === place) await (this.moving ??= this.move(this.relocate));
      return this.fetchHere(method, path, options, signal);
    }
  }

  /** Goes on at another server. */
  private async move(relocate: NonNullable<ClientOptions['relocate']>): Promise<void> {
    try {
      this.place = await relocate();
    } finally {
      this.moving = undefined;
    }
  }

  private async fetchHere(
    method: string,
    path: string,
    { query = {}, body, file, headers }: RequestOptions,
    signal: AbortSignal,
  ): Promise<Response> {
    const url = new URL(`${this.url}/api/v1${path}`);
    for (const [name, value] of Object.entries(query))
      if (value !== undefined) url.searchParams.set(name, String(value));
    this.signal?.throwIfAborted();
    try {
      return await fetch(url, {
        method,
        headers: {
          authorization: `Bearer ${this.place.token}`,
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        ...(file !== undefined && { body: new Uint8Array(file) }),
        signal,
        redirect: 'error',
      });
    } catch (error) {
      this.signal?.throwIfAborted();
      throw this.away(error);
    }
  }

  private away(error: unknown): UnavailableError {
    return new UnavailableError(
      `Nothing answers at ${this.url} (${reasonOf(error)}). Is the server running? Start one with "npm start", or check ATELIER_URL.`,
      { cause: error },
    );
  }
}

/** An error and the causes behind it, outermost first: fetch hides the reason in the cause. */
function* chainOf(error: unknown): Generator<{ message?: unknown; code?: unknown }> {
  for (
    let link = error;
    typeof link === 'object' && link !== null;
    link = 'cause' in link ? link.cause : undefined
  )
    yield link;
}

/** The innermost message, such as `connect ECONNREFUSED 127.0.0.1:3000`. */
function reasonOf(error: unknown): string {
  const messages = [...chainOf(error)].flatMap(({ message }) =>
    typeof message === 'string' && message !== '' ? [message] : [],
  );
  return messages.at(-1) ?? 'no reason given';
}

/** The system's code for why a connection failed, such as ECONNREFUSED. */
function codeOf(error: unknown): unknown {
  return [...chainOf(error)].map(({ code }) => code).findLast((code) => code !== undefined);
}

async function refusal(response: Response, url: string): Promise<Error> {
  const text = await response.text().catch(() => '');
  let problem: Problem = {};
  try {
    problem = JSON.parse(text) as Problem;
  } catch {
    // No problem document: something else than Atelier answers, such as a proxy.
    problem = { detail: `${url} answered ${response.status} without saying why. Is it Atelier's address?` };
  }
  if (response.status === 401)
    return new UnauthorizedError(
      `${problem.detail ?? 'The token is not valid.'} Set ATELIER_TOKEN to a living token; "atelier tokens create" on the server makes one.`,
    );
  return new ApiError(response.status, problem);
}
