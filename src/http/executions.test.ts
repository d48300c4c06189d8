import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestApi, type TestApi, type TestUser } from '../testing/http-api.js';
import { sumCatalog } from '../testing/studio-script.js';
import type { ListedExecutionView } from './presenters/execution.js';
import type { Page } from './presenters/page.js';

describe('the executions of all sessions over HTTP', () => {
  let api: TestApi;
  let owner: TestUser;
  const ids: string[] = [];
  const list = async (query: string, token = owner.token): Promise<Page<ListedExecutionView>> => {
    const { status, json } = await api.call('GET', `/api/v1/executions?${query}`, { token });
    expect(status).toBe(200);
    return json as Page<ListedExecutionView>;
  };

  beforeAll(async () => {
    api = await startTestApi({ catalog: sumCatalog() }, {}, { ATELIER_ALLOW_UNSANDBOXED: '1' });
    owner = await api.user();
    for (const name of ['First', 'Second']) {
      const { session } = await api.app.sessions.submit(owner, { mission: 'Add two numbers', name });
      await api.app.runner.run(session.sessionId, new AbortController().signal);
      ids.push(session.sessionId);
    }
  });
  afterAll(async () => api.close());

  it('come newest first, with what says whose they are, page by page', async () => {
    const first = await list('limit=3');
    expect(first.items.map(({ agent, sessionName }) => [agent, sessionName])).toEqual([
      ['arch', 'Second'],
      ['pm', 'Second'],
      ['arch', 'First'],
    ]);
    expect(first.items[0]).toMatchObject({ sessionId: ids[1], missionPreview: 'Add two numbers' });
    const second = await list(`limit=3&cursor=${first.nextCursor}`);
    expect(second.items.map(({ agent, sessionName }) => [agent, sessionName])).toEqual([['pm', 'First']]);
    expect(second.nextCursor).toBeNull();
  });

  it('can be narrowed by agent, status, model, time and cost', async () => {
    const [one] = (await list('limit=1')).items;
    expect(one?.costUsd).toBeGreaterThan(0);
    const counts = async (query: string) => (await list(query)).items.length;
    expect(await counts('profile=pm')).toBe(2);
    expect(await counts('profile=pm&status=completed')).toBe(2);
    expect(await counts('status=failed')).toBe(0);
    expect(await counts(`model=${encodeURIComponent(one?.model ?? '')}`)).toBe(4);
    expect(await counts('model=another')).toBe(0);
    expect(await counts('minSeconds=0&minCostUsd=0.000001')).toBe(4);
    expect(await counts('minSeconds=3600')).toBe(0);
    expect(await counts('minCostUsd=100')).toBe(0);
  });

  it('are the caller’s own, or the team’s for approvers alone', async () => {
    const [stranger, approver] = await Promise.all([api.user('submitter'), api.user('approver')]);
    expect((await list('', stranger.token)).items).toEqual([]);
    const refused = await api.call('GET', '/api/v1/executions?scope=team', { token: stranger.token });
    expect(refused.status).toBe(403);
    expect((await list('', approver.token)).items).toEqual([]);
    expect((await list('scope=team', approver.token)).items).toHaveLength(4);
  });

  it('go with their session', async () => {
    await api.app.sessions.remove(owner, ids[0] ?? '');
    expect((await list('')).items.map(({ sessionName }) => sessionName)).toEqual(['Second', 'Second']);
  });
});

describe('lists of forks and of pinned sessions over HTTP', () => {
  it('hold these and no others', async () => {
    const api = await startTestApi({ catalog: sumCatalog() }, {}, { ATELIER_ALLOW_UNSANDBOXED: '1' });
    try {
      const user = await api.user();
      const { session } = await api.app.sessions.submit(user, { mission: 'Add two numbers' });
      await api.app.runner.run(session.sessionId, new AbortController().signal);
      const { session: fork } = await api.app.steering.fork(user, session.sessionId, { name: 'Other' });
      await api.app.sessions.update(user, fork.sessionId, { isPinned: true });
      const found = async (query: string): Promise<string[]> => {
        const { json } = await api.call('GET', `/api/v1/sessions?${query}`, { token: user.token });
        return (json as Page<{ sessionId: string }>).items.map(({ sessionId }) => sessionId);
      };
      expect(await found(`parent=${session.sessionId}`)).toEqual([fork.sessionId]);
      expect(await found(`parent=${fork.sessionId}`)).toEqual([]);
      expect(await found('pinned=true')).toEqual([fork.sessionId]);
      expect(await found('pinned=false')).toEqual([session.sessionId]);
    } finally {
      await api.close();
    }
  });
});
