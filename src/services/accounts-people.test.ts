import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestApi, type TestApi, type TestUser } from '../testing/http-api.js';
import type { NewUserView, UserView } from '../http/presenters/user.js';
import type { Page } from '../http/presenters/page.js';
import type { TokenView } from '../http/presenters/token.js';

const PASSWORD = 'correct horse battery';

describe('looking after people', () => {
  let api: TestApi;
  let admin: TestUser;
  beforeAll(async () => {
    api = await startTestApi();
    admin = await api.user('admin');
  });
  afterAll(async () => api.close());

  const call = (method: string, path: string, json?: unknown, token = admin.token) =>
    api.call(method, `/api/v1${path}`, { token, ...(json !== undefined && { json }) });
  const login = async (email: string, password: string) =>
    api.call('POST', '/api/v1/login', { json: { email, password } });
  const made = async (email: string, role = 'submitter'): Promise<NewUserView> =>
    (await call('POST', '/users', { email, name: email, role })).json as NewUserView;
  const tokenOf = async (email: string, password: string): Promise<string> =>
    ((await login(email, password)).json as { token: string }).token;
  const works = async (token: string): Promise<boolean> =>
    (await call('GET', '/me', undefined, token)).status === 200;

  it('gives a new user a one-time password, tells it once, and asks for another', async () => {
    const user = await made('once@example.org');
    expect(user.mustChangePassword).toBe(true);
    const secret = user.oneTimePassword ?? '';
    const token = await tokenOf('once@example.org', secret);
    const other = await tokenOf('once@example.org', secret);
    expect((await call('GET', '/users')).text).not.toContain(secret);
    const change = (current: string, password: string) =>
      call('POST', '/me/password', { current, password }, token);
    expect((await change('wrong', PASSWORD)).json).toMatchObject({ problems: [{ field: 'current' }] });
    expect((await change(secret, 'short')).json).toMatchObject({ problems: [{ field: 'password' }] });
    expect((await change(secret, secret)).status).toBe(400);
    expect((await change(secret, PASSWORD)).json).toEqual({ endedLogins: 1 });
    expect([await works(token), await works(other)]).toEqual([true, false]);
    expect((await login('once@example.org', secret)).status).toBe(401);
    expect((await login('once@example.org', PASSWORD)).json).toMatchObject({
      user: { mustChangePassword: false },
    });
  });

  it('makes whoever guesses the current password wait', async () => {
    const user = await api.user('viewer');
    const guess = () => call('POST', '/me/password', { current: 'x', password: PASSWORD }, user.token);
    for (let n = 0; n < 10; n += 1) expect((await guess()).status).toBe(400);
    expect((await guess()).status).toBe(429);
  });

  it('ends logins and tokens of whoever is deactivated, for good', async () => {
    const { id, oneTimePassword } = await made('gone@example.org');
    const token = await tokenOf('gone@example.org', oneTimePassword ?? '');
    const byHand = (await call('POST', '/tokens', { name: 'ci' }, token)).json as { token: string };
    expect((await call('PATCH', `/users/${id}`, { isActive: false })).json).toMatchObject({
      isActive: false,
    });
    expect([await works(token), await works(byHand.token)]).toEqual([false, false]);
    expect((await login('gone@example.org', oneTimePassword ?? '')).status).toBe(401);
    await call('PATCH', `/users/${id}`, { isActive: true });
    expect([await works(token), await works(byHand.token)]).toEqual([false, false]);
    expect((await login('gone@example.org', oneTimePassword ?? '')).status).toBe(200);
  });

  it('ends the logins, not the tokens, of whoever gets a new password', async () => {
    const { id, oneTimePassword } = await made('reset@example.org');
    const token = await tokenOf('reset@example.org', oneTimePassword ?? '');
    const byHand = (await call('POST', '/tokens', { name: 'ci' }, token)).json as { token: string };
    const again = (await call('POST', `/users/${id}/password`)).json as NewUserView;
    expect([await works(token), await works(byHand.token)]).toEqual([false, true]);
    expect((await login('reset@example.org', oneTimePassword ?? '')).status).toBe(401);
    expect((await login('reset@example.org', again.oneTimePassword ?? '')).status).toBe(200);
    const { items } = (await call('GET', '/tokens', undefined, byHand.token)).json as Page<TokenView>;
    expect(items.find(({ isCurrent }) => isCurrent)).toMatchObject({ name: 'ci', isLogin: false });
  });

  it('lets a changed role hold from the next request on', async () => {
    const user = await api.user('viewer');
    expect((await call('GET', '/users', undefined, user.token)).status).toBe(403);
    await call('PATCH', `/users/${user.userId}`, { role: 'admin' });
    expect((await call('GET', '/users', undefined, user.token)).status).toBe(200);
    await call('PATCH', `/users/${user.userId}`, { role: 'viewer' });
    expect((await call('GET', '/users', undefined, user.token)).status).toBe(403);
  });

  it('keeps the last active administrator, also when two take each other away at once', async () => {
    const own = await startTestApi();
    try {
      const [one, two] = [await own.user('admin'), await own.user('admin')];
      const demote = (by: TestUser, whom: TestUser, json: object) =>
        own.call('PATCH', `/api/v1/users/${whom.userId}`, { token: by.token, json });
      const answers = await Promise.all([
        demote(one, two, { role: 'viewer' }),
        demote(two, one, { isActive: false }),
      ]);
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
      const people = await own.app.dataSource.query(
        `SELECT id FROM users WHERE role = 'admin' AND is_active`,
      );
      expect(people).toHaveLength(1);
      const last = [one, two].find(({ userId }) => userId === people[0].id) ?? one;
      const refused = await demote(last, last, { role: 'approver' });
      expect([refused.status, refused.json]).toEqual([409, expect.objectContaining({ code: 'last_admin' })]);
    } finally {
      await own.close();
    }
  });

  it('finds people by a part of their name or address, page by page', async () => {
    for (let n = 0; n < 5; n += 1) await made(`page_${n}@example.net`, 'viewer');
    const page = async (query: string) => (await call('GET', `/users?${query}`)).json as Page<UserView>;
    const first = await page('q=PAGE_&role=viewer&limit=3');
    const second = await page(`q=PAGE_&role=viewer&limit=3&cursor=${first.nextCursor}`);
    expect([...first.items, ...second.items].map(({ email }) => email)).toEqual(
      [0, 1, 2, 3, 4].map((n) => `page_${n}@example.net`),
    );
    expect(second.nextCursor).toBeNull();
    expect((await page('q=p%25ge')).items).toEqual([]);
  });

  it('writes down who changed whom, without passwords', async () => {
    const { id, oneTimePassword } = await made('noted@example.org');
    await call('PATCH', `/users/${id}`, { role: 'approver' });
    await call('POST', `/users/${id}/password`);
    const { text } = await call(
      'GET',
      '/audit?eventType=user_updated,password_changed,user_created&limit=200',
    );
    expect(text).toContain('noted@example.org');
    expect(text).toContain('"role":"approver"');
    expect(text).not.toContain(oneTimePassword ?? '-');
  });
});
