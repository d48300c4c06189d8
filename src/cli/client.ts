import { setTimeout as delay } from 'node:timers/promises';
import { AppError, messageOf, UnauthorizedError, UnavailableError } from '../core/errors.js';
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
}

export interface RequestOptions {
  query?: Readonly<Record<string, string | number | boolean | undefined>>;
  body?: unknown;
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
  readonly url: string;
  private readonly token: string;
  private readonly signal: AbortSignal | undefined;

  constructor({ url, token, signal }: ClientOptions) {
    this.url = url.replace(/\/+$/, '');
    this.token = token;
    this.signal = signal;
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
    const response = await this.fetch('GET', path, { headers }, signal);
    if (!response.ok) throw await refusal(response, this.url);
    if (!response.body) return;
    try {
      for await (const { data } of readEvents(chunksOf(response.body, [signal], IDLE_MS)))
        yield JSON.parse(data) as EventView;
    } catch (error) {
      if (error instanceof TypeError) throw this.away(error);
      throw error;
    }
  }

  private async fetch(
    method: string,
    path: string,
    { query = {}, body, headers }: RequestOptions,
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
          authorization: `Bearer ${this.token}`,
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
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

/** What fetch does not say itself: it hides the reason in the cause. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return messageOf(cause instanceof Error && cause.message !== '' ? cause : error);
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
