import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createModelCatalog } from '../adapters/llm/catalog.js';
import { costOf } from '../adapters/llm/cost.js';
import { loadConfig } from '../core/config.js';
import { startTestApi, type TestApi, type TestUser } from '../testing/http-api.js';
import { SUM_ANSWERS } from '../testing/studio-script.js';
import { DIALECTS, startWireServer, type WireServer } from '../testing/wire-server.js';

describe("a provider's cache", () => {
  let wire: WireServer;
  let api: TestApi;
  let user: TestUser;
  let sessionId: string;
  beforeAll(async () => {
    const dialect = DIALECTS['anthropic'];
    if (dialect === undefined) throw new Error('no dialect');
    wire = await startWireServer(dialect);
    const config = loadConfig({ ANTHROPIC_API_KEY: 'sk-test-0123456789' });
    const catalog = createModelCatalog(config, { baseUrls: { anthropic: wire.url } });
    wire.behave(
      ...['write_prd', 'write_tech_spec'].map((task) => ({
        kind: 'answer' as const,
        text: [JSON.stringify(SUM_ANSWERS[task])],
        cacheWrites: 3,
      })),
    );
    api = await startTestApi({ catalog });
    user = await api.user();
    sessionId = (await api.app.sessions.submit(user, { mission: 'Add two numbers' })).session.sessionId;
    await api.app.runner.run(sessionId, new AbortController().signal);
  });
  afterAll(async () => {
    await api.close();
    await wire.close();
  });

  it('is asked to keep the system prompt and what stays the same, and to hold the answer to its form', () => {
    expect(wire.requests).toHaveLength(2);
    for (const { body } of wire.requests) {
      expect(body).toMatchObject({
        system: [{ cache_control: { type: 'ephemeral' } }],
        messages: [{ content: [{ cache_control: { type: 'ephemeral' } }, { type: 'text' }] }],
        output_config: { format: { type: 'json_schema' } },
      });
      const [stable, rest] = (body['messages'] as { content: { text: string }[] }[])[0]?.content ?? [];
      expect(stable?.text).toContain('<mission>\nAdd two numbers\n</mission>');
      expect(rest?.text).toMatch(/^<task>write_/);
    }
  });

  it('is seen in the executions, with its price', async () => {
    const { json } = await api.call('GET', `/api/v1/sessions/${sessionId}/executions`, { token: user.token });
    const usage = { inputTokens: 11, outputTokens: 7, cachedTokens: 4, cacheWriteTokens: 3 };
    const { items } = json as { items: { provider: string; model: string; costUsd: number }[] };
    expect(items).toMatchObject([
      { agent: 'pm', provider: 'anthropic', ...usage },
      { agent: 'arch', provider: 'anthropic', ...usage },
    ]);
    for (const { provider, model, costUsd } of items) {
      const ref = { provider, model };
      expect(costUsd).toBeCloseTo(costOf(ref, usage) ?? 0, 6);
      expect(costUsd).not.toBeCloseTo(
        costOf(ref, { ...usage, cachedTokens: 0, cacheWriteTokens: 0 }) ?? 0,
        6,
      );
    }
  });

  it('is in the ledger, call by call', async () => {
    const rows: unknown[] = await api.app.dataSource.query(
      'SELECT cached_tokens, cache_write_tokens, status FROM model_calls WHERE session_id = $1',
      [sessionId],
    );
    const row = { cached_tokens: 4, cache_write_tokens: 3, status: 'settled' };
    expect(rows).toEqual([row, row]);
  });
});
