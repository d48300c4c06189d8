import type { App, AppOverrides } from '../app.js';
import type { UserRole } from '../core/vocabulary.js';
import { createHttpServer, type HttpServerOptions } from '../http/server.js';
import type { Caller } from '../services/sessions.js';
import { startTestApp, type TestApp } from './app.js';

/** A person of a test, signed in. */
export interface TestUser extends Caller {
  token: string;
}

/** What a request says besides its path. */
export interface CallOptions {
  token?: string;
  /** Sent as JSON. */
  json?: unknown;
  /** Sent as it is, when there is no `json`. */
  body?: string | Uint8Array<ArrayBuffer>;
  headers?: Record<string, string>;
}

/** An answer, read to its end. `json` is null when it is none. */
export interface Answered {
  status: number;
  headers: Headers;
  text: string;
  json: unknown;
}

/** A whole app with its HTTP server on a free port. */
export interface TestApi extends Omit<TestApp, 'another' | 'close'> {
  url: string;
  call(method: string, path: string, options?: CallOptions): Promise<Answered>;
  /** A new person with a token. */
  user(role?: UserRole): Promise<TestUser>;
  /** The address of another server: a second App on the same database. */
  anotherUrl(): Promise<string>;
  close(): Promise<void>;
}

/** Starts an app on a database of its own and listens. */
export async function startTestApi(
  overrides: AppOverrides = {},
  http: HttpServerOptions = {},
  env: NodeJS.ProcessEnv = {},
): Promise<TestApi> {
  const test = await startTestApp(overrides, { PORT: '0', ...env });
  const server = await createHttpServer(test.app, http).listen();
  const running = [server];
  const { url } = server;
  return {
    ...test,
    url,
    call: (method, path, options = {}) => request(`${url}${path}`, method, options),
    async user(role = 'submitter') {
      const caller = await test.person(role);
      return { ...caller, token: await tokenFor(test.app, caller) };
    },
    async anotherUrl() {
      const server = await createHttpServer(await test.another(), http).listen();
      running.push(server);
      return server.url;
    },
    async close() {
      for (const server of running) await server.close();
      await test.close();
    },
  };
}

/** A new token, without the cost of a password. */
export async function tokenFor(app: App, caller: Caller): Promise<string> {
  return (await app.accounts.createToken(caller, { name: 'test' })).token;
}

async function request(url: string, method: string, options: CallOptions): Promise<Answered> {
  const { token, json, body, headers } = options;
  const sent = json === undefined ? body : JSON.stringify(json);
  const response = await fetch(url, {
    method,
    redirect: 'manual',
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(json !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(sent !== undefined && { body: sent }),
  });
  const text = await response.text();
  const isJson = /json/.test(response.headers.get('content-type') ?? '');
  return {
    status: response.status,
    headers: response.headers,
    text,
    json: isJson && text !== '' ? (JSON.parse(text) as unknown) : null,
  };
}
