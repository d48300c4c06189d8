import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { loadConfig } from '../../core/config.js';
import { DIALECTS, startWireServer, type WireServer } from '../../testing/wire-server.js';
import { openApiForm, strictForm, structureOf, withoutNulls } from './answer-schema.js';
import { createModelCatalog } from './catalog.js';
import { costOf } from './cost.js';
import type { AnswerSchema, ModelCall, ModelCatalog } from './port.js';

const KEY = 'sk-secret-0123456789';
const config = loadConfig({ ANTHROPIC_API_KEY: KEY, OPENAI_API_KEY: KEY, GOOGLE_API_KEY: KEY });
const answer = z.strictObject({
  title: z.string().min(1).max(200),
  kind: z.enum(['a', 'b']),
  files: z.array(z.strictObject({ path: z.string(), delete: z.literal(true).optional() })).max(400),
});
const schema: AnswerSchema = {
  name: 'write_code',
  jsonSchema: z.toJSONSchema(answer, { io: 'input' }),
};
const call: ModelCall = {
  messages: [
    { role: 'system', content: [{ text: 'Be brief.', cache: true }] },
    { role: 'user', content: [{ text: 'Long and stable. ', cache: true }, { text: 'Hello' }] },
  ],
  schema,
};

const STRING = { type: 'string' };
const KIND = { type: 'string', enum: ['a', 'b'] };
const closed = (properties: Record<string, unknown>, required = Object.keys(properties)) => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
});
const STRUCTURE = closed({
  title: STRING,
  kind: KIND,
  files: { type: 'array', items: closed({ path: STRING, delete: { type: 'boolean' } }, ['path']) },
});
const STRICT = closed({
  title: STRING,
  kind: KIND,
  files: {
    type: 'array',
    items: closed({ path: STRING, delete: { anyOf: [{ type: 'boolean' }, { type: 'null' }] } }),
  },
});
const OPEN_API = {
  type: 'object',
  properties: {
    title: STRING,
    kind: KIND,
    files: {
      type: 'array',
      items: {
        type: 'object',
        properties: { path: STRING, delete: { type: 'boolean' } },
        required: ['path'],
        propertyOrdering: ['path', 'delete'],
      },
    },
  },
  required: ['title', 'kind', 'files'],
  propertyOrdering: ['title', 'kind', 'files'],
};

/** Where each provider's request has the form, and what it has there. */
const FORMS = [
  {
    id: 'openai',
    model: 'gpt-5.5',
    place: 'response_format',
    form: { type: 'json_schema', json_schema: { name: 'write_code', strict: true, schema: STRICT } },
  },
  {
    id: 'anthropic',
    model: 'claude-sonnet-5',
    place: 'output_config',
    form: { format: { type: 'json_schema', schema: STRUCTURE } },
  },
  {
    id: 'google-genai',
    model: 'gemini-flash-latest',
    place: 'generationConfig',
    form: expect.objectContaining({ responseMimeType: 'application/json', responseSchema: OPEN_API }),
  },
  { id: 'ollama', model: 'gpt-oss:20b', place: 'format', form: STRUCTURE },
];

describe.each(FORMS)('a call for JSON of a certain form at $id', ({ id, model, place, form }) => {
  let wire: WireServer;
  let catalog: ModelCatalog;
  const make = () => createModelCatalog(config, { baseUrls: { [id]: wire.url } });
  const client = () => catalog.client({ provider: id, model });
  const formOf = (at: number): unknown => {
    const asked = wire.requests.at(at)?.body[place];
    // The one place that has other things in it as well.
    if (place === 'generationConfig' && !('responseSchema' in Object(asked))) return undefined;
    return asked;
  };
  beforeAll(async () => {
    const dialect = DIALECTS[id];
    if (dialect === undefined) throw new Error(`no dialect for ${id}`);
    wire = await startWireServer(dialect);
  });
  afterAll(() => wire.close());

  it("carries the form in the provider's own way, and the answer is streamed", async () => {
    catalog = make();
    wire.behave({ kind: 'answer', text: ['{"title"', ':"x"}'] });
    const heard: string[] = [];
    const reply = await client().call({ ...call, onToken: (text) => heard.push(text) });
    expect(reply.text).toBe('{"title":"x"}');
    expect(heard).toEqual(['{"title"', ':"x"}']);
    expect(wire.requests.at(-1)?.body[place]).toEqual(form);
  });

  it('asks for nothing of the kind where no form is given', async () => {
    catalog = make();
    wire.behave({ kind: 'answer', text: ['x'] });
    await client().call({ ...call, schema: undefined });
    expect(formOf(-1)).toBeUndefined();
    await client().call({ ...call, schema: { name: 'any', jsonSchema: { type: 'object' } } });
    expect(formOf(-1)).toBeUndefined();
  });

  it('is made without the form where the server does not understand it, and from then on', async () => {
    catalog = make();
    const before = wire.requests.length;
    wire.behave(
      { kind: 'refuse', status: 400, message: 'unknown parameter' },
      { kind: 'answer', text: ['x'] },
    );
    expect((await client().call(call)).text).toBe('x');
    expect((await client().call(call)).text).toBe('x');
    expect(wire.requests.length - before).toBe(3);
    expect(formOf(before)).toEqual(form);
    expect([formOf(before + 1), formOf(before + 2)]).toEqual([undefined, undefined]);
    await catalog.client({ provider: id, model: `${model}-other` }).call(call);
    expect(formOf(-1)).toEqual(form);
  });

  it('that is wrong for another reason fails as it would without', async () => {
    catalog = make();
    const before = wire.requests.length;
    wire.behave({ kind: 'refuse', status: 400, message: 'the turns are in disorder' });
    await expect(client().call(call)).rejects.toMatchObject({
      retryable: false,
      message: expect.stringContaining('the turns are in disorder'),
      details: { reason: 'bad_request' },
    });
    expect(wire.requests.length - before).toBe(2);
    wire.behave({ kind: 'answer', text: ['x'] });
    await client().call(call);
    expect(formOf(-1)).toEqual(form);
    wire.behave({ kind: 'refuse', status: 429, message: 'slow down' });
    const asked = wire.requests.length;
    await expect(client().call(call)).rejects.toMatchObject({ details: { reason: 'rate_limited' } });
    expect(wire.requests.length - asked).toBe(1);
  });

  it('sends the text of marked messages whole and in order, and marks only where marks are read', async () => {
    catalog = make();
    wire.behave({ kind: 'answer', text: ['x'], cacheWrites: 3 });
    const reply = await client().call(call);
    const body = JSON.stringify(wire.requests.at(-1)?.body);
    if (id !== 'anthropic') {
      expect(body).toContain('Long and stable. Hello');
      expect(body).not.toContain('cache_control');
      expect(reply.usage.cacheWriteTokens).toBe(0);
      return;
    }
    const cache_control = { type: 'ephemeral' };
    expect(wire.requests.at(-1)?.body).toMatchObject({
      system: [{ type: 'text', text: 'Be brief.', cache_control }],
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Long and stable. ', cache_control },
            { type: 'text', text: 'Hello' },
          ],
        },
      ],
    });
    expect(body.match(/cache_control/g)).toHaveLength(2);
    expect(reply.usage).toMatchObject({ inputTokens: 11, cachedTokens: 4, cacheWriteTokens: 3 });
    expect(reply.costUsd).toBe(costOf(reply, reply.usage));
    expect(reply.costUsd).not.toBe(costOf(reply, { ...reply.usage, cacheWriteTokens: 0, cachedTokens: 0 }));
  });
});

const tree: z.ZodType = z.strictObject({ inner: z.lazy(() => z.array(tree)) });

describe('the form of an answer', () => {
  it.each([
    ['an open object', z.looseObject({ a: z.string() })],
    ['a record', z.strictObject({ a: z.record(z.string(), z.string()) })],
    ['anything', z.strictObject({ a: z.unknown() })],
    ['itself', tree],
  ])('is not asked for when it has %s in it', (_, open) => {
    expect(structureOf(z.toJSONSchema(open, { io: 'input', unrepresentable: 'any' }))).toBeUndefined();
  });

  it('keeps alternatives, words to choose from and descriptions, and drops bounds', () => {
    const made = structureOf(
      z.toJSONSchema(
        z.strictObject({
          a: z.union([z.string().min(3), z.number().max(2)]).describe('either'),
          b: z.literal('x'),
          c: z.string().nullable(),
        }),
      ),
    );
    expect(made).toEqual(
      closed({
        a: { description: 'either', anyOf: [STRING, { type: 'number' }] },
        b: { type: 'string', enum: ['x'] },
        c: { anyOf: [STRING, { type: 'null' }] },
      }),
    );
    expect(openApiForm(made ?? {})['properties']).toMatchObject({ c: { type: 'string', nullable: true } });
    expect(strictForm(made ?? {})).toEqual(made);
  });

  it('tells nulls that stand for nothing from those that were asked for', () => {
    const form = z.toJSONSchema(
      z.strictObject({ a: z.string().optional(), b: z.string().nullable(), c: z.array(answer).optional() }),
    );
    const file = { path: 'x', delete: null };
    const value = { a: null, b: null, c: [{ title: 't', kind: 'a', files: [file] }], d: null };
    expect(withoutNulls(value, form)).toEqual({
      b: null,
      c: [{ title: 't', kind: 'a', files: [{ path: 'x' }] }],
      d: null,
    });
    expect(withoutNulls(value, undefined)).toBe(value);
  });
});
