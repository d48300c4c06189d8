import { afterEach, describe, expect, it } from '@jest/globals';
import { loadConfig } from '../../core/config.js';
import { RESPONSES } from '../../testing/wire-responses.js';
import { DIALECTS, startWireServer, type WireDialect, type WireServer } from '../../testing/wire-server.js';
import { createModelCatalog } from './catalog.js';
import type { ModelCall, ModelClient } from './port.js';

const config = loadConfig({ OPENAI_API_KEY: 'sk-secret-0123456789' });
const schema = {
  name: 'write_prd',
  jsonSchema: {
    type: 'object',
    properties: { title: { type: 'string' } },
    required: ['title'],
    additionalProperties: false,
  },
};
const hello: ModelCall = {
  messages: [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: [{ text: 'Hel', cache: true }, { text: 'lo' }] },
  ],
  schema,
};

let wire: WireServer;
afterEach(() => wire.close());

async function client(dialect: WireDialect | undefined, model: string): Promise<ModelClient> {
  if (dialect === undefined) throw new Error('no dialect');
  wire = await startWireServer(dialect);
  return createModelCatalog(config, { baseUrls: { openai: wire.url } }).client({ provider: 'openai', model });
}
const fails = (call: Promise<unknown>, how: Record<string, unknown>): Promise<void> =>
  expect(call).rejects.toMatchObject(how);

describe('the newest models of OpenAI, over its Responses API', () => {
  const newest = () => client(RESPONSES, 'gpt-5.6');

  it('answer in their form, streamed, and tell what they used', async () => {
    const model = await newest();
    wire.behave({ kind: 'answer', text: ['{"title"', ':"x"}'] });
    const heard: string[] = [];
    expect(await model.call({ ...hello, onToken: (text) => heard.push(text) })).toMatchObject({
      text: '{"title":"x"}',
      stopReason: 'completed',
      usage: { inputTokens: 11, outputTokens: 7, cachedTokens: 4, estimated: false },
    });
    expect(heard).toEqual(['{"title"', ':"x"}']);
    const [request] = wire.requests;
    expect(request?.path).toBe('/responses');
    expect(request?.body['text']).toMatchObject({
      format: { type: 'json_schema', name: 'write_prd', strict: true, schema: schema.jsonSchema },
    });
    expect(JSON.stringify(request?.body['input'])).toContain('Hello');
  });

  it('are cut off, decline, hang, break off and refuse as others do', async () => {
    const model = await newest();
    wire.behave({ kind: 'answer', text: ['{"title":'], stop: 'length' });
    await fails(model.call(hello), { retryable: true, details: { reason: 'truncated' } });
    expect(await model.call({ ...hello, acceptTruncated: true })).toMatchObject({ truncated: true });
    wire.behave({ kind: 'answer', text: [''], stop: 'refused' });
    await fails(model.call(hello), { retryable: false, details: { reason: 'refused' } });
    wire.behave({ kind: 'answer', text: [''] });
    await fails(model.call(hello), { retryable: true, details: { reason: 'empty' } });
    wire.behave({ kind: 'truncate', text: ['half'] });
    await fails(model.call(hello), { retryable: true, details: { reason: 'truncated' } });
    wire.behave({ kind: 'cut', text: ['half'] });
    await fails(model.call(hello), { retryable: true, details: { reason: 'failed' } });
    wire.behave({ kind: 'hang' });
    await fails(model.call({ ...hello, timeoutMs: 300 }), { details: { reason: 'timeout' } });
    wire.behave({ kind: 'refuse', status: 429, message: 'slow', headers: { 'retry-after': '3' } });
    await fails(model.call(hello), {
      retryable: true,
      details: { reason: 'rate_limited', retryAfterMs: 3000 },
    });
    wire.behave({ kind: 'refuse', status: 503, message: 'busy' });
    await fails(model.call(hello), { retryable: true, details: { reason: 'unavailable' } });
    wire.behave({ kind: 'refuse', status: 401, message: 'no such key' });
    await fails(model.call(hello), { retryable: false, details: { reason: 'unauthorized' } });
  });
});

describe('a model of OpenAI that declines to answer in a certain form', () => {
  const chunk = (refusal: string) =>
    `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta: { role: 'assistant', refusal }, finish_reason: null }] })}\n\n`;

  it('is final, and its words are told', async () => {
    const completions = DIALECTS['openai'];
    const dialect = completions && { ...completions, frames: (text: string[]) => text.map(chunk) };
    const model = await client(dialect, 'gpt-5.5');
    wire.behave({ kind: 'answer', text: ['I cannot ', 'do that.'] });
    await fails(model.call(hello), {
      retryable: false,
      message: expect.stringContaining('declined to answer: I cannot do that.'),
      details: { reason: 'refused', usage: { outputTokens: 7 } },
    });
  });

  it('is final over the Responses API, too', async () => {
    const done = (refusal: string) =>
      `event: response.refusal.done\ndata: ${JSON.stringify({ type: 'response.refusal.done', refusal })}\n\n`;
    const model = await client({ ...RESPONSES, frames: (text) => text.map(done) }, 'gpt-5.6');
    wire.behave({ kind: 'answer', text: ['I cannot do that.'] });
    await fails(model.call(hello), {
      retryable: false,
      message: expect.stringContaining('I cannot do that.'),
      details: { reason: 'refused' },
    });
  });
});
