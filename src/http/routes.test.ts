import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { App } from '../app.js';
import { newId } from '../core/ids.js';
import { formatRootKeys, newRootKey } from '../core/root-keys.js';
import { zipOf } from '../testing/archives.js';
import { echoKind } from '../testing/echo-kind.js';
import { activeId, draft, promptOf } from '../testing/prompt-drafts.js';
import { startTestApi, type CallOptions, type TestApi, type TestUser } from '../testing/http-api.js';
import { until } from '../testing/until.js';
import { HttpMetrics } from './metrics.js';
import { routeTable } from './routes/table.js';
import type { Route } from './route.js';

const SECRET = 'Build a word counter for the command line. Project code name: heliotrope.';
const table = routeTable({ metrics: new HttpMetrics(), heartbeatMs: 15_000 });

/** What a well-meant request to each route looks like. Kept in the order in which the owner sends them. */
interface Things {
  sessionId: string;
  /** Another one, which waits at its gate until it is rerun. */
  restingId: string;
  talkId: string;
  approvalId: string;
  hashes: string[];
  artifactId: number;
  executionId: number;
  tokenId: string;
  commentId: string;
  webhookId: string;
  deliveryId: string;
  prd: { path: string; sha256: string };
  /** Of PM, to be agreed on, tried and made a canary. */
  draftId: number;
  /** Of QA, to be activated in place of the other, and taken back. */
  nextId: number;
  presentId: number;
  /** Of the Architect, to be promoted, and of the Engineer, to be dropped. */
  canaryId: number;
  otherCanaryId: number;
  tryoutId: string;
  archive: Uint8Array<ArrayBuffer>;
  /** A failed delivery. */
  jobId: string;
  memberId: string;
  /** The owner's. */
  password: string;
}
type Case = (things: Things) => { path: string; options?: CallOptions };
const at = (path: string, options?: CallOptions) => ({ path, options });
const CASES: Record<string, Case> = {
  'POST /api/v1/login': () =>
    at('/api/v1/login', { json: { email: 'ada@example.org', password: 'a long password' } }),
  'GET /api/v1/me': () => at('/api/v1/me'),
  'GET /api/v1/overview': () => at('/api/v1/overview?scope=mine'),
  'GET /api/v1/metrics': () => at('/api/v1/metrics'),
  'GET /api/v1/metrics/:name': () => at('/api/v1/metrics/model_tokens?hours=24&by=agent'),
  'GET /api/v1/queue': () => at('/api/v1/queue'),
  'POST /api/v1/queue/failures/:jobId/retry': (t) => at(`/api/v1/queue/failures/${t.jobId}/retry`),
  'POST /api/v1/sources': (t) =>
    at('/api/v1/sources?name=sum', { body: t.archive, headers: { 'content-type': 'application/zip' } }),
  'POST /api/v1/sessions': () => at('/api/v1/sessions', { json: { mission: 'Build a word counter.' } }),
  'GET /api/v1/sessions': () => at('/api/v1/sessions?kind=studio&limit=5&q=heliotrope'),
  'GET /api/v1/sessions/:sessionId': (t) => at(`/api/v1/sessions/${t.sessionId}`),
  'POST /api/v1/sessions/:sessionId/messages': (t) =>
    at(`/api/v1/sessions/${t.talkId}/messages`, { json: { content: 'Good morning' } }),
  'GET /api/v1/sessions/:sessionId/messages': (t) => at(`/api/v1/sessions/${t.talkId}/messages`),
  'GET /api/v1/sessions/:sessionId/executions': (t) => at(`/api/v1/sessions/${t.sessionId}/executions`),
  'GET /api/v1/executions': () => at('/api/v1/executions?profile=pm&status=completed&minSeconds=0&limit=5'),
  'GET /api/v1/executions/:executionId/calls': (t) => at(`/api/v1/executions/${t.executionId}/calls`),
  'GET /api/v1/executions/:executionId/calls/:number': (t) =>
    at(`/api/v1/executions/${t.executionId}/calls/1`),
  'GET /api/v1/sessions/:sessionId/history': (t) => at(`/api/v1/sessions/${t.sessionId}/history`),
  'GET /api/v1/sessions/:sessionId/events': (t) => at(`/api/v1/sessions/${t.sessionId}/events`),
  'GET /api/v1/sessions/:sessionId/artifacts': (t) =>
    at(`/api/v1/sessions/${t.sessionId}/artifacts?newest=true`),
  'GET /api/v1/artifacts/:artifactId/content': (t) => at(`/api/v1/artifacts/${t.artifactId}/content`),
  'GET /api/v1/sessions/:sessionId/export': (t) => at(`/api/v1/sessions/${t.sessionId}/export?format=zip`),
  'GET /api/v1/sessions/:sessionId/approvals': (t) => at(`/api/v1/sessions/${t.sessionId}/approvals`),
  'GET /api/v1/approvals/:approvalId': (t) => at(`/api/v1/approvals/${t.approvalId}`),
  'GET /api/v1/approvals': () => at('/api/v1/approvals?status=pending&kind=studio&limit=5&q=heliotrope'),
  'GET /api/v1/approvals/:approvalId/review': (t) => at(`/api/v1/approvals/${t.approvalId}/review`),
  'POST /api/v1/approvals/:approvalId/claim': (t) =>
    at(`/api/v1/approvals/${t.approvalId}/claim`, { json: { force: true } }),
  'POST /api/v1/approvals/:approvalId/release': (t) => at(`/api/v1/approvals/${t.approvalId}/release`),
  'GET /api/v1/approvals/:approvalId/comments': (t) => at(`/api/v1/approvals/${t.approvalId}/comments`),
  'POST /api/v1/approvals/:approvalId/comments': (t) =>
    at(`/api/v1/approvals/${t.approvalId}/comments`, {
      json: { ...t.prd, lineStart: 1, body: 'Which heliotrope?' },
    }),
  'PATCH /api/v1/comments/:commentId': (t) =>
    at(`/api/v1/comments/${t.commentId}`, { json: { body: 'Better heliotrope?', resolved: true } }),
  'DELETE /api/v1/comments/:commentId': (t) => at(`/api/v1/comments/${t.commentId}`),
  'GET /api/v1/policies': () => at('/api/v1/policies'),
  'PUT /api/v1/policies/:kind/:gate': () =>
    at('/api/v1/policies/studio/human_gate', { json: { remindAfterHours: 2 } }),
  'GET /api/v1/me/notifications': () => at('/api/v1/me/notifications'),
  'PATCH /api/v1/me/notifications': () =>
    at('/api/v1/me/notifications', { json: { events: { reminder: false } } }),
  'GET /api/v1/webhooks': () => at('/api/v1/webhooks'),
  'POST /api/v1/webhooks': () =>
    at('/api/v1/webhooks', { json: { name: 'Chat', kind: 'chat', url: 'https://192.0.2.1/hook' } }),
  'PATCH /api/v1/webhooks/:webhookId': (t) =>
    at(`/api/v1/webhooks/${t.webhookId}`, { json: { name: 'Renamed' } }),
  'POST /api/v1/webhooks/:webhookId/test': (t) => at(`/api/v1/webhooks/${t.webhookId}/test`),
  'GET /api/v1/webhooks/:webhookId/deliveries': (t) =>
    at(`/api/v1/webhooks/${t.webhookId}/deliveries?limit=5`),
  'POST /api/v1/webhooks/:webhookId/deliveries/:deliveryId/redeliver': (t) =>
    at(`/api/v1/webhooks/${t.webhookId}/deliveries/${t.deliveryId}/redeliver`),
  'DELETE /api/v1/webhooks/:webhookId': (t) => at(`/api/v1/webhooks/${t.webhookId}`),
  'GET /api/v1/mails': () => at('/api/v1/mails?limit=5'),
  'POST /api/v1/approvals/:approvalId/decision': (t) =>
    at(`/api/v1/approvals/${t.approvalId}/decision`, {
      json: { decision: 'request_changes', comment: 'Shorter.', target: 'arch', artifactHashes: t.hashes },
    }),
  'POST /api/v1/sessions/:sessionId/fork': (t) =>
    at(`/api/v1/sessions/${t.sessionId}/fork`, { json: { name: 'The other way' } }),
  'GET /api/v1/sessions/:sessionId/compare/:otherId': (t) =>
    at(`/api/v1/sessions/${t.sessionId}/compare/${t.sessionId}`),
  'PATCH /api/v1/sessions/:sessionId': (t) =>
    at(`/api/v1/sessions/${t.sessionId}`, { json: { name: 'Renamed', isPinned: true } }),
  'GET /api/v1/sessions/:sessionId/budget': (t) => at(`/api/v1/sessions/${t.sessionId}/budget`),
  'POST /api/v1/sessions/:sessionId/budget': (t) =>
    at(`/api/v1/sessions/${t.sessionId}/budget`, { json: { add: { usd: 2.5 } } }),
  'POST /api/v1/sessions/:sessionId/cancel': (t) => at(`/api/v1/sessions/${t.sessionId}/cancel`),
  'POST /api/v1/sessions/:sessionId/retry': (t) => at(`/api/v1/sessions/${t.sessionId}/retry`, { json: {} }),
  'POST /api/v1/sessions/:sessionId/rerun': (t) =>
    at(`/api/v1/sessions/${t.restingId}/rerun`, { json: { phase: 'pm' } }),
  'DELETE /api/v1/sessions/:sessionId': (t) => at(`/api/v1/sessions/${t.talkId}`),
  'GET /api/v1/prompts': () => at('/api/v1/prompts'),
  'POST /api/v1/prompts': () =>
    at('/api/v1/prompts', { json: { profile: 'pm', content: promptOf('pm', 'Be brief.'), note: 'Shorter' } }),
  'GET /api/v1/prompts/:promptId': () => at('/api/v1/prompts/1'),
  'GET /api/v1/prompts/:promptId/diff/:otherId': (t) => at(`/api/v1/prompts/1/diff/${t.draftId}`),
  'POST /api/v1/prompts/:promptId/propose': (t) => at(`/api/v1/prompts/${t.draftId}/propose`),
  'POST /api/v1/prompts/:promptId/approve': (t) => at(`/api/v1/prompts/${t.draftId}/approve`, { json: {} }),
  'POST /api/v1/prompts/:promptId/activate': (t) =>
    at(`/api/v1/prompts/${t.nextId}/activate`, { json: { expectedActiveVersionId: t.presentId } }),
  'POST /api/v1/prompts/profiles/:profile/rollback': (t) =>
    at('/api/v1/prompts/profiles/qa/rollback', { json: { expectedActiveVersionId: t.nextId } }),
  'GET /api/v1/prompts/profiles/:profile/inputs': () => at('/api/v1/prompts/profiles/pm/inputs'),
  'POST /api/v1/prompts/profiles/:profile/tryouts': (t) =>
    at('/api/v1/prompts/profiles/pm/tryouts', { json: { draftVersionId: t.draftId, last: 1 } }),
  'GET /api/v1/prompts/profiles/:profile/tryouts': () => at('/api/v1/prompts/profiles/pm/tryouts'),
  'GET /api/v1/prompts/tryouts/:tryoutId': (t) => at(`/api/v1/prompts/tryouts/${t.tryoutId}`),
  'POST /api/v1/prompts/tryouts/:tryoutId/cancel': (t) => at(`/api/v1/prompts/tryouts/${t.tryoutId}/cancel`),
  'POST /api/v1/prompts/profiles/:profile/canaries': (t) =>
    at('/api/v1/prompts/profiles/pm/canaries', { json: { versionId: t.draftId, percent: 10 } }),
  'GET /api/v1/prompts/profiles/:profile/canaries': () => at('/api/v1/prompts/profiles/arch/canaries'),
  'GET /api/v1/prompts/canaries/:canaryId': (t) => at(`/api/v1/prompts/canaries/${t.canaryId}`),
  'POST /api/v1/prompts/canaries/:canaryId/promote': (t) =>
    at(`/api/v1/prompts/canaries/${t.canaryId}/promote`),
  'POST /api/v1/prompts/canaries/:canaryId/drop': (t) =>
    at(`/api/v1/prompts/canaries/${t.otherCanaryId}/drop`),
  'GET /api/v1/prompts/profiles/:profile': () => at('/api/v1/prompts/profiles/pm'),
  'GET /api/v1/prompts/profiles/:profile/activations': () => at('/api/v1/prompts/profiles/qa/activations'),
  'GET /api/v1/prompts/profiles/:profile/outcomes': () => at('/api/v1/prompts/profiles/pm/outcomes?days=30'),
  'GET /api/v1/tokens': () => at('/api/v1/tokens'),
  'POST /api/v1/tokens': () => at('/api/v1/tokens', { json: { name: 'laptop', expiresInDays: 30 } }),
  'DELETE /api/v1/tokens/:tokenId': (t) => at(`/api/v1/tokens/${t.tokenId}`),
  'GET /api/v1/users': () => at('/api/v1/users'),
  'POST /api/v1/users': () =>
    at('/api/v1/users', { json: { email: 'new@example.org', name: 'New', password: 'twelve letters' } }),
  'PATCH /api/v1/users/:userId': (t) =>
    at(`/api/v1/users/${t.memberId}`, { json: { role: 'viewer', isActive: true } }),
  'POST /api/v1/users/:userId/password': (t) => at(`/api/v1/users/${t.memberId}/password`),
  'POST /api/v1/me/password': (t) =>
    at('/api/v1/me/password', { json: { current: t.password, password: 'another long password' } }),
  'GET /api/v1/audit': () => at('/api/v1/audit?eventType=user_created&limit=5'),
  'GET /api/v1/audit/export': () => at('/api/v1/audit/export?eventType=user_created'),
  'POST /api/v1/audit/verify': () => at('/api/v1/audit/verify'),
  'GET /api/v1/settings': () => at('/api/v1/settings'),
  'PUT /api/v1/settings/:key': () => at('/api/v1/settings/maxIterations', { json: { value: 4 } }),
  'GET /api/v1/settings/agents': () => at('/api/v1/settings/agents'),
  'PATCH /api/v1/settings/agents/:profile': () =>
    at('/api/v1/settings/agents/pm', { json: { dailyLimit: 100, usageUnit: 'runs', hardLimit: true } }),
  'PUT /api/v1/settings/agents/:profile/key': () =>
    at('/api/v1/settings/agents/pm/key', { json: { apiKey: 'sk-test-1234567890-WXYZ' } }),
  'DELETE /api/v1/settings/agents/:profile/key': () => at('/api/v1/settings/agents/pm/key'),
  'POST /api/v1/retention': () => at('/api/v1/retention', { json: { dryRun: true } }),
  'GET /healthz': () => at('/healthz'),
  'GET /readyz': () => at('/readyz'),
  'GET /metrics': () => at('/metrics'),
  'GET /openapi.json': () => at('/openapi.json'),
  'GET /docs': () => at('/docs'),
};

/** Parameters that name something of somebody. Prompts and settings are everybody's. */
const OWNED = /:(sessionId|approvalId|artifactId|executionId|tokenId|commentId|tryoutId)/;
/** Of these, what the whole team may read once it approves. */
const TEAM_READS = /:(sessionId|approvalId|artifactId|executionId)/;
/** What approvers do with the gates of others. */
const DECIDING = /approvals\/:approvalId/;
const nameOf = (route: Route): string => `${route.method.toUpperCase()} ${route.path}`;
const named = (routes: readonly Route[]): [string, Route][] => routes.map((route) => [nameOf(route), route]);
const guarded = table.filter(({ access }) => access !== 'public');

describe('the route table', () => {
  let api: TestApi;
  let owner: TestUser;
  let stranger: TestUser;
  let viewer: TestUser;
  let approver: TestUser;
  let things: Things;

  const send = (route: Route, token?: string) => {
    const { path, options } = (CASES[nameOf(route)] as Case)(things);
    return api.call(route.method.toUpperCase(), path, { ...options, ...(token !== undefined && { token }) });
  };

  beforeAll(async () => {
    const rootKeys = { ATELIER_SECRET_KEYS: formatRootKeys([newRootKey()]) };
    api = await startTestApi({ kinds: [echoKind] }, {}, rootKeys);
    const { app } = api;
    [owner, stranger, viewer, approver] = await Promise.all([
      api.user('admin'),
      api.user('submitter'),
      api.user('viewer'),
      api.user('approver'),
    ]);
    const member = await app.accounts.createUser(owner, {
      email: 'ada@example.org',
      name: 'Ada',
      password: 'a long password',
    });
    const { oneTimePassword } = await app.people.resetPassword(owner, owner.userId);
    const jobId = await failedDelivery(app);
    const { session } = await app.sessions.submit(owner, {
      mission: SECRET,
      name: 'heliotrope',
      options: { budget: { usd: 5 } },
    });
    const resting = await app.sessions.submit(owner, { mission: SECRET, name: 'heliotrope at rest' });
    await app.startWorker();
    for (const { sessionId } of [session, resting.session])
      await api.until(owner, sessionId, 'awaiting_approval');
    const talk = await app.sessions.submit(owner, { kind: 'conversation', name: 'heliotrope talk' });
    const [gate] = await app.approvals.list(owner, session.sessionId);
    const { record } = await app.accounts.createToken(owner, { name: 'heliotrope' });
    const [execution] = await app.activity.executions(owner, session.sessionId, 0, 1);
    if (!gate) throw new Error('the run opened no gate');
    const prd = gate.artifacts.find(({ type }) => type === 'prd');
    if (!prd) throw new Error('the gate shows no PRD');
    const { path, sha256 } = prd;
    const { comment } = await app.comments.add(owner, gate, {
      path,
      sha256,
      lineStart: 1,
      body: 'heliotrope?',
    });
    const { webhook } = await app.webhooks.create(owner, { name: 'Build', url: 'https://192.0.2.1/' });
    const trial = await app.webhooks.test(owner, webhook.id);
    const { canaries, tryouts } = app.promptWork;
    const [pm, arch, eng, qa] = [
      await draft(app, owner, 'pm', 'Another way.'),
      await draft(app, owner, 'arch', 'Another way.'),
      await draft(app, owner, 'eng', 'Another way.'),
      await draft(app, owner, 'qa', 'Another way.'),
    ];
    const promoted = await canaries.start(owner, 'arch', { versionId: arch.id, percent: 5 });
    const dropped = await canaries.start(owner, 'eng', { versionId: eng.id, percent: 5 });
    const { tryout } = await tryouts.start(owner, 'pm', { draftVersionId: pm.id, last: 1 });
    things = {
      sessionId: session.sessionId,
      restingId: resting.session.sessionId,
      talkId: talk.session.sessionId,
      approvalId: gate.id,
      hashes: gate.artifacts.map(({ sha256 }) => sha256),
      artifactId: gate.artifacts[0]?.id ?? 0,
      executionId: execution?.id ?? 0,
      tokenId: record.id,
      commentId: comment.id,
      webhookId: webhook.id,
      deliveryId: trial.deliveryId,
      prd: { path, sha256 },
      draftId: pm.id,
      nextId: qa.id,
      presentId: await activeId(app, 'qa'),
      canaryId: promoted.canary.id,
      otherCanaryId: dropped.canary.id,
      tryoutId: tryout.id,
      jobId,
      memberId: member.id,
      password: oneTimePassword,
      archive: new Uint8Array(await zipOf({ 'src/a.js': 'x' })),
    };
  });
  afterAll(async () => api.close());

  it('has a case here for every route, so that no new route goes untested', () => {
    expect(Object.keys(CASES).toSorted()).toEqual(table.map(nameOf).toSorted());
  });

  it('is public nowhere but at the login, the health checks and the description', () => {
    expect(table.filter(({ access }) => access === 'public').map(nameOf)).toEqual([
      'POST /api/v1/login',
      'GET /healthz',
      'GET /readyz',
      'GET /openapi.json',
      'GET /docs',
    ]);
  });

  it.each(named(guarded))('refuses nobody at %s', async (_name, route) => {
    for (const token of [undefined, 'atl_wrong', things.tokenId]) {
      const { status, headers, json } = await send(route, token);
      expect(status).toBe(401);
      expect(headers.get('www-authenticate')).toMatch(/^Bearer/);
      expect(json).toMatchObject({ code: 'unauthorized', status: 401 });
    }
  });

  it.each(named(guarded.filter(({ path }) => OWNED.test(path))))(
    'does not show a stranger that what %s names is there',
    async (_name, route) => {
      const { status, json, text } = await send(route, strangerAt(route).token);
      expect(status).toBe(404);
      expect(json).toMatchObject({ code: 'not_found' });
      expect(text).not.toContain('heliotrope');
    },
  );

  // Where a submitter may not come at all, an approver is the stranger.
  const strangerAt = ({ access }: Route): TestUser => (access === 'approver' ? approver : stranger);

  const reads = guarded.filter(
    ({ path, method }) => TEAM_READS.test(path) && method === 'get' && !path.endsWith('/events'),
  );
  it.each(named(reads))("lets an approver read what is somebody else's at %s", async (name, route) => {
    const { status, text } = await send(route, approver.token);
    // The mission has no code yet, so that there is nothing to export as a branch.
    expect([name, status]).toEqual([name, 200]);
    expect(text).not.toContain('not_found');
  });

  const acts = guarded.filter(
    ({ path, method }) => /:(sessionId|commentId)/.test(path) && method !== 'get' && !DECIDING.test(path),
  );
  it.each(named(acts))("lets no approver act on what is somebody else's at %s", async (_name, route) => {
    const { status, json } = await send(route, approver.token);
    expect(status).toBe(403);
    expect(json).toMatchObject({ code: 'forbidden' });
  });

  it.each(
    named(
      guarded.filter(
        ({ path, method, access }) =>
          !OWNED.test(path) && method === 'get' && (access === 'viewer' || access === 'submitter'),
      ),
    ),
  )('shows a stranger nothing of anybody else at %s', async (_name, route) => {
    const { status, text } = await send(route, strangerAt(route).token);
    expect(status).toBe(200);
    expect(text).not.toContain('heliotrope');
    expect(text).not.toContain(things.sessionId);
  });

  it.each(named(guarded.filter(({ access }) => access !== 'viewer')))(
    'refuses a viewer at %s',
    async (_name, route) => {
      const { status, json } = await send(route, viewer.token);
      expect(status).toBe(403);
      expect(json).toMatchObject({ code: 'forbidden', needed: route.access });
    },
  );

  it.each(named(table.filter(({ path }) => /:\w+Id/.test(path))))(
    'answers 404 for ids that are none at %s',
    async (_name, route) => {
      const { options } = (CASES[nameOf(route)] as Case)(things);
      for (const id of ['nonsense', '0', '-1', '1e3', '99999999999999999999', '%00', '%F0%9F%8C%B8', "'--"]) {
        const path = route.path.replace(/:\w+Id/, id);
        const answer = await api.call(route.method.toUpperCase(), path, { ...options, token: owner.token });
        expect([path, answer.status]).toEqual([path, 404]);
      }
    },
  );

  it.each(named(table))(
    'refuses a query parameter it does not know at %s, by its name',
    async (_name, route) => {
      const { path, options } = (CASES[nameOf(route)] as Case)(things);
      const wrong = `${path}${path.includes('?') ? '&' : '?'}colour=red`;
      const { status, json } = await api.call(route.method.toUpperCase(), wrong, {
        ...options,
        token: owner.token,
      });
      expect(status).toBe(400);
      expect(json).toMatchObject({ problems: [{ field: 'colour', message: 'is not a known field' }] });
    },
  );

  it.each([...new Set(table.map(({ path }) => path))])(
    'answers other methods at %s with 405',
    async (path) => {
      const methods = table.filter((route) => route.path === path).map(({ method }) => method.toUpperCase());
      for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'].filter(
        (one) => !methods.includes(one),
      )) {
        const { status, headers } = await api.call(method, path, { token: owner.token });
        expect([method, status]).toEqual([method, 405]);
        expect(headers.get('allow')?.split(', ')).toEqual(expect.arrayContaining(methods));
      }
    },
  );

  it.each(named(table.filter(({ path }) => !path.endsWith('/events'))).toSorted(inOrder))(
    'answers its owner at %s as the document says',
    async (_name, route) => {
      const { status, headers, json, text } = await send(route, owner.token);
      const declared = route.answers[status];
      expect([status, text.slice(0, 300), declared !== undefined]).toEqual([status, expect.anything(), true]);
      expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('cache-control')).toMatch(/^no-store\b/);
      expect(headers.get('access-control-allow-origin')).toBeNull();
      if (declared?.schema) expect(() => declared.schema?.parse(json)).not.toThrow();
      else if (status === 204) expect(text).toBe('');
      else expect(headers.get('content-type')).not.toMatch(/json/);
    },
  );

  it('answers 404 for a path that is not there, with or without a token', async () => {
    for (const options of [{}, { token: owner.token }]) {
      const { status, json } = await api.call('GET', '/api/v1/nowhere', options);
      expect(status).toBe(404);
      expect(json).toMatchObject({ code: 'no_such_route' });
    }
  });
});

/** A delivery whose handler threw. @returns its id */
async function failedDelivery({ queue }: App): Promise<string> {
  const worker = await queue.work(() => Promise.reject(new Error('broken')), { concurrency: 1 });
  await queue.dispatch({ sessionId: newId() });
  const failure = await until('the delivery has failed', async () => (await queue.failures(1))[0]);
  await worker.close(0);
  return failure.id;
}

/** As the cases stand above: what deletes or ends something comes after what needs it. */
function inOrder([a]: [string, Route], [b]: [string, Route]): number {
  const order = Object.keys(CASES);
  return order.indexOf(a) - order.indexOf(b);
}
