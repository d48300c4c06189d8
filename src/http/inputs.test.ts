import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { gzipSync } from 'node:zlib';
import { echoKind } from '../testing/echo-kind.js';
import { startTestApi, type TestApi, type TestUser } from '../testing/http-api.js';
import { HttpMetrics } from './metrics.js';
import type { ProblemView } from './problem.js';
import { routeTable } from './routes/table.js';

const SESSIONS = '/api/v1/sessions';
const nested = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`;

describe('inputs that are wrong', () => {
  let api: TestApi;
  let user: TestUser;
  let talkId: string;

  beforeAll(async () => {
    api = await startTestApi({ kinds: [echoKind] });
    user = await api.user('admin');
    talkId = (await api.app.sessions.submit(user, { kind: 'conversation' })).session.sessionId;
  });
  afterAll(async () => api.close());

  const post = async (body: string, headers: Record<string, string> = {}, path = SESSIONS) => {
    const answer = await api.call('POST', path, {
      token: user.token,
      body,
      headers: { 'content-type': 'application/json', ...headers },
    });
    return { ...answer, problem: answer.json as ProblemView };
  };

  it.each<[string, unknown, string]>([
    ['no mission', {}, 'mission'],
    ['an empty mission', { mission: '' }, 'mission'],
    ['a blank mission', { mission: ' \n\t ' }, 'mission'],
    ['a mission of a million characters', { mission: 'x'.repeat(1_000_000) }, 'mission'],
    ['a mission with a NUL character', { mission: 'a\u0000b' }, 'mission'],
    ['a mission with half a surrogate pair', { mission: 'a\ud800b' }, 'mission'],
    ['a number for the mission', { mission: 42 }, 'mission'],
    ['a list for the mission', { mission: ['Build it'] }, 'mission'],
    ['null for the mission', { mission: null }, 'mission'],
    ['an unknown field', { mission: 'Build it', colour: 'red' }, 'colour'],
    ['an inherited name as a field', { mission: 'Build it', constructor: 1 }, 'constructor'],
    ['an unknown kind', { mission: 'Build it', kind: 'poem' }, 'kind'],
    ['a kind that is a property of every object', { mission: 'Build it', kind: 'toString' }, 'kind'],
    ['a project name that is too long', { mission: 'Build it', projectName: 'p'.repeat(256) }, 'projectName'],
    ['an unknown option', { mission: 'Build it', options: { speed: 'high' } }, 'options.speed'],
    ['a list of options', { mission: 'Build it', options: [] }, 'options'],
    [
      'an option out of range',
      { mission: 'Build it', options: { maxIterations: 51 } },
      'options.maxIterations',
    ],
    [
      'an option that is no whole number',
      { mission: 'Build it', options: { maxIterations: 1.5 } },
      'options.maxIterations',
    ],
    ['a huge number', { mission: 'Build it', options: { maxIterations: 1e308 } }, 'options.maxIterations'],
    [
      'a NUL character deep inside',
      { mission: 'Build it', options: { a: [{ b: '\u0000' }] } },
      'options.a.0.b',
    ],
  ])('names the field of %s', async (_what, body, field) => {
    const { status, problem } = await post(JSON.stringify(body));
    expect(status).toBe(400);
    expect(problem.problems?.map((one) => one.field)).toContain(field);
  });

  it('names every field that is wrong at once', async () => {
    const { problem } = await post(JSON.stringify({ mission: 1, name: 2, projectName: 3, x: 4 }));
    expect(problem.problems?.map(({ field }) => field).toSorted()).toEqual([
      'mission',
      'name',
      'projectName',
      'x',
    ]);
  });

  it.each(['[]', '"text"', '7', 'null', 'true'])('refuses %s where an object belongs', async (body) => {
    const { status, problem } = await post(body);
    expect([status, problem.code]).toEqual([400, 'validation_failed']);
  });

  it.each([
    '{',
    '{"mission":}',
    "{'mission':'x'}",
    '{"mission":"x"} trailing',
    '\u0000',
    '{"mission":"a\nb"}',
  ])('refuses %j, which is no JSON', async (body) => {
    const { status, problem } = await post(body);
    expect([status, problem.code]).toEqual([400, 'malformed_json']);
  });

  it('refuses JSON nested deeper than 64 levels, at any size it takes', async () => {
    for (const depth of [66, 1000, 400_000]) {
      const { status, problem } = await post(`{"mission":"Build it","options":${nested(depth)}}`);
      expect([status, problem.code]).toEqual([400, 'validation_failed']);
      expect(problem.detail).toMatch(/deeper than 64/);
    }
  });

  it('refuses a body of more than a mebibyte with 413, packed or not', async () => {
    const body = JSON.stringify({ mission: 'x'.repeat(1024 * 1024) });
    expect((await post(body)).status).toBe(413);
    const packed = await api.call('POST', SESSIONS, {
      token: user.token,
      body: new Uint8Array(gzipSync(body)),
      headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
    });
    expect([packed.status, packed.json]).toEqual([413, expect.objectContaining({ code: 'body_too_large' })]);
  });

  it.each<Record<string, string>>([
    { 'content-type': 'text/plain' },
    { 'content-type': 'application/x-www-form-urlencoded' },
    { 'content-type': 'application/json; charset=koi8-r' },
    { 'content-type': 'nonsense' },
    { 'content-encoding': 'zstd9' },
  ])('refuses a body as %j with 415', async (headers) => {
    const { status, problem } = await post('{"mission":"Build it"}', headers);
    expect([status, problem.code]).toEqual([415, 'unsupported_media_type']);
  });

  it.each(['', 'x'.repeat(256), 'täst'])('refuses the Idempotency-Key %j', async (key) => {
    const { status, problem } = await post('{"mission":"Build it"}', { 'Idempotency-Key': key });
    expect(status).toBe(400);
    expect(problem.problems?.[0]?.field).toBe('Idempotency-Key');
  });

  it.each([
    ['limit=0', 'limit'],
    ['limit=101', 'limit'],
    ['limit=abc', 'limit'],
    ['limit=', 'limit'],
    ['limit=1.5', 'limit'],
    ['limit=1e99', 'limit'],
    ['limit=1&limit=2', 'limit'],
    ['kind=poem', 'kind'],
    ['status=sleeping', 'status'],
    ['q=', 'q'],
    ['q=%00', 'q'],
    ['project=%ED%A0%80%00', 'project'],
    ['cursor=', 'cursor'],
    ['cursor=nonsense', 'cursor'],
    [`cursor=${'x'.repeat(500)}`, 'cursor'],
    [`cursor=${Buffer.from('sessions:nonsense').toString('base64url')}`, 'cursor'],
    [`cursor=${Buffer.from('messages:3').toString('base64url')}`, 'cursor'],
    [
      `cursor=${Buffer.from('sessions:00000000-0000-7000-8000-000000000000').toString('base64url')}`,
      'cursor',
    ],
    ['__proto__=1', '__proto__'],
    ['limit[]=1', 'limit[]'],
  ])('names what is wrong with ?%s', async (query, field) => {
    const { status, json } = await api.call('GET', `${SESSIONS}?${query}`, { token: user.token });
    expect(status).toBe(400);
    expect(json).toMatchObject({ problems: expect.arrayContaining([expect.objectContaining({ field })]) });
  });

  it('refuses a path that cannot be decoded', async () => {
    const { status, json } = await api.call('GET', `${SESSIONS}/%E0%A4%A`, { token: user.token });
    expect([status, json]).toEqual([400, expect.objectContaining({ code: 'malformed_request' })]);
  });

  it('keeps what it says back short, however long the request was', async () => {
    const fields = Object.fromEntries(Array.from({ length: 5000 }, (_, n) => [`${'k'.repeat(100)}${n}`, 1]));
    const { status, text } = await post(JSON.stringify({ mission: 'Build it', ...fields }));
    expect(status).toBe(400);
    expect(text.length).toBeLessThan(50_000);
  });

  it('keeps text exactly as it was sent: other scripts, emoji, markup, quotes', async () => {
    const mission = `Zähle Wörter — 数える 🧮 <script>alert(1)</script> '; DROP TABLE sessions; -- {{x}} \\u0000`;
    const { status, json } = await api.call('POST', SESSIONS, {
      token: user.token,
      json: { mission, name: mission },
    });
    expect(status).toBe(202);
    expect(json).toMatchObject({ mission, name: mission });
  });

  // Streams and logins have tests of their own; what ends the session would leave the rest nothing to hit.
  const routes = routeTable({ metrics: new HttpMetrics(), heartbeatMs: 15_000 }).filter(
    ({ method, path }) => method !== 'delete' && !/login$|\/(events|cancel)$/.test(path),
  );

  it('has no route that fails where there is hardly anything yet', async () => {
    for (const { method, path } of routes)
      for (const id of [talkId, 'maxIterations', '1'])
        for (const sent of ['{}', '{"dryRun":true}', '']) {
          const { status } = await api.call(method.toUpperCase(), path.replace(/:\w+/g, id), {
            token: user.token,
            ...(method !== 'get' && { body: sent, headers: { 'content-type': 'application/json' } }),
          });
          expect([method, path, sent, status < 500]).toEqual([method, path, sent, true]);
        }
  });

  it('has no input that makes a 5xx, on any route', async () => {
    const segment = fc.oneof(
      fc.constant(talkId),
      fc.constant('maxIterations'),
      fc.constant('1'),
      fc.string({ minLength: 1, unit: 'binary' }),
    );
    const query = fc.dictionary(
      fc.constantFrom('limit', 'cursor', 'kind', 'status', 'q', 'project', 'newest', 'format', 'x'),
      fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.constantFrom('1', 'studio', 'active', 'true', '-1', '1e400'),
      ),
      { maxKeys: 3 },
    );
    const field = fc.constantFrom(
      ...['mission', 'kind', 'name', 'options', 'content', 'metadata', 'mode', 'value', 'email', 'password'],
      ...['role', 'decision', 'comment', 'artifactHashes', 'edits', 'isPinned', 'expiresInDays', '__proto__'],
    );
    const likely = fc.constantFrom(
      'studio',
      'conversation',
      'text',
      'approve',
      'reject',
      'a@example.org',
      'x'.repeat(12),
      1,
      true,
      null,
    );
    const body = fc.oneof(
      fc
        .dictionary(field, fc.oneof(likely, fc.jsonValue({ stringUnit: 'binary' })), { maxKeys: 5 })
        .map((value) => JSON.stringify(value)),
      fc.jsonValue({ stringUnit: 'binary' }).map((value) => JSON.stringify(value)),
      fc.string({ unit: 'binary' }),
      fc.constant('{"content":"hi","metadata":{"n":1e400,"m":-0,"k":123456789012345678901234567890}}'),
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...routes), segment, query, body, async (route, id, params, sent) => {
        const path = route.path.replace(/:\w+/g, () => encodeURIComponent(id.toWellFormed()));
        const search = Object.entries(params).map(
          ([key, value]) => `${key}=${encodeURIComponent(value.toWellFormed())}`,
        );
        const { status, json } = await api.call(route.method.toUpperCase(), `${path}?${search.join('&')}`, {
          token: user.token,
          ...(route.method !== 'get' && { body: sent, headers: { 'content-type': 'application/json' } }),
        });
        expect(status).toBeLessThan(500);
        if (status >= 400)
          expect(json).toMatchObject({ status, code: expect.any(String), requestId: expect.any(String) });
      }),
      { numRuns: 300 },
    );
  }, 180_000);
});
