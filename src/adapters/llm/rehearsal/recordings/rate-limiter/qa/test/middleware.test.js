import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { test } from 'node:test';

import { SlidingWindow, TokenBucket, createManualClock, rateLimit } from '../src/index.js';

/** Serves every request that the middleware lets through, for the length of one test. Returns the server's URL. */
async function serve(t, middleware) {
  const server = createServer((req, res) => {
    middleware(req, res, (error) => {
      res.statusCode = error ? 500 : 200;
      res.end(error ? error.message : 'welcome');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${server.address().port}/`;
}

test('AC5.1 an allowed request passes on and carries the RateLimit headers', async (t) => {
  const limiter = new TokenBucket({
    capacity: 5,
    refillTokens: 1,
    refillIntervalMs: 1_500,
    clock: createManualClock(),
  });
  const url = await serve(t, rateLimit({ limiter }));
  const response = await fetch(url);
  assert.equal(response.status, 200);
  assert.equal(await response.text(), 'welcome');
  assert.equal(response.headers.get('ratelimit-limit'), '5');
  assert.equal(response.headers.get('ratelimit-remaining'), '4');
  assert.equal(response.headers.get('ratelimit-reset'), '2');
});

test('AC5.2 a refused request gets 429, Retry-After in seconds rounded up, and a JSON body', async (t) => {
  const limiter = new SlidingWindow({ limit: 1, windowMs: 1_200, clock: createManualClock() });
  const url = await serve(t, rateLimit({ limiter, keyOf: (req) => req.headers['x-client'] }));
  const call = (client) => fetch(url, { headers: { 'x-client': client } });
  assert.equal((await call('one')).status, 200);
  const refused = await call('one');
  assert.equal(refused.status, 429);
  assert.equal(refused.headers.get('retry-after'), '2');
  assert.equal(refused.headers.get('ratelimit-remaining'), '0');
  assert.match(refused.headers.get('content-type'), /^application\/json/);
  assert.deepEqual(await refused.json(), { error: 'rate_limited', retryAfterMs: 1_200 });
  assert.equal((await call('two')).status, 200, 'another client is not affected');
});

test('AC5.3 a key of null exempts the request and an error of the key function goes to next once', async (t) => {
  const limiter = new SlidingWindow({ limit: 1, windowMs: 1_000, clock: createManualClock() });
  const keyOf = (req) => {
    if (req.url === '/broken') throw new Error('no tenant');
    return req.url === '/health' ? null : 'everyone';
  };
  const url = await serve(t, rateLimit({ limiter, keyOf }));
  for (let call = 0; call < 3; call += 1) {
    const response = await fetch(`${url}health`);
    assert.equal(response.status, 200);
    assert.equal(response.headers.has('ratelimit-limit'), false);
    await response.text();
  }
  const broken = await fetch(`${url}broken`);
  assert.deepEqual([broken.status, await broken.text()], [500, 'no tenant']);

  // An error thrown by the handlers behind next() belongs to them; it must not come back as a second call of next.
  const calls = [];
  const explode = (error) => {
    calls.push(error);
    throw new Error('handler failed');
  };
  assert.throws(() => rateLimit({ limiter, keyOf: () => null })({}, {}, explode), /handler failed/);
  assert.deepEqual(calls, [undefined]);
});
