import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { loadConfig } from '../../core/config.js';
import { ModelCallError } from '../../core/errors.js';
import { DIALECTS, startWireServer, type WireServer } from '../../testing/wire-server.js';
import { createModelCatalog } from './catalog.js';
import { costOf } from './cost.js';
import type { ModelCall, ModelClient } from './port.js';

const KEY = 'sk-secret-0123456789';
const config = loadConfig({ ANTHROPIC_API_KEY: KEY, OPENAI_API_KEY: KEY, GOOGLE_API_KEY: KEY });
const hello: ModelCall = {
  messages: [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'Hello' },
  ],
};

async function failureOf(call: Promise<unknown>): Promise<ModelCallError> {
  const error: unknown = await call.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (error instanceof ModelCallError) return error;
  throw new Error('expected a ModelCallError', { cause: error });
}

/** Every provider that talks to a server passes all of these against a server that speaks its protocol. */
const PROVIDERS = [
  { id: 'openai', model: 'gpt-5.5', variable: 'OPENAI_API_KEY', path: '/chat/completions', caches: true },
  {
    id: 'anthropic',
    model: 'claude-sonnet-5',
    variable: 'ANTHROPIC_API_KEY',
    path: '/v1/messages',
    caches: true,
  },
  {
    id: 'google-genai',
    model: 'gemini-flash-latest',
    variable: 'GOOGLE_API_KEY',
    path: '/v1beta/models/gemini-flash-latest:streamGenerateContent',
    caches: true,
  },
  { id: 'ollama', model: 'gpt-oss:20b', variable: 'OLLAMA_BASE_URL', path: '/api/chat', caches: false },
];

describe.each(PROVIDERS)('the $id provider', ({ id, model, variable, path, caches }) => {
  let wire: WireServer;
  let client: ModelClient;

  beforeAll(async () => {
    const dialect = DIALECTS[id];
    if (dialect === undefined) throw new Error(`no dialect for ${id}`);
    wire = await startWireServer(dialect);
    client = createModelCatalog(config, { baseUrls: { [id]: wire.url }, maxRetries: 0 }).client({
      provider: id,
      model,
    });
  });
  afterAll(() => wire.close());

  it('streams a complete answer and reports its usage and stop reason', async () => {
    wire.behave({ kind: 'answer', text: ['Hello, ', 'wörld ', '🙂'] });
    const heard: string[] = [];
    const reply = await client.call({ ...hello, onToken: (text) => heard.push(text) });
    expect(reply).toMatchObject({ text: 'Hello, wörld 🙂', provider: id, model });
    expect(reply.costUsd).toBe(costOf(client.ref, reply.usage));
    expect(heard).toEqual(['Hello, ', 'wörld ', '🙂']);
    expect(reply.stopReason).toMatch(/^(stop|end_turn|STOP)$/);
    expect(reply.usage).toEqual({
      inputTokens: 11,
      outputTokens: 7,
      cachedTokens: caches ? 4 : 0,
      cacheWriteTokens: 0,
      estimated: false,
    });
    const request = wire.requests.at(-1);
    expect(request?.path).toContain(path);
    expect(JSON.stringify(request?.body)).toContain('Be brief.');
  });

  it('refuses a stream that ends without a stop reason', async () => {
    wire.behave({ kind: 'truncate', text: ['Hel', 'lo'] });
    const error = await failureOf(client.call(hello));
    expect(error.retryable).toBe(true);
    // Ollama's client notices by itself and throws.
    expect(error.details['reason']).toBe(id === 'ollama' ? 'failed' : 'truncated');
  });

  it('calls a connection that breaks within an answer retryable, and does not guess what it cost', async () => {
    wire.behave({ kind: 'cut', text: ['Hel', 'lo'] });
    const error = await failureOf(client.call(hello));
    expect(error).toMatchObject({ retryable: true, details: { reason: 'failed' } });
    expect([error.details['usage'], error.details['unbilled']]).toEqual([undefined, undefined]);
  });

  it('gives an answer that reached the limit to a caller who accepts its beginning', async () => {
    wire.behave({ kind: 'answer', text: ['{"half":'], stop: 'length' });
    expect(await client.call({ ...hello, acceptTruncated: true })).toMatchObject({
      text: '{"half":',
      truncated: true,
      usage: { inputTokens: 11, outputTokens: 7 },
    });
    wire.behave({ kind: 'answer', text: ['whole'] });
    expect((await client.call({ ...hello, acceptTruncated: true })).truncated).toBeUndefined();
    wire.behave({ kind: 'truncate', text: ['half'] });
    expect(await failureOf(client.call({ ...hello, acceptTruncated: true }))).toMatchObject({
      retryable: true,
    });
  });

  it('refuses an answer that reached the limit of its tokens', async () => {
    wire.behave({ kind: 'answer', text: ['{"half":'], stop: 'length' });
    const error = await failureOf(client.call({ ...hello, maxOutputTokens: 2 }));
    expect(error).toMatchObject({ retryable: true, details: { reason: 'truncated' } });
    expect(JSON.stringify(wire.requests.at(-1)?.body)).toMatch(
      /"(max_tokens|max_completion_tokens|maxOutputTokens|num_predict)":2\b/,
    );
  });

  it('refuses an empty answer', async () => {
    wire.behave({ kind: 'answer', text: [''] });
    expect(await failureOf(client.call(hello))).toMatchObject({
      retryable: true,
      details: { reason: 'empty' },
    });
  });

  it.each([401, 403])('calls a %i final, names the variable to mend and tells no key', async (status) => {
    wire.behave({ kind: 'refuse', status, message: `Incorrect API key provided: ${KEY}` });
    const error = await failureOf(client.call(hello));
    expect(error).toMatchObject({ retryable: false, details: { reason: 'unauthorized', status } });
    expect(error.message).toContain(variable);
    expect(JSON.stringify([error.message, error.details, String(error.cause)])).not.toContain('sk-secret');
  });

  it.each([
    [429, 'rate_limited'],
    [500, 'unavailable'],
    [529, 'unavailable'],
  ])('calls a %i retryable and tells no key', async (status, reason) => {
    wire.behave({ kind: 'refuse', status, message: `try later with ${KEY}` });
    const error = await failureOf(client.call(hello));
    expect(error).toMatchObject({ retryable: true, details: { reason, status } });
    expect(error.message).not.toContain('sk-secret');
  });

  it('says how long to wait where the provider told', async () => {
    const told = [
      ['retry-after', '3'],
      ['retry-after', new Date(Date.now() + 5000).toUTCString()],
    ] as const;
    for (const [name, value] of told) {
      // Gemini tells it in the body and in seconds, and its client keeps no headers.
      if (id === 'google-genai' && value !== '3') continue;
      wire.behave({ kind: 'refuse', status: 429, message: 'slow down', headers: { [name]: value } });
      const error = await failureOf(client.call(hello));
      expect(error).toMatchObject({
        retryable: true,
        details: { reason: 'rate_limited', status: 429, unbilled: true },
      });
      expect(error.message).toContain('slow down');
      expect(error.details['retryAfterMs']).toBeGreaterThan(2000);
    }
  });

  it('tells a withheld answer from an empty one', async () => {
    wire.behave({
      kind: 'answer',
      text: [id === 'ollama' ? 'I cannot help with that.' : ''],
      stop: 'refused',
    });
    if (id === 'ollama') expect((await client.call(hello)).text).toBe('I cannot help with that.');
    else
      expect(await failureOf(client.call(hello))).toMatchObject({
        retryable: false,
        details: { reason: 'refused' },
      });
  });

  it('refuses a stream that is not JSON', async () => {
    wire.behave({ kind: 'garbage' });
    const error = await failureOf(client.call({ ...hello, timeoutMs: 5000 }));
    expect(['failed', 'truncated']).toContain(error.details['reason']);
    expect(error.retryable).toBe(true);
  });

  it('tells what an unusable answer used, and that a refused request used nothing', async () => {
    wire.behave({ kind: 'answer', text: ['half'], stop: 'length' });
    expect((await failureOf(client.call(hello))).details['usage']).toMatchObject({
      inputTokens: 11,
      outputTokens: 7,
    });
    wire.behave({ kind: 'refuse', status: 503, message: 'busy' });
    expect((await failureOf(client.call(hello))).details['unbilled']).toBe(true);
    wire.behave({ kind: 'truncate', text: ['half'] });
    const cut = (await failureOf(client.call(hello))).details;
    expect([cut['usage'], cut['unbilled']]).toEqual([undefined, undefined]);
  });

  it('calls a malformed request final', async () => {
    wire.behave({ kind: 'refuse', status: 400, message: 'no such parameter' });
    const error = await failureOf(client.call(hello));
    expect(error).toMatchObject({ retryable: false, details: { reason: 'bad_request' } });
    expect(error.message).toContain('no such parameter');
  });

  it('gives up at the deadline on a server that says nothing, and hangs up', async () => {
    wire.behave({ kind: 'hang' });
    const before = wire.hangUps;
    const error = await failureOf(client.call({ ...hello, timeoutMs: 300 }));
    expect(error).toMatchObject({ retryable: true, details: { reason: 'timeout' } });
    for (let tries = 0; tries < 200 && wire.hangUps === before; tries += 1)
      await new Promise((resolve) => {
        setTimeout(resolve, 20);
      });
    expect(wire.hangUps).toBe(before + 1);
  });

  it('gives up at the deadline on an answer that stalls, with nothing left to reject unheard', async () => {
    const unheard: unknown[] = [];
    const note = (reason: unknown): void => void unheard.push(reason);
    process.on('unhandledRejection', note);
    try {
      wire.behave({ kind: 'stall', text: ['Hel', 'lo'] });
      const error = await failureOf(client.call({ ...hello, timeoutMs: 300 }));
      expect(error).toMatchObject({ retryable: true, details: { reason: 'timeout' } });
      await new Promise((resolve) => {
        setTimeout(resolve, 50);
      });
      expect(unheard).toEqual([]);
    } finally {
      process.off('unhandledRejection', note);
    }
  });

  it('calls a server that is away retryable', async () => {
    const away = createModelCatalog(config, { baseUrls: { [id]: 'http://127.0.0.1:9' }, maxRetries: 0 });
    const error = await failureOf(away.client({ provider: id, model }).call(hello));
    expect(error).toMatchObject({ retryable: true, details: { reason: 'failed' } });
    // Google's client does not say why it could not fetch, so nobody can know that nothing arrived.
    expect(error.details['unbilled']).toBe(id === 'google-genai' ? undefined : true);
  });
});

describe('servers that speak the protocol of OpenAI', () => {
  it('are reached through OPENAI_BASE_URL, without a key', async () => {
    const dialect = DIALECTS['openai'];
    if (dialect === undefined) throw new Error('no dialect');
    const wire = await startWireServer(dialect);
    try {
      const catalog = createModelCatalog(loadConfig({ OPENAI_BASE_URL: `${wire.url}/v1` }));
      const reply = await catalog.client({ provider: 'openai', model: 'qwen' }).call(hello);
      expect(reply.text).toBe('ok');
      expect(wire.requests.map(({ path }) => path)).toEqual(['/v1/chat/completions']);
    } finally {
      await wire.close();
    }
  });

  it('are asked again by the client when they are overloaded', async () => {
    const dialect = DIALECTS['openai'];
    if (dialect === undefined) throw new Error('no dialect');
    const wire = await startWireServer(dialect);
    try {
      wire.behave(
        { kind: 'refuse', status: 503, message: 'busy' },
        { kind: 'answer', text: ['here ', 'now'] },
      );
      const catalog = createModelCatalog(loadConfig({ OPENAI_BASE_URL: wire.url }), { maxRetries: 1 });
      const reply = await catalog.client({ provider: 'openai', model: 'qwen' }).call(hello);
      expect(reply.text).toBe('here now');
      expect(wire.requests).toHaveLength(2);
    } finally {
      await wire.close();
    }
  });
});
