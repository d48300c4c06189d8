import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, describe, expect, it } from '@jest/globals';
import { UnauthorizedError, UnavailableError } from '../core/errors.js';
import type { EventView } from '../http/presenters/event.js';
import { until } from '../testing/until.js';
import { AtelierClient } from './client.js';
import { ApiError } from './errors.js';

const servers: Server[] = [];

/** A server that answers as `handle` says. */
async function serve(handle: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer(handle);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function end(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}

const wire = (seq: number): string =>
  `id: ${seq}\nevent: phase\ndata: ${JSON.stringify({ seq, type: 'phase', data: {}, createdAt: null } satisfies EventView)}\n\n`;

afterEach(async () => {
  await Promise.all(servers.splice(0).map(end));
});

describe('the client of the API', () => {
  it('sends the token, the query without what is undefined, and JSON', async () => {
    const seen: unknown[] = [];
    const url = await serve((request, response) => {
      seen.push([
        request.method,
        request.url,
        request.headers.authorization,
        request.headers['content-type'],
      ]);
      response.end('{"items":[],"nextCursor":null}');
    });
    const client = new AtelierClient({ url: `${url}/`, token: 'secret' });
    await client.get('/sessions', { q: 'a b&c', status: undefined, limit: 5 });
    await client.write('POST', '/tokens', { body: { name: 'x' } });
    expect(seen).toEqual([
      ['GET', '/api/v1/sessions?q=a+b%26c&limit=5', 'Bearer secret', undefined],
      ['POST', '/api/v1/tokens', 'Bearer secret', 'application/json'],
    ]);
  });

  it('follows the cursors of a list as far as it is asked to', async () => {
    const url = await serve((request, response) => {
      const page = Number(new URL(request.url ?? '', 'http://x').searchParams.get('cursor') ?? '0');
      response.end(
        JSON.stringify({ items: [page * 2, page * 2 + 1], nextCursor: page < 2 ? `${page + 1}` : null }),
      );
    });
    const client = new AtelierClient({ url, token: 't' });
    expect(await client.list('/x')).toEqual([0, 1, 2, 3, 4, 5]);
    expect(await client.list('/x', {}, 3)).toEqual([0, 1, 2]);
  });

  it('throws the API’s refusals with their code and problems, and says whose token is wanted', async () => {
    const url = await serve((request, response) => {
      const unknown = request.url?.endsWith('/me');
      response.statusCode = unknown ? 401 : 409;
      response.end(
        JSON.stringify({
          code: 'stale',
          detail: 'Look again.',
          problems: [{ field: 'a', message: 'is old' }],
        }),
      );
    });
    const client = new AtelierClient({ url, token: 't' });
    const refused = await client.get('/x').catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ApiError);
    expect(refused).toMatchObject({
      code: 'stale',
      httpStatus: 409,
      message: 'Look again.',
      problems: [{ field: 'a', message: 'is old' }],
    });
    const nobody = await client.get('/me').catch((error: unknown) => error);
    expect(nobody).toBeInstanceOf(UnauthorizedError);
    expect(String(nobody)).toContain('ATELIER_TOKEN');
  });

  it('says where nothing answers, and how to start something that does', async () => {
    const url = await serve(() => undefined);
    await end(servers.splice(0)[0] as Server);
    const failed = await new AtelierClient({ url, token: 't' }).get('/x').catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(UnavailableError);
    expect(String(failed)).toMatch(new RegExp(`${url}.*ECONNREFUSED.*npm start`));
  });

  it('resumes a broken stream of events after the last one it has seen', async () => {
    const asked: (string | undefined)[] = [];
    const url = await serve((request, response) => {
      const last = request.headers['last-event-id'];
      asked.push(typeof last === 'string' ? last : undefined);
      const from = Number(last ?? 0);
      response.write(wire(from + 1) + wire(from + 2) + wire(from + 3).slice(0, -5), () => response.destroy());
    });
    const stop = new AbortController();
    const seen: (number | null)[] = [];
    for await (const event of new AtelierClient({ url, token: 't' }).events('s', 0, stop.signal)) {
      seen.push(event.seq);
      if (seen.length === 6) break;
    }
    expect(seen).toEqual([1, 2, 3, 4, 5, 6]);
    expect(asked).toEqual([undefined, '2', '4']);
  });

  it('stops waiting for events at once, even after everything unreachable was collected', async () => {
    let closed = false;
    const url = await serve((_request, response) => {
      response.write(wire(1));
      response.on('close', () => (closed = true));
    });
    const stop = new AbortController();
    const events = new AtelierClient({ url, token: 't' }).events('s', 0, stop.signal);
    await events.next();
    const next = events.next();
    setFlagsFromString('--expose-gc');
    (runInNewContext('gc') as () => void)();
    stop.abort();
    expect(await next).toEqual({ done: true, value: undefined });
    await until('the connection is closed', () => closed);
  });

  it('goes on at another server when the one it was at has gone', async () => {
    const first = await serve((_request, response) => response.end('"first"'));
    const second = await serve((_request, response) => response.end('"second"'));
    const client = new AtelierClient({
      url: first,
      token: 't',
      relocate: async () => ({ url: second, token: 't' }),
    });
    expect(await client.get('/x')).toBe('first');
    await end(servers.splice(0, 1)[0] as Server);
    expect(await client.get('/x')).toBe('second');
    expect(client.url).toBe(second);
  });

  it('moves once for all requests that find the server gone at the same time', async () => {
    const first = await serve((_request, response) => response.end('"first"'));
    const second = await serve((_request, response) => response.end('"second"'));
    let moves = 0;
    const client = new AtelierClient({
      url: first,
      token: 't',
      relocate: async () => {
        moves += 1;
        await delay(20);
        return { url: second, token: 't' };
      },
    });
    await end(servers.splice(0, 1)[0] as Server);
    const answers = await Promise.all([client.get('/x'), client.get('/y'), client.write('POST', '/z')]);
    expect([answers, moves]).toEqual([['second', 'second', 'second'], 1]);
  });

  it('hands in again elsewhere what carries a key by which it is known', async () => {
    const first = await serve((_request, response) => response.destroy());
    const keys: unknown[] = [];
    const second = await serve((request, response) => {
      keys.push(request.headers['idempotency-key']);
      response.end('"second"');
    });
    const relocate = async (): Promise<{ url: string; token: string }> => ({ url: second, token: 't' });
    const client = new AtelierClient({ url: first, token: 't', relocate });
    const headers = { 'idempotency-key': 'k1' };
    expect(await client.write('POST', '/sessions', { body: {}, headers })).toBe('second');
    expect(keys).toEqual(['k1']);
  });

  it('never sends twice what may have been done, even when there is another server', async () => {
    const first = await serve((_request, response) => response.destroy());
    let asked = 0;
    const client = new AtelierClient({
      url: first,
      token: 't',
      relocate: async () => {
        asked += 1;
        return { url: first, token: 't' };
      },
    });
    await expect(client.write('POST', '/approvals/1/decision', { body: {} })).rejects.toThrow(
      UnavailableError,
    );
    expect(asked).toBe(0);
  });
});
