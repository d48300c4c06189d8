import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '../core/ids.js';
import { repositories } from '../db/repositories/index.js';
import { echoKind } from '../testing/echo-kind.js';
import { startTestApi, type Answered, type TestApi, type TestUser } from '../testing/http-api.js';
import type { Page } from './presenters/page.js';
import type { SessionSummaryView, SessionView } from './presenters/session.js';

const SESSIONS = '/api/v1/sessions';

describe('sessions over HTTP', () => {
  let api: TestApi;
  let user: TestUser;
  const submit = (json: unknown, key?: string): Promise<Answered> =>
    api.call('POST', SESSIONS, {
      token: user.token,
      json,
      headers: key === undefined ? {} : { 'Idempotency-Key': key },
    });
  const list = async (query: string, token = user.token): Promise<Page<SessionSummaryView>> => {
    const { status, json } = await api.call('GET', `${SESSIONS}?${query}`, { token });
    expect(status).toBe(200);
    return json as Page<SessionSummaryView>;
  };

  beforeAll(async () => {
    api = await startTestApi({ kinds: [echoKind] });
    user = await api.user();
  });
  afterAll(async () => api.close());

  it('accepts a mission with 202 and says where it is', async () => {
    const { status, headers, json } = await submit({ mission: ' Build it ', projectName: 'P', name: 'N' });
    const session = json as SessionView;
    expect(status).toBe(202);
    expect(headers.get('location')).toBe(`${SESSIONS}/${session.sessionId}`);
    expect(session).toMatchObject({ status: 'pending', mission: 'Build it', projectName: 'P', name: 'N' });
    const { json: again } = await api.call('GET', `${SESSIONS}/${session.sessionId}`, { token: user.token });
    expect(again).toEqual({
      ...session,
      ownerName: 'submitter',
      budget: expect.objectContaining({ unpricedCalls: 0 }),
    });
  });

  it('opens a session that waits for messages with 201', async () => {
    const { status, json } = await submit({ kind: 'conversation' });
    expect([status, json]).toEqual([201, expect.objectContaining({ status: 'active', mission: '' })]);
  });

  describe('with an Idempotency-Key', () => {
    it('answers a repeated request the same to the byte, whatever became of the session', async () => {
      const first = await submit({ mission: 'Build it', name: 'First' }, 'a key');
      const { sessionId } = first.json as SessionView;
      await api.call('PATCH', `${SESSIONS}/${sessionId}`, { token: user.token, json: { name: 'Other' } });
      await api.call('POST', `${SESSIONS}/${sessionId}/cancel`, { token: user.token });
      const second = await submit({ mission: 'Build it', name: 'First' }, 'a key');
      expect(first.headers.get('idempotent-replay')).toBeNull();
      expect(second.headers.get('idempotent-replay')).toBe('true');
      expect([second.status, second.text]).toEqual([first.status, first.text]);
      expect(second.headers.get('location')).toBe(first.headers.get('location'));
    });

    it('makes one session out of twenty requests at once', async () => {
      const key = newId();
      const mission = `Once only ${key}`;
      const answers = await Promise.all(Array.from({ length: 20 }, () => submit({ mission }, key)));
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
      expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
      expect(answers.filter(({ headers }) => headers.get('idempotent-replay') === null)).toHaveLength(1);
      expect((await list(`q=${encodeURIComponent(mission)}`)).items).toHaveLength(1);
    });

    it('refuses another request under a used key with 409', async () => {
      await submit({ mission: 'Build it' }, 'used');
      const { status, json } = await submit({ mission: 'Build something else' }, 'used');
      expect([status, json]).toEqual([409, expect.objectContaining({ code: 'idempotency_mismatch' })]);
    });

    it('keeps the keys of different people apart', async () => {
      const other = await api.user();
      const mine = await submit({ mission: 'Build it' }, 'common');
      const theirs = await api.call('POST', SESSIONS, {
        token: other.token,
        json: { mission: 'Build it' },
        headers: { 'Idempotency-Key': 'common' },
      });
      expect(theirs.headers.get('idempotent-replay')).toBeNull();
      expect(theirs.text).not.toBe(mine.text);
    });

    it('takes a message once', async () => {
      const { sessionId } = (await submit({ kind: 'conversation' })).json as SessionView;
      const path = `${SESSIONS}/${sessionId}/messages`;
      const say = (content: string) =>
        api.call('POST', path, {
          token: user.token,
          json: { content },
          headers: { 'Idempotency-Key': 'hello' },
        });
      const answers = await Promise.all([say('Hello'), say('Hello'), say('Hello')]);
      expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
      expect(answers[0]?.json).toMatchObject({ turnNumber: 1 });
      expect((await say('Goodbye')).status).toBe(409);
      const { json } = await api.call('GET', path, { token: user.token });
      expect((json as Page<unknown>).items).toHaveLength(1);
    });
  });

  it('pages through all sessions, newest first, each once', async () => {
    const reader = await api.user();
    const made: string[] = [];
    for (let n = 0; n < 7; n += 1) {
      const { session } = await api.app.sessions.submit(reader, { mission: `Mission ${n}` });
      made.unshift(session.sessionId);
    }
    const seen: string[] = [];
    let cursor = '';
    do {
      const page: Page<SessionSummaryView> = await list(
        `limit=3${cursor && `&cursor=${cursor}`}`,
        reader.token,
      );
      expect(page.items.length).toBeLessThanOrEqual(3);
      seen.push(...page.items.map(({ sessionId }) => sessionId));
      cursor = page.nextCursor ?? '';
    } while (cursor);
    expect(seen).toEqual(made);
  });

  it('does not take a cursor that points at a stranger’s session', async () => {
    const other = await api.user();
    const { session } = await api.app.sessions.submit(other, { mission: 'Theirs' });
    const cursor = Buffer.from(`sessions:${session.sessionId}`).toString('base64url');
    const { status } = await api.call('GET', `${SESSIONS}?cursor=${cursor}`, { token: user.token });
    expect(status).toBe(400);
  });

  it('filters lists, and takes wildcards in the search for what they are', async () => {
    const reader = await api.user();
    const { app } = api;
    await app.sessions.submit(reader, { mission: 'Give 100% to everybody', projectName: 'Shop' });
    const { session } = await app.sessions.submit(reader, { mission: 'Give 100 to nobody' });
    await app.sessions.cancel(reader, session.sessionId);
    const found = async (query: string) =>
      (await list(query, reader.token)).items.map(({ missionPreview }) => missionPreview);
    expect(await found('q=100%25')).toEqual(['Give 100% to everybody']);
    expect(await found('project=Shop')).toEqual(['Give 100% to everybody']);
    expect(await found('status=cancelled')).toEqual(['Give 100 to nobody']);
    expect(await found('kind=conversation')).toEqual([]);
    const [pm] = await app.prompts.list('pm');
    expect(await found(`promptVersion=${pm?.id ?? 0}`)).toHaveLength(2);
    expect(await found('promptVersion=999999')).toEqual([]);
  });

  it('shows lists without long texts, but with the gate that waits', async () => {
    const reader = await api.user();
    const { session } = await api.app.sessions.submit(reader, { mission: `${'é'.repeat(279)}🧮 and more` });
    await repositories(api.app.dataSource.manager).approvals.open({
      id: 'gate-1',
      sessionId: session.sessionId,
      gate: 'human_gate',
      interruptId: 'i',
      checkpointId: 'c',
      artifacts: [],
      expiresAt: new Date(Date.now() + 60_000),
    });
    const [item] = (await list('', reader.token)).items;
    expect(item).toMatchObject({ missionPreview: `${'é'.repeat(279)}🧮`, pendingApprovalId: 'gate-1' });
    expect(item).not.toHaveProperty('mission');
    expect(item).not.toHaveProperty('summary');
  });

  it('renames, pins, and takes a name away', async () => {
    const { sessionId } = (await submit({ mission: 'Build it' })).json as SessionView;
    const patch = async (json: unknown) =>
      (await api.call('PATCH', `${SESSIONS}/${sessionId}`, { token: user.token, json })).json;
    expect(await patch({ name: ' Counter ', isPinned: true })).toMatchObject({
      name: 'Counter',
      isPinned: true,
    });
    expect(await patch({ name: null })).toMatchObject({ name: null, isPinned: true });
    expect(await patch({})).toMatchObject({ status: 400 });
    expect(await patch({ name: 'X', status: 'completed' })).toMatchObject({
      problems: [{ field: 'status' }],
    });
  });

  it('cancels once however often it is asked, retries, and refuses what the status does not allow', async () => {
    const { sessionId } = (await submit({ mission: 'Build it' })).json as SessionView;
    const act = (what: string) => api.call('POST', `${SESSIONS}/${sessionId}/${what}`, { token: user.token });
    expect((await act('cancel')).json).toMatchObject({ status: 'cancelled' });
    expect((await act('cancel')).status).toBe(200);
    expect((await act('retry')).json).toMatchObject({ status: 'pending', completedAt: null });
    await api.app.dataSource.query(`UPDATE sessions SET status = 'completed' WHERE session_id = $1`, [
      sessionId,
    ]);
    const refused = await act('retry');
    expect([refused.status, refused.json]).toEqual([
      409,
      expect.objectContaining({ code: 'transition_refused', allowed: [] }),
    ]);
  });

  it('deletes for good as far as anybody sees', async () => {
    const { sessionId } = (await submit({ mission: 'Delete me' })).json as SessionView;
    const path = `${SESSIONS}/${sessionId}`;
    expect((await api.call('DELETE', path, { token: user.token })).status).toBe(204);
    expect((await api.call('GET', path, { token: user.token })).status).toBe(404);
    expect((await api.call('DELETE', path, { token: user.token })).status).toBe(404);
    expect((await list('q=Delete')).items).toEqual([]);
  });
});
