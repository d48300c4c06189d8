import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { repositories } from '../db/repositories/index.js';
import { startTestApi, type TestApi, type TestUser } from '../testing/http-api.js';
import { sumCatalog } from '../testing/studio-script.js';
import type { ModelCallView, OpenedCallView } from './presenters/model-call.js';

const KEY = 'sk-test-1234567890-abcdefghij';

describe('the model calls of an execution', () => {
  let api: TestApi;
  let owner: TestUser;
  let sessionId: string;
  let executions: { id: number; agentType: string; status: string }[];
  let tries = 0;

  const calls = async (id: number): Promise<ModelCallView[]> =>
    (await api.call('GET', `/api/v1/executions/${id}/calls`, { token: owner.token })).json as ModelCallView[];
  const open = async (id: number, number: number): Promise<OpenedCallView> =>
    (await api.call('GET', `/api/v1/executions/${id}/calls/${number}`, { token: owner.token }))
      .json as OpenedCallView;

  beforeAll(async () => {
    const catalog = sumCatalog({
      write_prd: () => {
        tries += 1;
        if (tries === 1) return Object.assign(new Error(`Busy just now, ${KEY}`), { status: 503 });
        if (tries === 2) return 'This is no JSON.';
        return undefined;
      },
      // Fails for good at its first execution, after a reply that the second one takes over.
      write_tech_spec: ({ n }) =>
        n === 1 ? Object.assign(new Error('No such model'), { status: 404 }) : undefined,
    });
    api = await startTestApi({ catalog }, {}, { ATELIER_ALLOW_UNSANDBOXED: '1' });
    owner = await api.user('admin');
    const { session } = await api.app.sessions.submit(owner, { mission: 'Add two numbers' });
    ({ sessionId } = session);
    await api.app.runner.run(sessionId, new AbortController().signal);
    executions = await api.app.activity.executions(owner, sessionId, 0, 100);
  });
  afterAll(async () => api.close());

  it('are all there with every try, the failed ones with their error', async () => {
    const [pm] = executions;
    expect(await calls(pm?.id ?? 0)).toEqual([
      expect.objectContaining({
        number: 1,
        question: 1,
        replyHash: null,
        error: expect.stringMatching(/Busy/),
      }),
      expect.objectContaining({ number: 2, question: 1, outcome: 'settled', error: null }),
      expect.objectContaining({ number: 3, question: 2, outcome: 'settled', error: null }),
    ]);
    expect(executions.find(({ agentType }) => agentType === 'arch')?.status).toBe('failed');
  });

  it('open with the messages as they were sent and the reply', async () => {
    const [pm] = executions;
    const second = await open(pm?.id ?? 0, 2);
    expect(second.messages?.map(({ role }) => role)).toEqual(['system', 'user']);
    expect(JSON.stringify(second.messages)).toContain('Add two numbers');
    expect(second.reply?.text).toBe('This is no JSON.');
    const third = await open(pm?.id ?? 0, 3);
    expect(JSON.stringify(third.messages)).toContain('This is no JSON.');
    expect((await open(pm?.id ?? 0, 1)).reply).toBeNull();
    expect(third.inputTokens).toBeGreaterThan(0);
    expect(third.requestHash).toMatch(/^[0-9a-f]{64}$/);
  });

  it('belong to the execution that made them, when a step is done again', async () => {
    await api.app.sessions.retry(owner, sessionId);
    await api.app.runner.run(sessionId, new AbortController().signal);
    const arch = (await api.app.activity.executions(owner, sessionId, 0, 100)).filter(
      ({ agentType }) => agentType === 'arch',
    );
    expect(arch.map(({ status }) => status)).toEqual(['failed', 'completed']);
    const [failed, completed] = await Promise.all(arch.map(({ id }) => calls(id)));
    expect(failed).toEqual([
      expect.objectContaining({ number: 1, error: expect.stringContaining('No such model') }),
    ]);
    expect(completed).toEqual([expect.objectContaining({ number: 1, error: null, replayed: false })]);
  });

  it('never show a key, not even one that the provider quoted', async () => {
    for (const { id } of executions)
      for (const { number } of await calls(id))
        expect(JSON.stringify(await open(id, number))).not.toContain(KEY);
  });

  it('show messages in blocks as they are, with what may be cached', async () => {
    const { usage } = repositories(api.app.dataSource.manager);
    const [call] = await usage.calls(sessionId);
    const blocks = [{ text: 'The same for all', cache: true }, { text: 'This one' }];
    const hash = await api.app.usage.keep([{ role: 'user', content: blocks }]);
    await api.app.dataSource.query('UPDATE model_calls SET request_hash = $2 WHERE id = $1', [
      call?.id,
      hash,
    ]);
    expect((await open(executions[0]?.id ?? 0, 1)).messages).toEqual([
      {
        role: 'user',
        content: [
          { text: 'The same for all', cache: true },
          { text: 'This one', cache: false },
        ],
      },
    ]);
  });

  it('are marked where a later execution took a reply over instead of paying again', async () => {
    // As after a crash between the reply and the step's commit.
    const [pm] = executions;
    await api.app.dataSource.query(
      `INSERT INTO agent_executions (session_id, agent_type, phase, attempt, step_key, status, fence, started_at)
       SELECT session_id, agent_type, phase, 2, step_key, 'completed', fence, clock_timestamp()
         FROM agent_executions WHERE id = $1`,
      [pm?.id],
    );
    const again = (await api.app.activity.executions(owner, sessionId, 0, 100)).at(-1);
    const taken = await calls(again?.id ?? 0);
    expect(taken.map(({ question, replayed }) => ({ question, replayed }))).toEqual([
      { question: 1, replayed: true },
      { question: 2, replayed: true },
    ]);
    expect(await calls(pm?.id ?? 0)).toHaveLength(3);
  });

  it('answer 404 for a call that there is not', async () => {
    const path = `/api/v1/executions/${executions[0]?.id}/calls`;
    for (const number of ['0', '4', '-1', 'x']) {
      const { status } = await api.call('GET', `${path}/${number}`, { token: owner.token });
      expect([number, status]).toEqual([number, 404]);
    }
  });
});
