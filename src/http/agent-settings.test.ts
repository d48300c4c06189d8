import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { formatRootKeys, newRootKey } from '../core/root-keys.js';
import { startTestApi, type Answered, type TestApi, type TestUser } from '../testing/http-api.js';
import type { AgentSettingsView } from './presenters/agent-settings.js';

const KEY = 'sk-ant-api03-abcdefghij-WXYZ';
const AGENTS = '/api/v1/settings/agents';

let api: TestApi;
let admin: TestUser;
const call = (method: string, path: string, json?: unknown, headers?: Record<string, string>) =>
  api.call(method, path, { token: admin.token, json, headers });
const agent = ({ json }: Answered): AgentSettingsView => json as AgentSettingsView;
const pm = async (): Promise<AgentSettingsView | undefined> => {
  const { items } = (await call('GET', AGENTS)).json as { items: AgentSettingsView[] };
  return items.find(({ profile }) => profile === 'pm');
};

beforeAll(async () => {
  api = await startTestApi(
    {},
    {},
    { OPENAI_API_KEY: 'sk-env-0987654321', ATELIER_SECRET_KEYS: formatRootKeys([newRootKey()]) },
  );
  admin = await api.user('admin');
});
afterAll(async () => api.close());

describe('the agents’ settings', () => {
  it('name the model that is called, and whose key calls it', async () => {
    expect(await pm()).toMatchObject({
      provider: 'anthropic',
      inUse: expect.stringMatching(/^openai:/),
      problem: null,
      key: { source: 'none', lastFour: null },
      today: { used: { runs: 0, tokens: 0, usd: 0 } },
    });
    const moved = await call('PATCH', `${AGENTS}/pm`, { provider: 'openai', model: 'gpt-5.5' });
    expect(agent(moved)).toMatchObject({ inUse: 'openai:gpt-5.5', key: { source: 'env' } });
    // The environment's key does not go to an address of the profile's own.
    const own = await call('PATCH', `${AGENTS}/pm`, {
      envOverrides: { OPENAI_BASE_URL: 'https://llm.example' },
    });
    expect(agent(own)).toMatchObject({ key: { source: 'none' } });
  });

  it('take a key and show its last four characters, nowhere more', async () => {
    const stored = await call('PUT', `${AGENTS}/pm/key`, { apiKey: KEY });
    expect(stored.status).toBe(200);
    expect(agent(stored).key).toEqual({ source: 'own', lastFour: 'WXYZ' });
    const everything = [stored, await call('GET', AGENTS), await call('GET', '/api/v1/settings')];
    for (const { text } of everything) expect(text).not.toContain(KEY.slice(0, -4));
    const cleared = await call('DELETE', `${AGENTS}/pm/key`);
    expect(agent(cleared).key).toEqual({ source: 'none', lastFour: null });
  });

  it('refuse what is no key without repeating it, unknown agents, and unknown fields by name', async () => {
    const broken = await call('PUT', `${AGENTS}/pm/key`, { apiKey: 'sk-abc def-secret' });
    expect([broken.status, broken.text]).toEqual([400, expect.not.stringContaining('def-secret')]);
    expect((await call('PUT', `${AGENTS}/nobody/key`, { apiKey: KEY })).status).toBe(404);
    expect((await call('PATCH', `${AGENTS}/nobody`, { dailyLimit: 1 })).status).toBe(404);
    expect((await call('PATCH', `${AGENTS}/%00`, { dailyLimit: 1 })).status).toBe(400);
    expect((await call('PATCH', `${AGENTS}/pm`, { dailyLimt: 1 })).json).toMatchObject({
      problems: [{ field: 'dailyLimt', message: 'is not a known field' }],
    });
  });
});

describe('a session’s budget', () => {
  it('is given with the mission, shown with the session, and extended once per Idempotency-Key', async () => {
    const made = await call('POST', '/api/v1/sessions', {
      mission: 'Minesweeper',
      options: { budget: { usd: 5 } },
    });
    const { sessionId } = made.json as { sessionId: string };
    const path = `/api/v1/sessions/${sessionId}`;
    const usd = (limit: number) => ({ limit, used: 0, reserved: 0 });
    expect((await call('GET', path)).json).toMatchObject({
      budget: { usd: usd(5), tokens: { limit: null } },
    });
    const add = { add: { usd: 2.5 } };
    const key = { 'idempotency-key': 'more' };
    for (const replayed of [null, 'true']) {
      const { json, headers } = await call('POST', `${path}/budget`, add, key);
      expect([json, headers.get('idempotent-replay')]).toEqual([
        expect.objectContaining({ usd: usd(7.5) }),
        replayed,
      ]);
    }
    expect((await call('POST', `${path}/budget`, { add: { usd: 3 } }, key)).json).toMatchObject({
      code: 'idempotency_mismatch',
    });
    expect((await call('GET', `${path}/budget`)).json).toMatchObject({ usd: usd(7.5) });
    expect((await call('POST', `${path}/budget`, { add: { tokens: 10 } })).json).toMatchObject({
      problems: [{ field: 'tokens', message: 'has no limit in this session' }],
    });
    expect((await call('POST', `${path}/budget`, { add: {} })).status).toBe(400);
  });
});
