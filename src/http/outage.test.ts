import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '../testing/database.js';
import { startTestApi, type TestApi, type TestUser } from '../testing/http-api.js';
import { startTcpProxy, type TcpProxy } from '../testing/tcp-proxy.js';
import { until } from '../testing/until.js';

describe('while Postgres is away', () => {
  let database: TestDatabase;
  let proxy: TcpProxy;
  let api: TestApi;
  let user: TestUser;

  beforeAll(async () => {
    database = await createTestDatabase();
    proxy = await startTcpProxy(database.url);
    api = await startTestApi({}, {}, { DATABASE_URL: proxy.through(database.url) });
    user = await api.user();
    await proxy.cut();
  });
  afterAll(async () => {
    await api.close();
    await proxy.cut();
    await database.drop();
  });

  it('says that it is alive but not ready, and what is away', async () => {
    expect((await api.call('GET', '/healthz')).status).toBe(200);
    const { status, headers, json } = await api.call('GET', '/readyz');
    expect(status).toBe(503);
    expect(headers.get('retry-after')).toBe('2');
    expect(json).toMatchObject({
      code: 'unavailable',
      retryable: true,
      checks: { database: 'away', queue: 'away' },
    });
  });

  it.each([
    ['GET', '/api/v1/sessions'],
    ['POST', '/api/v1/sessions'],
    ['GET', '/metrics'],
  ])('answers %s %s with 503, Retry-After and nothing of what lies below', async (method, path) => {
    const { status, headers, json, text } = await api.call(method, path, {
      token: user.token,
      ...(method === 'POST' && { json: { mission: 'Build it' } }),
    });
    expect([status, headers.get('retry-after')]).toEqual([503, '2']);
    expect(json).toMatchObject({ code: 'unavailable', retryable: true });
    expect(text).not.toMatch(/ECONN|127\.0\.0\.1|at .*\.ts/);
  });

  it('answers as before once Postgres is back', async () => {
    await proxy.mend();
    await until('readiness', async () => (await api.call('GET', '/readyz')).status === 200);
    const { status } = await api.call('POST', '/api/v1/sessions', {
      token: user.token,
      json: { mission: 'Build it' },
    });
    expect(status).toBe(202);
  });
});
