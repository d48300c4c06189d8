import { useCallback, useEffect, useRef, useState } from 'react';

/** What the API said against a request: `code` is stable, `message` is for people. */
export class ApiProblem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    /** The fields in question, with what is wrong with each. */
    readonly problems: readonly { field: string; message: string }[],
    /** The whole answer: RFC 9457 lets a problem carry more, such as the decision that stands. */
    readonly details: Readonly<Record<string, unknown>>,
  ) {
    super(message);
  }
}

interface ProblemBody {
  code?: string;
  title?: string;
  detail?: string;
  problems?: { field: string; message: string }[];
  [more: string]: unknown;
}

/**
 * Calls the API as the person who is signed in.
 * @param path below /api/v1, such as `/sessions?limit=20`
 * @throws ApiProblem for whatever the API refuses; with status 0 when the server cannot be reached
 */
export async function call<T>(
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  path: string,
  body?: unknown,
  options: { signal?: AbortSignal; idempotencyKey?: string } = {},
): Promise<T> {
  let response: Response;
  try {
    const init: RequestInit = {
      method,
      credentials: 'same-origin',
      headers: {
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(options.idempotencyKey === undefined ? {} : { 'idempotency-key': options.idempotencyKey }),
      },
      signal: options.signal,
    };
    if (body !== undefined) init.body = JSON.stringify(body);
    response = await fetch(`/api/v1${path}`, init);
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new ApiProblem(
      0,
      'unreachable',
      'The server cannot be reached. It is tried again as you go on.',
      [],
      {},
    );
  }
  if (response.status === 401) {
    const here = encodeURIComponent(window.location.pathname + window.location.search);
    window.location.assign(`/admin/login?next=${here}`);
  }
  if (!response.ok) throw await problemOf(response);
  return (response.status === 204 ? undefined : await response.json()) as T;
}

/** A text behind the API, such as an artifact's content. @throws ApiProblem */
export async function fetchText(path: string, signal?: AbortSignal): Promise<string> {
  const response = await fetch(`/api/v1${path}`, { credentials: 'same-origin', signal });
  if (!response.ok) throw await problemOf(response);
  return response.text();
}

/** Sends a file as it is. @throws ApiProblem */
export async function sendFile<T>(path: string, file: Blob, type: string): Promise<T> {
  let response: Response;
  try {
    response = await fetch(`/api/v1${path}`, {
      method: 'POST',
      credentials: 'same-origin',
      headers: { accept: 'application/json', 'content-type': type },
      body: file,
    });
  } catch {
    throw new ApiProblem(
      0,
      'unreachable',
      'The upload broke off. Is the file smaller than 64 MiB, and the server there?',
      [],
      {},
    );
  }
  if (!response.ok) throw await problemOf(response);
  return (await response.json()) as T;
}

async function problemOf(response: Response): Promise<ApiProblem> {
  const body = (await response.json().catch(() => ({}))) as ProblemBody;
  return new ApiProblem(
    response.status,
    body.code ?? 'failed',
    body.detail ?? body.title ?? `The server answered ${response.status}.`,
    body.problems ?? [],
    body,
  );
}

/** Something read from the API, as far as it is there. */
export interface Loaded<T> {
  data: T | undefined;
  error: Error | undefined;
  loading: boolean;
  /** Reads it again; what is shown stays until the new one is there. */
  reload: () => void;
}

/**
 * Reads from the API, and again whenever the path changes.
 * @param path null: nothing yet
 * @param everyMs reads it again that often while the page can be seen
 */
export function useApi<T>(path: string | null, everyMs?: number): Loaded<T> {
  return useLoad<T>(path, (signal) => call<T>('GET', path ?? '', undefined, { signal }), everyMs);
}

/** Reads a text from the API, and again whenever the path changes. */
export function useText(path: string | null): Loaded<string> {
  return useLoad<string>(path, (signal) => fetchText(path ?? '', signal));
}

function useLoad<T>(
  key: string | null,
  load: (signal: AbortSignal) => Promise<T>,
  everyMs?: number,
): Loaded<T> {
  const [state, setState] = useState<{ key: string | null; data?: T; error?: Error }>({ key });
  const [round, setRound] = useState(0);
  const latest = useRef(load);
  latest.current = load;
  useEffect(() => {
    if (key === null) return undefined;
    const abort = new AbortController();
    latest.current(abort.signal).then(
      (data) => setState({ key, data }),
      (error: Error) => {
        if (!abort.signal.aborted)
          setState((before) => ({ key, error, data: before.key === key ? before.data : undefined }));
      },
    );
    return () => abort.abort();
  }, [key, round]);
  const reload = useCallback(() => setRound((one) => one + 1), []);
  useEffect(() => {
    if (everyMs === undefined) return undefined;
    const timer = setInterval(() => {
      if (!document.hidden) reload();
    }, everyMs);
    return () => clearInterval(timer);
  }, [everyMs, reload]);
  const current = state.key === key ? state : { data: undefined, error: undefined };
  return {
    data: current.data,
    error: current.error,
    loading: key !== null && current.data === undefined && current.error === undefined,
    reload,
  };
}

/** A page of a list, as every list of the API answers. */
export interface ListPage<T> {
  items: T[];
  nextCursor: string | null;
}

/** A list that grows page by page. */
export interface LoadedList<T> extends Omit<Loaded<T[]>, 'data'> {
  items: T[];
  /** Loads the next page; null when all is there. */
  more: (() => void) | null;
}

/** Reads a list of the API; `more` adds its next page. @param path without a cursor; null: nothing yet */
export function useList<T>(path: string | null, everyMs?: number): LoadedList<T> {
  const first = useApi<ListPage<T>>(path, everyMs);
  const [further, setFurther] = useState<{
    path: string | null;
    items: T[];
    cursor: string | null | undefined;
  }>({
    path,
    items: [],
    cursor: undefined,
  });
  const mine = further.path === path ? further : { path, items: [], cursor: undefined };
  const cursor = mine.cursor === undefined ? (first.data?.nextCursor ?? null) : mine.cursor;
  const more = useCallback(() => {
    if (path === null || cursor === null) return;
    const next = `${path}${path.includes('?') ? '&' : '?'}cursor=${encodeURIComponent(cursor)}`;
    void call<ListPage<T>>('GET', next).then((page) =>
      setFurther((before) => ({
        path,
        items: [...(before.path === path ? before.items : []), ...page.items],
        cursor: page.nextCursor,
      })),
    );
  }, [path, cursor]);
  const reload = useCallback(() => {
    setFurther({ path, items: [], cursor: undefined });
    first.reload();
  }, [path, first.reload]);
  return {
    items: [...(first.data?.items ?? []), ...mine.items],
    error: first.error,
    loading: first.loading,
    reload,
    more: cursor === null ? null : more,
  };
}

/** Something a person does: at most one at a time, and its refusal is kept to be shown. */
export interface Action<A extends unknown[]> {
  run: (...args: A) => Promise<boolean>;
  busy: boolean;
  error: Error | undefined;
  clear: () => void;
}

/** @param work throws what is to be shown; `run` answers whether it went through */
export function useAction<A extends unknown[]>(work: (...args: A) => Promise<unknown>): Action<A> {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<Error>();
  const latest = useRef(work);
  latest.current = work;
  const running = useRef(false);
  const run = useCallback(async (...args: A): Promise<boolean> => {
    if (running.current) return false;
    running.current = true;
    setBusy(true);
    setError(undefined);
    try {
      await latest.current(...args);
      return true;
    } catch (problem) {
      setError(problem instanceof Error ? problem : new Error(String(problem)));
      return false;
    } finally {
      running.current = false;
      setBusy(false);
    }
  }, []);
  const clear = useCallback(() => setError(undefined), []);
  return { run, busy, error, clear };
}
