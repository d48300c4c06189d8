import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createPanel } from '../../admin/index.js';
import { PANEL_PAGES } from '../../admin/pages.js';
import { formatRootKeys, newRootKey } from '../../src/core/root-keys.js';
import { USER_ROLES, type UserRole } from '../../src/core/vocabulary.js';
import { HttpMetrics } from '../../src/http/metrics.js';
import { routeTable } from '../../src/http/routes/table.js';
import { createHttpServer, type RunningServer } from '../../src/http/server.js';
import { SESSION_COOKIE } from '../../src/http/session-cookie.js';
import { startTestApp, type TestApp } from '../../src/testing/app.js';
import { sumCatalog } from '../../src/testing/studio-script.js';

const PASSWORD = 'correct horse battery';
const API_KEY = 'sk-ant-heliotrope-0123456789-secret';
const MISSION = 'heliotrope: add two numbers';

/** What AdminJS would answer by itself, were there anything: its pages, its API, its actions. */
const ADMIN_JS = [
  '/admin/api/dashboard',
  ...['User', 'users', 'ApiToken', 'AgentSettings', 'Session', 'AuditLogEntry'].flatMap((resource) => [
    `/admin/resources/${resource}`,
    `/admin/api/resources/${resource}/actions/list`,
    `/admin/api/resources/${resource}/search/a`,
    `/admin/api/resources/${resource}/records/1/show`,
    `/admin/api/resources/${resource}/records/1/delete`,
    `/admin/api/resources/${resource}/bulk/bulkDelete?recordIds=1`,
  ]),
  ...PANEL_PAGES.flatMap(({ name }) => [`/admin/pages/${name}`, `/admin/api/pages/${name}`]),
];

describe('a crawl of every GET as nobody and as each role', () => {
  let test: TestApp;
  let server: RunningServer;
  let paths: string[];
  const cookies = new Map<UserRole, string>();
  let secrets: string[];
  let foreign: string[];

  beforeAll(async () => {
    test = await startTestApp(
      { catalog: sumCatalog() },
      { PORT: '0', ATELIER_ALLOW_UNSANDBOXED: '1', ATELIER_SECRET_KEYS: formatRootKeys([newRootKey()]) },
    );
    const { app } = test;
    server = await createHttpServer(app, { mounts: [await createPanel(app)] }).listen();
    const owner = await test.person('admin');
    for (const role of USER_ROLES) {
      const caller = await test.person(role);
      const { token } = await app.accounts.createToken(caller, { name: 'login' });
      cookies.set(role, `${SESSION_COOKIE}=${token}`);
    }
    await app.accounts.createUser(owner, { email: 'ada@example.org', name: 'Ada', password: PASSWORD });
    const { token, record } = await app.accounts.createToken(owner, { name: 'heliotrope' });
    await app.keys.setKey(owner, 'pm', API_KEY);
    const { webhook, secret } = await app.webhooks.create(owner, {
      name: 'Build',
      url: 'https://192.0.2.1/',
      secret: 'whsec-heliotrope-0123456789',
    });
    const { session } = await app.sessions.submit(owner, { mission: MISSION });
    await app.runner.run(session.sessionId, new AbortController().signal);
    const [gate] = await app.approvals.list(owner, session.sessionId);
    const [execution] = await app.activity.executions(owner, session.sessionId, 0, 1);
    if (!gate || !execution) throw new Error('the run opened no gate');
    const ids: Record<string, string | number> = {
      sessionId: session.sessionId,
      otherId: session.sessionId,
      approvalId: gate.id,
      artifactId: gate.artifacts[0]?.id ?? 0,
      executionId: execution.id,
      number: 1,
      tokenId: record.id,
      userId: owner.userId,
      webhookId: webhook.id,
      promptId: Number(Object.values(session.promptVersions)[0]),
      profile: 'pm',
      key: 'maxIterations',
      name: 'model_tokens',
    };
    const table = routeTable({ metrics: new HttpMetrics(), heartbeatMs: 1000 });
    paths = [
      ...table
        .filter(({ method, path }) => method === 'get' && !path.endsWith('/events'))
        .map(({ path }) => path.replace(/:(\w+)/g, (_, name: string) => String(ids[name] ?? name))),
      ...ADMIN_JS,
    ];
    const stored: { secret: string }[] = await app.dataSource.query(
      `SELECT password_hash AS secret FROM users WHERE password_hash IS NOT NULL
       UNION SELECT token_hash FROM api_tokens UNION SELECT api_key_encrypted FROM agent_settings WHERE api_key_encrypted IS NOT NULL
       UNION SELECT secret_encrypted FROM webhooks WHERE secret_encrypted IS NOT NULL`,
    );
    secrets = [PASSWORD, API_KEY, token, secret, ...stored.map((row) => row.secret)];
    foreign = ['heliotrope', session.sessionId];
  });
  afterAll(async () => {
    await server.close();
    await test.close();
  });

  /** Every row of every table, but for when a token was last used, and that an export was made. */
  const state = async (): Promise<Record<string, string>> => {
    const tables: { name: string }[] = await test.app.dataSource.query(
      `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
        WHERE schemaname IN ('public', 'langgraph') ORDER BY 1`,
    );
    const digests: Record<string, string> = {};
    for (const { name } of tables) {
      const [row]: { digest: string }[] = await test.app.dataSource.query(
        `SELECT count(*) || ':' || coalesce(md5(string_agg(r, '|' ORDER BY r)), '') AS digest
           FROM (SELECT (to_jsonb(t) - 'last_used_at')::text AS r FROM ${name} t) rows
          WHERE r NOT LIKE '%"audit_exported"%'`,
      );
      digests[name] = row?.digest ?? '';
    }
    return digests;
  };

  it.each(['nobody', ...USER_ROLES] as const)(
    'gives %s no secret and no foreign row, fails nowhere, and changes nothing',
    async (who) => {
      const cookie = who === 'nobody' ? undefined : cookies.get(who);
      const before = await state();
      expect(Object.keys(before).length).toBeGreaterThan(30);
      const answered = new Map<number, number>();
      for (const path of paths) {
        const answer = await fetch(`${server.url}${path}`, {
          redirect: 'manual',
          headers: { ...(cookie !== undefined && { cookie }) },
        });
        const text = await answer.text();
        answered.set(answer.status, (answered.get(answer.status) ?? 0) + 1);
        expect([path, answer.status < 500 || answer.status === 503]).toEqual([path, true]);
        for (const secret of secrets) expect([path, text.includes(secret)]).toEqual([path, false]);
        // Approvers and administrators read what the team does; others see their own, which is nothing here.
        if (who !== 'approver' && who !== 'admin' && !path.includes('heliotrope'))
          for (const word of foreign)
            expect([path, withoutPath(text, path).includes(word)]).toEqual([path, false]);
      }
      expect(await state()).toEqual(before);
      // A crawl that was turned away everywhere would prove nothing.
      if (who === 'nobody') expect(answered.get(200) ?? 0).toBeLessThan(10);
      else expect(answered.get(200) ?? 0).toBeGreaterThan(20);
    },
  );
});

/** A text without the address that was asked for, which refusals repeat, and without the ids in it. */
function withoutPath(text: string, path: string): string {
  return path
    .split(/[/?]/)
    .filter((part) => part.length > 20)
    .reduce((rest, part) => rest.replaceAll(part, ''), text);
}
