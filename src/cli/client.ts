import { setTimeout as delay } from 'node:timers/promises';
import { messageOf, UnauthorizedError, UnavailableError } from '../core/errors.js';
import type { EventView } from '../http/presenters/event.js';
import type { Page } from '../http/presenters/page.js';
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
    return (await (await this.send('GET', path, { query })).json()) as T;
  }

  /** As `get`, with a JSON body. Gives undefined for an answer without a body. */
  async write<T>(
    method: 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    options: RequestOptions = {},
  ): Promise<T> {
    const response = await this.send(method, path, options);
    const text = await response.text();
    return (text === '' ? undefined : JSON.parse(text)) as T;
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
   * Sends one request and gives the answer with its body unread.
   * @throws ApiError when the API refuses; UnauthorizedError when it does not know the token
   * @throws UnavailableError when nothing answers at the address
   */
  async send(method: string, path: string, options: RequestOptions = {}): Promise<Response> {
    const response = await this.fetch(
      method,
      path,
      options,
      AbortSignal.timeout(options.timeoutMs ?? TIMEOUT_MS),
    );
    if (response.ok) return response;
    throw await refusal(response, this.url);
  }

  /**
   * The events of a session after `after`, as they come. A broken connection is resumed where it broke.
   * Ends when the reader leaves the loop, or with an error when `stop` aborts.
   * @throws as `send` does; UnavailableError when the server stays away
   */
  async *events(sessionId: string, after = 0, stop?: AbortSignal): AsyncGenerator<EventView> {
    let seq = after;
    for (let failures = 0; ;) {
      const leave = new AbortController();
      const limit = stop ? AbortSignal.any([leave.signal, stop]) : leave.signal;
      try {
        const response = await this.fetch(
          'GET',
          `/sessions/${encodeURIComponent(sessionId)}/events`,
          { headers: { accept: 'text/event-stream', ...(seq > 0 && { 'last-event-id': String(seq) }) } },
          limit,
        );
        if (!response.ok) throw await refusal(response, this.url);
        if (!response.body) return;
        for await (const { data } of readEvents(response.body)) {
          const event = JSON.parse(data) as EventView;
          failures = 0;
          seq = event.seq ?? seq;
          yield event;
        }
      } catch (error) {
        this.signal?.throwIfAborted();
        stop?.throwIfAborted();
        if (error instanceof ApiError && !error.retryable) throw error;
        if (error instanceof UnauthorizedError) throw error;
        if (RESUME_WAITS[failures] === undefined) throw error;
      } finally {
        leave.abort();
      }
      const wait = RESUME_WAITS[Math.min(failures, RESUME_WAITS.length - 1)];
      failures += 1;
      if (failures > RESUME_WAITS.length)
        throw new UnavailableError(`The server at ${this.url} keeps ending the stream of events.`);
      await delay(wait, undefined, { signal: stop ?? this.signal });
    }
  }

  private async fetch(
    method: string,
    path: string,
    { query = {}, body, headers }: RequestOptions,
    limit: AbortSignal,
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
        signal: this.signal ? AbortSignal.any([limit, this.signal]) : limit,
        redirect: 'error',
      });
    } catch (error) {
      this.signal?.throwIfAborted();
      throw new UnavailableError(
        `Nothing answers at ${this.url} (${reasonOf(error)}). Is the server running? Start one with "npm start", or check ATELIER_URL.`,
        { cause: error },
      );
    }
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
