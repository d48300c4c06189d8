import { createServer, request, type Server } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import express from 'express';
import type { AddressInfo } from 'node:net';
import { sleep } from '../core/clock.js';
import { NotFoundError, UnavailableError } from '../core/errors.js';
import { silentLogger } from '../core/logger.js';
import type { StreamedEvent } from '../services/event-hub.js';
import { until } from '../testing/until.js';
import { sendEvents, type EventStreamParts } from './sse.js';

describe('sending events', () => {
  const servers: Server[] = [];

  /** A server that sends what `parts` says, and its address. */
  const serve = async (parts: Partial<EventStreamParts>): Promise<string> => {
    const app = express();
    app.get('/', async (_req, res) => {
      const left = new AbortController();
      res.once('close', () => left.abort());
      await sendEvents(res, left.signal, {
        events: waiting,
        stillAllowed: async () => undefined,
        heartbeatMs: 20,
        log: silentLogger(),
        ...parts,
      });
    });
    const server = createServer(app);
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  };

  afterEach(async () => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });

  it('reads no further while the socket of a slow reader is full, and goes on when it reads again', async () => {
    const TOTAL = 2000;
    let read = 0;
    const url = await serve({
      heartbeatMs: 60_000,
      async *events(): AsyncGenerator<StreamedEvent> {
        for (; read < TOTAL; read += 1)
          yield { seq: read + 1, type: 'phase', data: { big: 'x'.repeat(50_000) } };
      },
    });
    // 100 MB wait. Node's own client stops taking from the socket while nobody reads the answer.
    const response = await new Promise<NodeJS.ReadableStream>((resolve) => request(url, resolve).end());
    await until('the sockets are full', async () => {
      const before = read;
      await sleep(300);
      return before > 0 && read === before;
    });
    expect(read).toBeLessThan(TOTAL);
    let ids = 0;
    for await (const chunk of response) ids += String(chunk).split('\nid: ').length - 1;
    expect(read).toBe(TOTAL);
    expect(ids).toBeGreaterThan(TOTAL * 0.9);
  });

  it('keeps a reader while nobody can say whether it may read, and lets it go when the answer is no', async () => {
    let asked = 0;
    const url = await serve({
      async stillAllowed() {
        asked += 1;
        throw asked < 4 ? new UnavailableError('away') : new NotFoundError('session', 'x');
      },
    });
    const text = await (await fetch(url)).text();
    expect(asked).toBe(4);
    expect(text).toMatch(/^retry: 2000\n\nevent: status\nid: 1\ndata: .*\n\n$/);
  });

  it('ends the answer when the events break off, so that the reader comes back', async () => {
    const url = await serve({
      async *events(): AsyncGenerator<StreamedEvent> {
        yield { seq: 1, type: 'status', data: {} };
        throw new Error('connection lost');
      },
    });
    const text = await (await fetch(url)).text();
    expect(text).toContain('event: status\nid: 1\ndata: {"seq":1,');
  });
});

/** One event, then none until the stream is over. */
async function* waiting(signal: AbortSignal): AsyncGenerator<StreamedEvent> {
  yield { seq: 1, type: 'status', data: {} };
  await sleep(30_000, signal).catch(() => undefined);
}
