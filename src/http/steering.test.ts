import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestApi, type TestApi, type TestUser } from '../testing/http-api.js';
import { sumCatalog } from '../testing/studio-script.js';

describe('steering over HTTP', () => {
  let api: TestApi;
  let user: TestUser;
  let path: string;
  let sessionId: string;

  beforeAll(async () => {
    api = await startTestApi({ catalog: sumCatalog() });
    user = await api.user();
    sessionId = (await api.app.sessions.submit(user, { mission: 'Add two numbers' })).session.sessionId;
    path = `/api/v1/sessions/${sessionId}`;
    await api.app.startWorker();
    await api.until(user, sessionId, 'awaiting_approval');
  });
  afterAll(async () => api.close());

  const post = (to: string, json?: unknown, headers: Record<string, string> = {}) =>
    api.call('POST', `${path}${to}`, { token: user.token, json, headers });

  it('answers a repeated fork as it answered the first, and makes none', async () => {
    const headers = { 'Idempotency-Key': 'fork-1' };
    const first = await post('/fork', { name: 'The other way' }, headers);
    expect([first.status, first.headers.get('idempotent-replay')]).toEqual([202, null]);
    expect(first.json).toMatchObject({
      parentSessionId: sessionId,
      name: 'The other way',
      status: 'pending',
    });
    const { sessionId: forkId } = first.json as { sessionId: string };
    expect(first.headers.get('location')).toBe(`/api/v1/sessions/${forkId}`);
    await api.until(user, forkId, 'awaiting_approval');
    const again = await post('/fork', { name: 'The other way' }, headers);
    expect([again.status, again.headers.get('idempotent-replay'), again.text]).toEqual([
      202,
      'true',
      first.text,
    ]);
    expect((await post('/fork', { name: 'Another' }, headers)).json).toMatchObject({
      code: 'idempotency_mismatch',
    });
  });

  it('forks from a checkpoint of the history, without a body from the newest, and from none of another session', async () => {
    const history = await api.call('GET', `${path}/history`, { token: user.token });
    const { items } = history.json as { items: { checkpointId: string }[] };
    const fork = await post('/fork', { checkpointId: items.at(-1)?.checkpointId });
    expect(fork.status).toBe(202);
    expect((await post('/fork')).status).toBe(202);
    expect((await post('/fork', { checkpointId: 'nonsense' })).status).toBe(404);
    expect((await post('/fork', { checkpoint: 'x' })).json).toMatchObject({
      problems: [{ field: 'checkpoint' }],
    });
  });

  it('begins a phase again, and names what cannot be', async () => {
    expect((await post('/rerun', { phase: 'lunch' })).json).toMatchObject({ problems: [{ field: 'phase' }] });
    expect((await post('/rerun', {})).json).toMatchObject({ problems: [{ field: 'phase' }] });
    const early = await post('/rerun', { phase: 'eng' });
    expect([early.status, early.json]).toEqual([409, expect.objectContaining({ code: 'phase_not_reached' })]);
    const again = await post('/rerun', { phase: 'arch' });
    expect(again.status).toBe(202);
    await api.until(user, sessionId, 'awaiting_approval');
    const { json } = await api.call('GET', `${path}/executions`, { token: user.token });
    expect((json as { items: { agent: string }[] }).items.map(({ agent }) => agent)).toEqual([
      'pm',
      'arch',
      'arch',
    ]);
  });
});
