import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestApi, type Answered, type TestApi, type TestUser } from '../testing/http-api.js';
import { sumCatalog } from '../testing/studio-script.js';
import type { ApprovalView } from './presenters/approval.js';
import { reviewView, type InboxItemView, type ReviewView } from './presenters/review.js';
import type { ArtifactView } from './presenters/artifact.js';
import type { Page } from './presenters/page.js';
import type { SessionView } from './presenters/session.js';

describe('gates over HTTP', () => {
  let api: TestApi;
  let user: TestUser;

  beforeAll(async () => {
    api = await startTestApi({ catalog: sumCatalog() }, {}, { ATELIER_ALLOW_UNSANDBOXED: '1' });
    user = await api.user();
    await api.app.startWorker();
  });
  afterAll(async () => api.close());

  const get = async <T>(path: string): Promise<T> =>
    (await api.call('GET', `/api/v1${path}`, { token: user.token })).json as T;

  /** A mission that has come to its gate. */
  const gate = async (): Promise<ApprovalView> => {
    const { session } = await api.app.sessions.submit(user, { mission: 'Add two numbers.' });
    await api.until(user, session.sessionId, 'awaiting_approval');
    const { pendingApprovalId } = await get<SessionView>(`/sessions/${session.sessionId}`);
    return get<ApprovalView>(`/approvals/${pendingApprovalId}`);
  };
  const decide = (id: string, json: Record<string, unknown>): Promise<Answered> =>
    api.call('POST', `/api/v1/approvals/${id}/decision`, { token: user.token, json });
  const hashes = (approval: ApprovalView): string[] => approval.artifacts.map(({ sha256 }) => sha256);

  it('shows what is to be decided, and what it would be to ask for changes', async () => {
    const approval = await gate();
    expect(approval).toMatchObject({
      status: 'pending',
      gate: 'human_gate',
      gateLabel: 'PRD and tech spec',
      changeTargets: ['pm', 'arch'],
      decidedBy: null,
    });
    expect(approval.artifacts.map(({ type }) => type)).toEqual(['prd', 'tech_spec', 'scaffold']);
    expect((await get<Page<ApprovalView>>(`/sessions/${approval.sessionId}/approvals`)).items).toEqual([
      approval,
    ]);
  });

  it('lets one of many deciders through; the others get 409 with the decision that stands', async () => {
    const approval = await gate();
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, n) =>
        decide(approval.id, { decision: n % 2 ? 'approve' : 'reject', artifactHashes: hashes(approval) }),
      ),
    );
    const [won, ...more] = answers
      .filter(({ status }) => status === 200)
      .map(({ json }) => json as ApprovalView);
    expect(more).toEqual([]);
    expect(won).toMatchObject({ decidedBy: user.userId, decidedAt: expect.any(String) });
    for (const { status, json } of answers.filter((answer) => answer.status !== 200)) {
      expect([status, json]).toEqual([
        409,
        expect.objectContaining({
          code: 'already_decided',
          approval: expect.objectContaining({ id: approval.id, status: won?.status }),
        }),
      ]);
    }
  });

  it('refuses a decision for something else than what is shown, with what is shown', async () => {
    const approval = await gate();
    const { status, json } = await decide(approval.id, {
      decision: 'approve',
      artifactHashes: ['0'.repeat(64), ...hashes(approval).slice(1)],
    });
    expect(status).toBe(409);
    expect(json).toMatchObject({ code: 'stale_artifacts', artifacts: approval.artifacts });
    expect(await get<ApprovalView>(`/approvals/${approval.id}`)).toEqual(approval);
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['no decision', {}, 'decision'],
    ['an unknown decision', { decision: 'maybe' }, 'decision'],
    ['changes without a comment', { decision: 'request_changes' }, 'comment'],
    [
      'changes by a phase that takes none',
      { decision: 'request_changes', comment: 'x', target: 'qa' },
      'target',
    ],
    ['a target for an approval', { decision: 'approve', target: 'pm' }, 'target'],
    [
      'edits with a rejection',
      { decision: 'reject', edits: [{ path: 'docs/prd.md', content: 'x' }] },
      'edits',
    ],
    [
      'an edit of what was not shown',
      { decision: 'approve', edits: [{ path: '../x', content: 'x' }] },
      'edits',
    ],
  ])('names the field of %s', async (_what, input, field) => {
    const approval = await gate();
    const { status, json } = await decide(approval.id, { artifactHashes: hashes(approval), ...input });
    expect(status).toBe(400);
    expect(json).toMatchObject({ problems: expect.arrayContaining([expect.objectContaining({ field })]) });
  });

  it('takes an edit along, so that the code is written for the edited document', async () => {
    const approval = await gate();
    const content = '# Sum, edited <b>by hand</b>\n';
    const { status, json } = await decide(approval.id, {
      decision: 'approve',
      artifactHashes: hashes(approval),
      edits: [{ path: 'docs/prd.md', content }],
    });
    expect([status, json]).toEqual([200, expect.objectContaining({ status: 'approved' })]);
    await api.until(user, approval.sessionId, 'completed');
    const { items } = await get<Page<ArtifactView>>(`/sessions/${approval.sessionId}/artifacts?newest=true`);
    const prd = items.find(({ type }) => type === 'prd');
    expect(prd).toMatchObject({ version: 2, metadata: { editedBy: user.userId } });
    const read = await api.call('GET', `/api/v1/artifacts/${prd?.id}/content`, { token: user.token });
    expect(read.text).toBe(content);
    expect(read.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(read.headers.get('content-security-policy')).toMatch(/sandbox/);
    expect(read.headers.get('etag')).toBe(`"${prd?.sha256}"`);
  });
});

describe('a gate that a team decides over HTTP', () => {
  let api: TestApi;
  let owner: TestUser;
  let ann: TestUser;
  let ben: TestUser;
  let admin: TestUser;

  beforeAll(async () => {
    api = await startTestApi({ catalog: sumCatalog() }, {}, { ATELIER_ALLOW_UNSANDBOXED: '1' });
    [owner, ann, ben, admin] = await Promise.all([
      api.user('submitter'),
      api.user('approver'),
      api.user('approver'),
      api.user('admin'),
    ]);
    await api.app.startWorker();
  });
  afterAll(async () => api.close());

  const call = (who: TestUser, method: string, path: string, json?: unknown): Promise<Answered> =>
    api.call(method, `/api/v1${path}`, { token: who.token, ...(json !== undefined && { json }) });
  const review = async (who: TestUser, id: string): Promise<ReviewView> =>
    reviewView.parse((await call(who, 'GET', `/approvals/${id}/review`)).json);

  it('takes two approvals of others than the owner, and tells everybody where it stands', async () => {
    const policy = await call(admin, 'PUT', '/policies/studio/human_gate', {
      approvals: 2,
      allowSelfApproval: false,
    });
    expect(policy.json).toMatchObject({ isSet: true, effective: { approvals: 2, allowSelfApproval: false } });
    const { session } = await api.app.sessions.submit(owner, { mission: 'Add two numbers.' });
    await api.until(owner, session.sessionId, 'awaiting_approval');
    const inbox = (await call(ann, 'GET', '/approvals?scope=team')).json as Page<InboxItemView>;
    const [item] = inbox.items;
    expect(item).toMatchObject({
      sessionId: session.sessionId,
      owner: { id: owner.userId },
      mine: false,
      votes: { given: 0, needed: 2 },
      canDecide: true,
      cannotDecideBecause: null,
    });
    const id = item?.id ?? '';
    expect((await review(owner, id)).can).toEqual({
      ...{ decide: false, approve: false, bypass: false, comment: true, claim: false },
      because: 'It is your own mission, and the policy wants somebody else to decide.',
    });
    const shown = await review(ann, id);
    const wish = { decision: 'approve', artifactHashes: shown.artifacts.map(({ sha256 }) => sha256) };
    expect((await call(owner, 'POST', `/approvals/${id}/decision`, wish)).status).toBe(403);
    const first = await call(ann, 'POST', `/approvals/${id}/decision`, { ...wish, comment: 'Good.' });
    expect([first.status, first.json]).toEqual([
      200,
      expect.objectContaining({ status: 'pending', votes: { given: 1, needed: 2 } }),
    ]);
    expect((await review(ann, id)).can).toMatchObject({ decide: true, approve: false });
    expect((await call(ann, 'POST', `/approvals/${id}/decision`, wish)).json).toMatchObject({
      code: 'already_voted',
      votes: { given: 1, needed: 2 },
    });
    const second = await call(ben, 'POST', `/approvals/${id}/decision`, wish);
    expect(second.json).toMatchObject({
      status: 'approved',
      votes: { given: 2, needed: 2 },
      comment: 'Good.',
    });
    await api.until(owner, session.sessionId, 'completed');
    const [past] = (await review(admin, id)).history;
    expect(past).toMatchObject({
      revision: 1,
      status: 'approved',
      decidedBy: { id: ben.userId, name: 'approver' },
      votes: [
        { person: { id: ann.userId }, comment: 'Good.', counts: true },
        { person: { id: ben.userId }, comment: null, counts: true },
      ],
    });
    // What a link leads to still shows the decision, and nothing more can be done there.
    expect((await review(ann, id)).can).toMatchObject({
      decide: false,
      comment: false,
      because: 'It is closed: approved.',
    });
  });

  it('refuses the team to those who do not approve', async () => {
    for (const path of ['/approvals?scope=team', '/sessions?scope=team'])
      expect((await call(owner, 'GET', path)).json).toMatchObject({ code: 'forbidden', needed: 'approver' });
  });
});
