import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { startServer } from '../src/server.js';

/** Starts a service with one link; `visit(time)` follows it at that time. */
async function startWithLink(t) {
  let now = Date.parse('2026-03-01T00:00:00Z');
  const service = await startServer({ now: () => now });
  t.after(() => service.close());
  const made = await fetch(`${service.origin}/api/links`, {
    method: 'POST',
    body: '{"url":"https://example.org/"}',
  });
  const { code } = await made.json();
  return {
    code,
    async visit(time) {
      now = Date.parse(time);
      return fetch(`${service.origin}/${code}`, { redirect: 'manual' });
    },
    async stats(query = '') {
      const response = await fetch(`${service.origin}/api/links/${code}/stats${query}`);
      return { status: response.status, body: await response.json() };
    },
  };
}

async function tempFolder(t) {
  const folder = await mkdtemp(join(tmpdir(), 'url-shortener-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

test('AC3.1 AC3.3 counts clicks per day, including both ends of the period and empty days', async (t) => {
  const { code, visit, stats } = await startWithLink(t);
  await visit('2026-02-27T08:00:00Z');
  await visit('2026-02-28T08:00:00Z');
  await visit('2026-03-02T08:00:00Z');
  await visit('2026-03-02T20:00:00Z');
  await visit('2026-03-03T08:00:00Z');
  const { body } = await stats('?from=2026-02-28&to=2026-03-02');
  assert.deepEqual(body, {
    code,
    total: 5,
    from: '2026-02-28',
    to: '2026-03-02',
    periodTotal: 3,
    days: [
      { date: '2026-02-28', clicks: 1 },
      { date: '2026-03-01', clicks: 0 },
      { date: '2026-03-02', clicks: 2 },
    ],
  });
});

test('AC3.2 AC3.3 separates days at midnight UTC and shows the last 30 days by default', async (t) => {
  const { visit, stats } = await startWithLink(t);
  await visit('2026-03-30T23:59:59.999Z');
  await visit('2026-03-31T00:00:00.000Z');
  const { body } = await stats();
  assert.equal(body.days.length, 30);
  assert.equal(body.from, '2026-03-02');
  assert.deepEqual(body.days.slice(-2), [
    { date: '2026-03-30', clicks: 1 },
    { date: '2026-03-31', clicks: 1 },
  ]);
});

test('AC3.4 refuses periods that make no sense and names the parameter', async (t) => {
  const { stats } = await startWithLink(t);
  const wrong = [
    ['?from=2026-02-30', 'from'],
    ['?to=yesterday', 'to'],
    ['?from=2026-03-02&to=2026-03-01', 'from'],
    ['?from=2025-01-01&to=2026-01-02', 'from'],
  ];
  for (const [query, field] of wrong) {
    const { status, body } = await stats(query);
    assert.equal(status, 422, `for ${query}`);
    assert.equal(body.error.field, field, `for ${query}`);
  }
  assert.equal((await stats('?from=2025-01-01&to=2026-01-01')).body.days.length, 366);
});

test('AC5.1 keeps links and clicks over a restart', async (t) => {
  const dataFile = join(await tempFolder(t), 'nested', 'links.json');
  const first = await startServer({ dataFile });
  const made = await fetch(`${first.origin}/api/links`, {
    method: 'POST',
    body: '{"url":"https://example.org/","alias":"kept"}',
  });
  await made.json();
  const visits = Array.from({ length: 20 }, () => fetch(`${first.origin}/kept`, { redirect: 'manual' }));
  await Promise.all(visits);
  await first.close();

  const second = await startServer({ dataFile });
  t.after(() => second.close());
  const link = await (await fetch(`${second.origin}/api/links/kept`)).json();
  assert.equal(link.totalClicks, 20);
  const visit = await fetch(`${second.origin}/kept`, { redirect: 'manual' });
  assert.equal(visit.headers.get('location'), 'https://example.org/');
});

test('AC5.2 refuses to start on a damaged file, names it and leaves it alone', async (t) => {
  const dataFile = join(await tempFolder(t), 'links.json');
  for (const text of [
    '{"version":1,"links":[{"co',
    '[]',
    '{"version":2,"links":[]}',
    '{"version":1,"links":[{}]}',
  ]) {
    await writeFile(dataFile, text);
    await assert.rejects(startServer({ dataFile }), (error) => error.message.includes(dataFile));
    assert.equal(await readFile(dataFile, 'utf8'), text);
  }
});
