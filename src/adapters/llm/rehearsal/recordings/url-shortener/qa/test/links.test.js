import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startServer } from '../src/server.js';

const NOON = Date.parse('2026-03-10T12:00:00Z');
const DAY = 24 * 60 * 60 * 1000;

/** Starts a service that stops with the test; `clock.now` is the time it believes in. */
async function start(t, options = {}) {
  const clock = { now: NOON };
  const service = await startServer({ now: () => clock.now, ...options });
  t.after(() => service.close());
  const call = async (method, path, body) => {
    const response = await fetch(service.origin + path, {
      method,
      redirect: 'manual',
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: text === '' ? null : JSON.parse(text),
    };
  };
  return { clock, call, origin: service.origin, post: (body) => call('POST', '/api/links', body) };
}

test('AC1.1 shortens a URL to a 7-character code', async (t) => {
  const { post, origin } = await start(t);
  const { status, body } = await post({ url: 'https://example.org/a?b=c' });
  assert.equal(status, 201);
  assert.match(body.code, /^[A-Za-z0-9]{7}$/);
  assert.deepEqual(body, {
    code: body.code,
    shortUrl: `${origin}/${body.code}`,
    url: 'https://example.org/a?b=c',
    createdAt: '2026-03-10T12:00:00.000Z',
    expiresAt: null,
    totalClicks: 0,
  });
});

test('AC1.2 returns the existing link for the same target and lifetime only', async (t) => {
  const { post } = await start(t);
  const first = await post({ url: 'https://example.org' });
  const again = await post({ url: 'HTTPS://Example.org/' });
  const shorter = await post({ url: 'https://example.org', expiresInDays: 7 });
  assert.equal(again.status, 200);
  assert.equal(again.body.code, first.body.code);
  assert.equal(shorter.status, 201);
  assert.notEqual(shorter.body.code, first.body.code);
});

test('AC1.3 refuses targets that are not plain web addresses', async (t) => {
  const { post, call } = await start(t);
  const long = `https://example.org/${'x'.repeat(2048)}`;
  const wrong = [
    undefined,
    42,
    '',
    'example.org',
    'javascript:alert(1)',
    'ftp://example.org/',
    'https://me:secret@example.org/',
    long,
  ];
  for (const url of wrong) {
    const { status, body } = await post({ url });
    assert.equal(status, 422, `for ${String(url).slice(0, 40)}`);
    assert.equal(body.error.field, 'url');
  }
  assert.equal((await call('GET', '/api/links')).body.links.length, 0);
});

test('AC1.4 takes a free alias as the code and refuses taken, malformed and reserved ones', async (t) => {
  const { post } = await start(t);
  const made = await post({ url: 'https://example.org/', alias: 'spring-26' });
  assert.equal(made.status, 201);
  assert.equal(made.body.code, 'spring-26');
  const taken = await post({ url: 'https://example.com/', alias: 'spring-26' });
  assert.equal(taken.status, 409);
  assert.equal(taken.body.error.code, 'alias_taken');
  for (const alias of ['ab', 'a b c', 'a/b/c', 'x'.repeat(33), 7, 'API']) {
    const { status, body } = await post({ url: 'https://example.org/', alias });
    assert.equal(status, 422, `for ${alias}`);
    assert.equal(body.error.field, 'alias');
  }
});

test('AC1.5 tries another code when the generated one is in use', async (t) => {
  const codes = ['aaaaaaa', 'aaaaaaa', 'bbbbbbb'];
  const { post, call } = await start(t, { generateCode: () => codes.shift() });
  await post({ url: 'https://example.org/1' });
  const second = await post({ url: 'https://example.org/2' });
  assert.equal(second.body.code, 'bbbbbbb');
  assert.equal((await call('GET', '/aaaaaaa')).headers.get('location'), 'https://example.org/1');
});

test('AC2.1 AC2.3 redirects without caching and does not count HEAD requests', async (t) => {
  const { post, call } = await start(t);
  const { body } = await post({ url: 'https://example.org/path?q=1#part' });
  for (const method of ['GET', 'HEAD']) {
    const { status, headers } = await call(method, `/${body.code}`);
    assert.equal(status, 302);
    assert.equal(headers.get('location'), 'https://example.org/path?q=1#part');
    assert.equal(headers.get('cache-control'), 'no-store');
  }
  assert.equal((await call('GET', `/api/links/${body.code}`)).body.totalClicks, 1);
});

test('AC2.2 answers 404 for unknown codes, also for names of built-in properties', async (t) => {
  const { call } = await start(t);
  for (const path of ['/nothing', '/constructor', '/__proto__', '/%E0%A4%A', '//', '/api/links/toString']) {
    const { status, body } = await call('GET', path);
    assert.equal(status, 404, `for ${path}`);
    assert.equal(body.error.code, 'not_found');
  }
});

test('AC4.1 answers 410 from the moment a link expires and does not count the visit', async (t) => {
  const { post, call, clock } = await start(t);
  const { body } = await post({ url: 'https://example.org/', expiresInDays: 2 });
  assert.equal(body.expiresAt, '2026-03-12T12:00:00.000Z');
  clock.now = NOON + 2 * DAY - 1;
  assert.equal((await call('GET', `/${body.code}`)).status, 302);
  clock.now = NOON + 2 * DAY;
  const late = await call('GET', `/${body.code}`);
  assert.equal(late.status, 410);
  assert.equal(late.body.error.code, 'expired');
  assert.equal((await call('GET', `/api/links/${body.code}`)).body.totalClicks, 1);
  for (const expiresInDays of [0, 1.5, -1, 3651, '7']) {
    const refused = await post({ url: 'https://example.org/', expiresInDays });
    assert.equal(refused.status, 422, `for ${expiresInDays}`);
    assert.equal(refused.body.error.field, 'expiresInDays');
  }
});

test('AC4.2 removes a link so that its target can be shortened again', async (t) => {
  const { post, call } = await start(t);
  const { body } = await post({ url: 'https://example.org/' });
  assert.equal((await call('DELETE', `/api/links/${body.code}`)).status, 204);
  assert.equal((await call('GET', `/${body.code}`)).status, 404);
  assert.equal((await call('DELETE', `/api/links/${body.code}`)).status, 404);
  const again = await post({ url: 'https://example.org/' });
  assert.equal(again.status, 201);
  assert.equal((await call('GET', `/${again.body.code}`)).status, 302);
});

test('AC4.3 gives a target whose link has expired a new, working link', async (t) => {
  const { post, call, clock } = await start(t);
  const old = await post({ url: 'https://example.org/sale', expiresInDays: 1 });
  clock.now = NOON + 3 * DAY;
  const fresh = await post({ url: 'https://example.org/sale', expiresInDays: 1 });
  assert.equal(fresh.status, 201);
  assert.notEqual(fresh.body.code, old.body.code);
  assert.equal((await call('GET', `/${fresh.body.code}`)).status, 302);
  assert.equal((await call('GET', `/${old.body.code}`)).status, 410);
});

test('AC4.4 lists all links newest first with their clicks', async (t) => {
  const { post, call } = await start(t);
  for (const alias of ['one', 'two', 'three']) await post({ url: 'https://example.org/', alias });
  await call('GET', '/two');
  const { body } = await call('GET', '/api/links');
  assert.deepEqual(
    body.links.map((link) => [link.code, link.totalClicks]),
    [
      ['three', 0],
      ['two', 1],
      ['one', 0],
    ],
  );
});

test('AC6.1 names the field that is unknown', async (t) => {
  const { post } = await start(t);
  const { status, body } = await post({ url: 'https://example.org/', expireInDays: 3 });
  assert.equal(status, 422);
  assert.deepEqual(Object.keys(body.error).sort(), ['code', 'field', 'message']);
  assert.equal(body.error.code, 'invalid');
  assert.equal(body.error.field, 'expireInDays');
});

test('AC6.2 AC6.3 answers 400, 413 and 405 to requests it cannot read or does not support', async (t) => {
  const { post, call } = await start(t);
  for (const body of ['', '{"url":', '[]', 'null', '"text"']) {
    const answer = await post(body);
    assert.equal(answer.status, 400, `for ${body}`);
    assert.equal(answer.body.error.code, 'bad_json');
  }
  const large = await post({ url: 'x'.repeat(17 * 1024) });
  assert.equal(large.status, 413);
  assert.equal(large.body.error.code, 'body_too_large');
  const put = await call('PUT', '/api/links');
  assert.equal(put.status, 405);
  assert.deepEqual(put.headers.get('allow').split(', ').sort(), ['GET', 'POST']);
  assert.equal(put.body.error.code, 'method_not_allowed');
});
