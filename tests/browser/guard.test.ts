import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PANEL_PAGES } from '../../admin/pages.js';
import { createPanel } from '../../admin/index.js';
import { USER_ROLES } from '../../src/core/vocabulary.js';
import { createHttpServer, type RunningServer } from '../../src/http/server.js';
import { SESSION_COOKIE } from '../../src/http/session-cookie.js';
import { startTestApp, type TestApp } from '../../src/testing/app.js';

const PASSWORD = 'correct horse battery';

describe('the guard of the panel', () => {
  let test: TestApp;
  let server: RunningServer;
  const cookies: Record<string, string> = {};

  beforeAll(async () => {
    test = await startTestApp({}, { PORT: '0', ATELIER_ALLOW_UNSANDBOXED: '1' });
    server = await createHttpServer(test.app, { mounts: [await createPanel(test.app)] }).listen();
    for (const role of USER_ROLES) {
      const caller = await test.person(role);
      const { token } = await test.app.accounts.createToken(caller, { name: 'login' });
      cookies[role] = `${SESSION_COOKIE}=${token}`;
    }
    const admin = await test.person('admin');
    await test.app.accounts.createUser(admin, {
      email: 'ada@example.org',
      name: 'Ada',
      role: 'viewer',
      password: PASSWORD,
    });
  });
  afterAll(async () => {
    await server.close();
    await test.close();
  });

  const ask = (path: string, init: RequestInit & { headers?: Record<string, string> } = {}) =>
    fetch(`${server.url}${path}`, { redirect: 'manual', ...init });
  const login = (headers: Record<string, string>, fields: Record<string, string> = {}) =>
    ask('/admin/login', {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
      body: new URLSearchParams({ email: 'ada@example.org', password: PASSWORD, ...fields }).toString(),
    });

  it('sends nobody to the login, and scripts away with 401', async () => {
    for (const { name } of PANEL_PAGES) {
      const page = await ask(`/admin/pages/${name}`, { headers: { accept: 'text/html' } });
      expect([page.status, page.headers.get('location')]).toEqual([
        303,
        `/admin/login?next=${encodeURIComponent(`/admin/pages/${name}`)}`,
      ]);
    }
    expect((await ask('/admin/api/dashboard')).status).toBe(401);
    expect((await ask('/admin/api/resources/User/actions/list')).status).toBe(401);
  });

  it.each(USER_ROLES)('opens to a %s the pages for that role, and says 403 to others', async (role) => {
    for (const page of PANEL_PAGES) {
      const answer = await ask(`/admin/pages/${page.name}`, { headers: { cookie: cookies[role] ?? '' } });
      const allowed = USER_ROLES.indexOf(role) >= USER_ROLES.indexOf(page.role);
      expect([page.name, answer.status]).toEqual([page.name, allowed ? 200 : 403]);
    }
  });

  it('knows pages that are not there from those that are', async () => {
    expect((await ask('/admin/pages/nothing', { headers: { cookie: cookies['admin'] ?? '' } })).status).toBe(
      404,
    );
  });

  it('has no resource, and no action of AdminJS that changes anything', async () => {
    const headers = { cookie: cookies['admin'] ?? '', 'sec-fetch-site': 'same-origin' };
    for (const path of ['/admin/api/resources/User/actions/list', '/admin/api/resources/users/actions/new'])
      expect((await ask(path, { headers })).status).toBe(404);
    for (const path of ['/admin/api/pages/home', '/admin/api/resources/User/actions/new', '/admin'])
      for (const method of ['POST', 'PUT', 'DELETE', 'PATCH'])
        expect((await ask(path, { method, headers })).status).toBe(405);
  });

  it('sends every page with a policy that runs no script of others, and names no other host', async () => {
    const answer = await ask('/admin', { headers: { cookie: cookies['admin'] ?? '' } });
    const policy = answer.headers.get('content-security-policy') ?? '';
    const nonce = /'nonce-([^']+)'/.exec(policy)?.[1];
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/unsafe-eval|script-src[^;]*unsafe-inline|https?:/);
    const html = await answer.text();
    expect(html).not.toMatch(/(src|href)="(https?:)?\/\//);
    const scripts = html.match(/<script[^>]*>/g) ?? [];
    expect(scripts.length).toBeGreaterThan(4);
    for (const script of scripts) expect(script).toContain(`nonce="${nonce}"`);
    const second = await ask('/admin', { headers: { cookie: cookies['admin'] ?? '' } });
    expect(second.headers.get('content-security-policy')).not.toBe(policy);
  });

  it('takes a login from its own page alone', async () => {
    const { host } = new URL(server.url);
    expect((await login({ origin: 'https://evil.example' })).status).toBe(403);
    expect((await login({ 'sec-fetch-site': 'cross-site', origin: `http://${host}` })).status).toBe(403);
    expect((await login({})).status).toBe(403);
    const right = await login({ origin: `http://${host}` });
    expect(right.status).toBe(303);
    const cookie = right.headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(/HttpOnly/);
    expect(cookie).toMatch(/SameSite=Lax/);
  });

  it('gives a new cookie at each login and ends the one that was brought along', async () => {
    const from = { 'sec-fetch-site': 'same-origin' };
    const first = ((await login(from)).headers.get('set-cookie') ?? '').split(';')[0] ?? '';
    expect((await ask('/api/v1/me', { headers: { cookie: first } })).status).toBe(200);
    const second =
      ((await login({ ...from, cookie: first })).headers.get('set-cookie') ?? '').split(';')[0] ?? '';
    expect(second).not.toBe(first);
    expect((await ask('/api/v1/me', { headers: { cookie: first } })).status).toBe(401);
    expect((await ask('/api/v1/me', { headers: { cookie: second } })).status).toBe(200);
  });

  it('goes after the login only to pages of its own', async () => {
    const from = { 'sec-fetch-site': 'same-origin' };
    const after = async (next: string) => (await login(from, { next })).headers.get('location');
    expect(await after('/admin/pages/review?id=1')).toBe('/admin/pages/review?id=1');
    for (const next of [
      'https://evil.example',
      '//evil.example',
      '/admin//evil.example',
      '/adminevil',
      '/admin\\evil',
    ])
      expect(await after(next)).toBe('/admin');
  });

  it('refuses changes over the API that a cookie brings from elsewhere, and takes them from here', async () => {
    const change = (headers: Record<string, string>) =>
      ask('/api/v1/tokens', {
        method: 'POST',
        headers: { 'content-type': 'application/json', cookie: cookies['submitter'] ?? '', ...headers },
        body: JSON.stringify({ name: 'from a page' }),
      });
    expect((await change({ origin: 'https://evil.example' })).status).toBe(403);
    expect((await change({ 'sec-fetch-site': 'same-site' })).status).toBe(403);
    expect((await change({})).status).toBe(403);
    expect((await change({ 'sec-fetch-site': 'same-origin' })).status).toBe(201);
  });

  it('sees at the next request that a role was taken away', async () => {
    const caller = await test.person('admin');
    const { token } = await test.app.accounts.createToken(caller, { name: 'login' });
    const users = () => ask('/api/v1/users', { headers: { cookie: `${SESSION_COOKIE}=${token}` } });
    expect((await users()).status).toBe(200);
    await test.app.dataSource.query(`UPDATE users SET role = 'viewer' WHERE id = $1`, [caller.userId]);
    expect((await users()).status).toBe(403);
    await test.app.dataSource.query(`UPDATE users SET is_active = false WHERE id = $1`, [caller.userId]);
    expect((await users()).status).toBe(401);
  });
});
