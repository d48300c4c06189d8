import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestApi, type TestApi, type TestUser } from '../testing/http-api.js';
import type { Page } from './presenters/page.js';
import type { SettingView } from './presenters/setting.js';
import type { NewTokenView, TokenView } from './presenters/token.js';
import type { LoginView, UserView } from './presenters/user.js';

const PASSWORD = 'correct horse battery';

describe('accounts over HTTP', () => {
  let api: TestApi;
  let admin: TestUser;
  beforeAll(async () => {
    api = await startTestApi();
    admin = await api.user('admin');
  });
  afterAll(async () => api.close());

  const login = (email: string, password: string) =>
    api.call('POST', '/api/v1/login', { json: { email, password } });
  const makeUser = (json: Record<string, unknown>) =>
    api.call('POST', '/api/v1/users', {
      token: admin.token,
      json: { name: 'Ada', password: PASSWORD, ...json },
    });

  it('signs a new user in, whose token works until it is revoked', async () => {
    const made = (await makeUser({ email: 'ada@example.org' })).json as UserView;
    const { status, json, text } = await login('ADA@example.org', PASSWORD);
    const { token, user } = json as LoginView;
    expect([status, user.id, user.role]).toEqual([200, made.id, 'submitter']);
    expect(text).not.toMatch(/argon|passwordHash/);
    expect((await api.call('GET', '/api/v1/me', { token })).json).toMatchObject({ email: 'ada@example.org' });
    const tokens = (await api.call('GET', '/api/v1/tokens', { token })).json as Page<TokenView>;
    expect(tokens.items).toHaveLength(1);
    expect(JSON.stringify(tokens)).not.toContain(token);
    const path = `/api/v1/tokens/${tokens.items[0]?.id}`;
    expect((await api.call('DELETE', path, { token })).status).toBe(204);
    expect((await api.call('GET', '/api/v1/me', { token })).status).toBe(401);
  });

  it('answers a wrong password and a wrong address alike', async () => {
    await makeUser({ email: 'bob@example.org' });
    const answers = [await login('bob@example.org', 'wrong'), await login('nobody@example.org', PASSWORD)];
    const [wrong, unknown] = answers.map(({ json }) => ({ ...(json as object), requestId: '' }));
    expect(answers.map(({ status }) => status)).toEqual([401, 401]);
    expect(wrong).toEqual(unknown);
  });

  it('makes whoever guesses wait, and says how long', async () => {
    const own = await startTestApi();
    const guess = () =>
      own.call('POST', '/api/v1/login', { json: { email: 'eve@example.org', password: 'x' } });
    for (let n = 0; n < 10; n += 1) expect((await guess()).status).toBe(401);
    const { status, headers } = await guess();
    expect(status).toBe(429);
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    await own.close();
  });

  it('refuses the same address twice, also when both come at once', async () => {
    const answers = await Promise.all([1, 2, 3].map(() => makeUser({ email: 'twin@example.org' })));
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 409, 409]);
  });

  it('lets a token be made that expires, and tells it once', async () => {
    const { json } = await api.call('POST', '/api/v1/tokens', {
      token: admin.token,
      json: { name: 'ci', expiresInDays: 1 },
    });
    const made = json as NewTokenView;
    expect(made.token.endsWith(made.lastFour)).toBe(true);
    expect(Date.parse(made.expiresAt ?? '') - Date.now()).toBeLessThanOrEqual(86_400_000);
    expect((await api.call('GET', '/api/v1/me', { token: made.token })).status).toBe(200);
    await api.app.dataSource.query(`UPDATE api_tokens SET expires_at = now() WHERE id = $1`, [made.id]);
    expect((await api.call('GET', '/api/v1/me', { token: made.token })).status).toBe(401);
  });

  it.each(['bearer', 'BEARER', 'Bearer  '])('takes the scheme as "%s"', async (scheme) => {
    const headers = { authorization: `${scheme} ${admin.token}` };
    expect((await api.call('GET', '/api/v1/me', { headers })).status).toBe(200);
  });

  it.each(['Basic dXNlcjpwYXNz', 'Bearer', 'Bearer a b', 'Bearer ', 'Token x'])(
    'refuses "%s"',
    async (value) => {
      expect((await api.call('GET', '/api/v1/me', { headers: { authorization: value } })).status).toBe(401);
    },
  );

  it('sets a setting, goes back to its default, and names what a value must be', async () => {
    const put = (key: string, value: unknown) =>
      api.call('PUT', `/api/v1/settings/${key}`, { token: admin.token, json: { value } });
    expect((await put('maxIterations', 7)).json).toMatchObject({
      key: 'maxIterations',
      value: 7,
      default: 3,
    });
    const all = (await api.call('GET', '/api/v1/settings', { token: admin.token })).json as Page<SettingView>;
    expect(all.items.find(({ key }) => key === 'maxIterations')).toMatchObject({ value: 7 });
    expect((await put('maxIterations', null)).json).toMatchObject({ value: 3 });
    for (const value of [0, 51, 'many', true, 1.5]) {
      const { status, json } = await put('maxIterations', value);
      expect([value, status]).toEqual([value, 400]);
      expect(json).toMatchObject({ problems: [expect.objectContaining({ field: 'maxIterations' })] });
    }
    for (const key of ['colour', 'constructor', '__proto__', '%00'])
      expect([key, (await put(key, 1)).status]).toEqual([key, 400]);
  });
});
