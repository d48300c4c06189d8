import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createModelCatalog } from '../adapters/llm/catalog.js';
import { inputCeiling } from '../adapters/llm/cost.js';
import type { ModelCall } from '../adapters/llm/port.js';
import { loadConfig } from '../core/config.js';
import { silentLogger } from '../core/logger.js';
import { formatRootKeys, newRootKey } from '../core/root-keys.js';
import { repositories } from '../db/repositories/index.js';
import { startTestApp, type TestApp } from '../testing/app.js';
import { DIALECTS, startWireServer, type WireBehaviour, type WireServer } from '../testing/wire-server.js';
import { AgentModels, type AgentModelsParts } from './agent-models.js';
import { ProfileModels } from './profile-models.js';
import type { Caller } from './sessions.js';

const ENV_KEY = 'sk-environment-0123456789';
const OWN_KEY = 'sk-profiles-own-0123456789';
const hello: ModelCall = { messages: [{ role: 'user', content: 'Hello' }] };
const answer: WireBehaviour = { kind: 'answer', text: ['Hi.'] };
const refuse = (status: number, headers?: Record<string, string>): WireBehaviour => ({
  kind: 'refuse',
  status,
  message: 'no',
  headers,
});
const now = { 'retry-after': '0' };

let test: TestApp;
let admin: Caller;
let anthropic: WireServer;
let openai: WireServer;
beforeEach(async () => {
  anthropic = await startWireServer(DIALECTS['anthropic'] ?? fail('anthropic'));
  openai = await startWireServer(DIALECTS['openai'] ?? fail('openai'));
  const catalog = createModelCatalog(loadConfig({ ANTHROPIC_API_KEY: ENV_KEY, OPENAI_API_KEY: ENV_KEY }), {
    baseUrls: { anthropic: anthropic.url, openai: openai.url },
  });
  test = await startTestApp({ catalog }, { ATELIER_SECRET_KEYS: formatRootKeys([newRootKey()]) });
  admin = await test.person('admin');
});
afterEach(async () => {
  await test.close();
  await anthropic.close();
  await openai.close();
});

/** The app's own parts, but with waits that a test can afford. */
const modelsWith = (over: Partial<AgentModelsParts> = {}) =>
  new AgentModels({
    profiles: new ProfileModels(test.app.dataSource, test.app.catalog, undefined, test.app.keys),
    catalog: test.app.catalog,
    usage: test.app.usage,
    settings: test.app.settings,
    log: silentLogger(),
    firstWaitMs: 5,
    ...over,
  });

function fail(dialect: string): never {
  throw new Error(`no dialect ${dialect}`);
}
const call = (over: Partial<ModelCall> = {}) => modelsWith().call('pm', { ...hello, ...over });
const ledger = async () =>
  test.app.dataSource.query(
    `SELECT provider, status, input_tokens, output_tokens, cached_tokens FROM model_calls ORDER BY created_at, id`,
  );
const statuses = async (): Promise<string[]> =>
  (await ledger()).map(({ status }: { status: string }) => status);
const used = async () =>
  (await repositories(test.app.dataSource.manager).usage.today()).find(
    ({ profileName }) => profileName === 'pm',
  );
const set = (key: string, value: unknown) => test.app.settings.set(key, value, { userId: admin.userId });

describe('a model call', () => {
  it('is metered: tokens in, out and cached, and what they cost', async () => {
    const reply = await call();
    // claude-sonnet-4: $3 and $15 per million; 4 of the 11 tokens came from the cache, at a tenth.
    expect(reply.costUsd).toBeCloseTo((7 * 3 + 4 * 0.3 + 7 * 15) / 1e6, 10);
    expect(await ledger()).toEqual([
      { provider: 'anthropic', status: 'settled', input_tokens: 11, output_tokens: 7, cached_tokens: 4 },
    ]);
    expect(await used()).toMatchObject({ usedRuns: 1, usedTokens: 18, reservedTokens: 0 });
  });

  it('is repeated after 429, 529 and 503, no sooner than Retry-After says, and billed once', async () => {
    anthropic.behave(refuse(429, { 'retry-after': '1' }), refuse(529, now), refuse(503, now), answer);
    const started = performance.now();
    expect(await call()).toMatchObject({ text: 'Hi.' });
    expect(performance.now() - started).toBeGreaterThanOrEqual(1000);
    expect(anthropic.requests).toHaveLength(4);
    expect(await statuses()).toEqual(['released', 'released', 'released', 'settled']);
    expect(await used()).toMatchObject({ usedRuns: 1, usedTokens: 18 });
  });

  it('gives up when Retry-After lies beyond its deadline, without waiting for it', async () => {
    anthropic.behave(refuse(429, { 'retry-after': '3600' }));
    await expect(call()).rejects.toMatchObject({
      code: 'model_call_failed',
      details: { reason: 'rate_limited', retryAfterMs: 3_600_000 },
    });
    expect(anthropic.requests).toHaveLength(1);
  });

  it('is tried four times at most against a server that stays broken', async () => {
    anthropic.behave(refuse(500, now));
    await expect(call()).rejects.toMatchObject({ details: { reason: 'unavailable', status: 500 } });
    expect(anthropic.requests).toHaveLength(4);
  });

  it.each([
    ['a wrong key', refuse(401), 'unauthorized', 'released'],
    ['a bad request', refuse(400), 'bad_request', 'released'],
  ])('is not repeated after %s', async (_, behaviour, reason, status) => {
    anthropic.behave(behaviour);
    await expect(call()).rejects.toMatchObject({ details: { reason } });
    expect(anthropic.requests).toHaveLength(1);
    expect(await statuses()).toEqual([status]);
  });

  it('that was cut off for length is billed what the provider counted, and repeated', async () => {
    anthropic.behave({ kind: 'answer', text: ['half of'], stop: 'length' }, answer);
    expect(await call()).toMatchObject({ text: 'Hi.' });
    expect(await statuses()).toEqual(['settled', 'settled']);
    expect(await used()).toMatchObject({ usedRuns: 2, usedTokens: 36 });
  });

  it.each<[string, WireBehaviour]>([
    ['hangs', { kind: 'hang' }],
    ['breaks off in its stream', { kind: 'truncate', text: ['half of'] }],
  ])('that %s is billed its ceiling, as nobody knows what it cost, and repeated', async (_, behaviour) => {
    anthropic.behave(behaviour, answer);
    await set('maxOutputTokens', 1000);
    expect(await call({ timeoutMs: 400 })).toMatchObject({ text: 'Hi.' });
    expect(await statuses()).toEqual(['presumed', 'settled']);
    const ceiling = inputCeiling(hello.messages) + 1000;
    expect(await used()).toMatchObject({ usedRuns: 2, usedTokens: 18 + ceiling });
  });

  it('that its caller aborts is not repeated', async () => {
    anthropic.behave({ kind: 'hang' });
    const stop = new AbortController();
    const ended = call({ signal: stop.signal });
    ended.catch(() => undefined);
    while (anthropic.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    stop.abort();
    await expect(ended).rejects.toMatchObject({ details: { reason: 'aborted' } });
    expect(anthropic.requests).toHaveLength(1);
    expect(await statuses()).toEqual(['presumed']);
  });

  it('tells the provider its longest answer where a limit counts on it', async () => {
    await set('maxOutputTokens', 777);
    await call();
    await test.app.profiles.update(admin, 'pm', {
      dailyLimit: 100_000,
      usageUnit: 'tokens',
      hardLimit: true,
    });
    await call();
    await test.app.profiles.update(admin, 'pm', { envOverrides: { MAX_OUTPUT_TOKENS: '555' } });
    await call();
    expect(anthropic.requests.map(({ body }) => body['max_tokens'])).toEqual([32_000, 777, 555]);
  });

  it('is not made when a hard limit has no room for it', async () => {
    await test.app.profiles.update(admin, 'pm', { dailyLimit: 1, usageUnit: 'runs', hardLimit: true });
    await call();
    await expect(call()).rejects.toMatchObject({ code: 'limit_reached' });
    expect(anthropic.requests).toHaveLength(1);
  });
});

describe('a fallback model', () => {
  beforeEach(async () => {
    await test.app.profiles.update(admin, 'pm', { fallback: { provider: 'openai', model: 'gpt-5' } });
  });

  it.each<[string, WireBehaviour, number]>([
    ['stays overloaded', refuse(529, now), 4],
    ['refuses the key', refuse(401), 1],
    ['asks for an hour of patience', refuse(429, { 'retry-after': '3600' }), 1],
  ])('answers when the profile’s own %s', async (_, behaviour, tries) => {
    anthropic.behave(behaviour);
    expect(await call()).toMatchObject({ text: 'ok', provider: 'openai', model: 'gpt-5' });
    expect(anthropic.requests).toHaveLength(tries);
    expect(openai.requests).toHaveLength(1);
  });

  it('fails too: the last failure is told', async () => {
    anthropic.behave(refuse(401));
    openai.behave(refuse(400));
    await expect(call()).rejects.toMatchObject({
      code: 'model_call_failed',
      message: expect.stringMatching(/Tried: anthropic:\S+ \(.+\); then openai:gpt-5 \(.+\)\.$/),
      details: { provider: 'openai', reason: 'bad_request' },
    });
  });

  it('is not a way around a limit', async () => {
    await test.app.profiles.update(admin, 'pm', { dailyLimit: 1, usageUnit: 'tokens', hardLimit: true });
    await expect(call()).rejects.toMatchObject({ code: 'limit_reached' });
    expect(openai.requests).toHaveLength(0);
  });

  it('is asked at once while the profile’s own model is being left alone', async () => {
    const models = modelsWith({ breaker: { failures: 4, openMs: 60_000 } });
    anthropic.behave(refuse(503, now));
    for (let i = 0; i < 3; i += 1)
      expect(await models.call('pm', hello)).toMatchObject({ provider: 'openai' });
    expect(anthropic.requests).toHaveLength(4);
  });
});

describe('a profile', () => {
  it('calls with its own key, and with the environment’s when it has none', async () => {
    await call();
    await test.app.keys.setKey(admin, 'pm', OWN_KEY);
    await call();
    await test.app.models.call('arch', hello);
    await test.app.keys.clearKey(admin, 'pm');
    await call();
    expect(anthropic.requests.map(({ headers }) => headers['x-api-key'])).toEqual([
      ENV_KEY,
      OWN_KEY,
      ENV_KEY,
      ENV_KEY,
    ]);
  });

  it('never sends the environment’s key to an address of its own', async () => {
    const other = await startWireServer(DIALECTS['anthropic'] ?? fail('anthropic'));
    try {
      await test.app.profiles.update(admin, 'pm', { envOverrides: { ANTHROPIC_BASE_URL: other.url } });
      await call();
      await test.app.keys.setKey(admin, 'pm', OWN_KEY);
      await call();
      expect(other.requests.map(({ headers }) => headers['x-api-key'])).toEqual(['none', OWN_KEY]);
      expect(anthropic.requests).toHaveLength(0);
      expect(JSON.stringify(other.requests)).not.toContain(ENV_KEY);
    } finally {
      await other.close();
    }
  });

  it('whose key cannot be opened does not quietly use another account', async () => {
    await test.app.keys.setKey(admin, 'pm', OWN_KEY);
    await test.app.dataSource.query(
      `UPDATE agent_settings SET api_key_encrypted = api_key_encrypted || 'A' WHERE profile_name = 'pm'`,
    );
    await expect(call()).rejects.toMatchObject({ code: 'secret_unreadable' });
    expect(anthropic.requests).toHaveLength(0);
  });

  it('shows its key in no error, whatever the provider echoes', async () => {
    await test.app.keys.setKey(admin, 'pm', OWN_KEY);
    anthropic.behave({ kind: 'refuse', status: 400, message: `you sent ${OWN_KEY}` });
    const error: Error = await call().then(
      () => new Error('answered'),
      (failed: Error) => failed,
    );
    expect(error.message).toContain('[redacted]');
    expect(JSON.stringify([error, error.message, error.stack])).not.toContain(OWN_KEY);
  });

  it.each<[Record<string, string>, string]>([
    [{ ANTHROPIC_BASE_URL: 'file:///etc/passwd' }, 'envOverrides.ANTHROPIC_BASE_URL'],
    [{ ANTHROPIC_BASE_URL: 'https://user:secret@x.example' }, 'envOverrides.ANTHROPIC_BASE_URL'],
    [{ ANTHROPIC_API_KEY: 'sk-1' }, 'envOverrides.ANTHROPIC_API_KEY'],
    [{ NODE_OPTIONS: '--inspect' }, 'envOverrides.NODE_OPTIONS'],
    [{ MAX_OUTPUT_TOKENS: '1' }, 'envOverrides.MAX_OUTPUT_TOKENS'],
  ])('refuses the override %j, naming the field', async (envOverrides, field) => {
    await expect(test.app.profiles.update(admin, 'pm', { envOverrides })).rejects.toMatchObject({
      code: 'validation_failed',
      details: { problems: [{ field }] },
    });
  });

  it('ignores overrides that were imported and are not allowed', async () => {
    await test.app.dataSource.query(
      `UPDATE agent_settings SET env_overrides = '{"REGION":"eu","ANTHROPIC_BASE_URL":"not a url","MAX_OUTPUT_TOKENS":7}'`,
    );
    expect(await call()).toMatchObject({ text: 'ok' });
  });
});
