import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { tool } from '@langchain/core/tools';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { loadConfig } from '../../../core/config.js';
import { ModelCallError } from '../../../core/errors.js';
import { fixtureRecordings } from '../../../testing/recordings.js';
import { textOf } from '../messages.js';
import { createModelCatalog } from '../catalog.js';
import type { ModelCall, ModelMessage } from '../port.js';
import { RehearsalChatModel, chunksOf } from './rehearsal-model.js';

const KNOWN = 'Build a word counter that reports how often each word occurs in a text';
const UNKNOWN = 'A word processor with fonts &amp; collaborative editing';

const catalog = () => createModelCatalog(loadConfig({}), { recordingsDir: fixtureRecordings });
const rehearsal = (model = 'studio') => catalog().client({ provider: 'rehearsal', model });
const ask = (task: string, mission = KNOWN, more = ''): ModelMessage[] => [
  { role: 'system', content: 'You are one of the agents of a software studio.' },
  { role: 'user', content: `<task>${task}</task>\n<mission>${mission}</mission>\n${more}` },
];
const recorded = (path: string) => readFileSync(join(fixtureRecordings, 'word-counter', path), 'utf8');

async function answer(messages: ModelMessage[], model?: string): Promise<unknown> {
  const { text } = await rehearsal(model).call({ messages });
  return JSON.parse(text);
}

async function failureOf(call: Promise<unknown>): Promise<ModelCallError> {
  const error: unknown = await call.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (error instanceof ModelCallError) return error;
  throw new Error('expected a ModelCallError', { cause: error });
}

describe('a rehearsal', () => {
  it('plays the documents of a mission it knows as they were recorded', async () => {
    expect(await answer(ask('write_prd'))).toEqual({ title: 'Word counter', prd: recorded('prd.md') });
    expect(await answer(ask('write_tech_spec'))).toEqual({
      techSpec: recorded('tech-spec.md'),
      scaffold: recorded('scaffold.sh'),
    });
  });

  it('plays code and tests to the byte, the second attempt with only what changed', async () => {
    expect(await answer(ask('write_tests'))).toEqual({
      files: [{ path: 'test/count-words.test.js', content: recorded('qa/test/count-words.test.js') }],
    });
    expect(await answer(ask('write_code', KNOWN, '<attempt>1</attempt>'))).toEqual({
      summary: 'Counts words case by case with a Map.',
      files: [{ path: 'src/count-words.js', content: recorded('attempt-1/src/count-words.js') }],
    });
    for (const attempt of [2, 3])
      expect(await answer(ask('write_code', KNOWN, `<attempt>${attempt}</attempt>`))).toEqual({
        summary: 'Lower-cases words before counting them.',
        files: [{ path: 'src/count-words.js', content: recorded('attempt-2/src/count-words.js') }],
      });
  });

  it('explains those failing tests that it is asked about', async () => {
    const bug = { test: 'AC1.2 counts words regardless of case', fault: 'code' };
    expect(await answer(ask('report_bugs'))).toMatchObject({ failures: [bug] });
    const asked = `<failures>- AC1.2 counts words regardless of case: 1 !== 2</failures>`;
    expect(await answer(ask('report_bugs', KNOWN, asked))).toMatchObject({ failures: [bug] });
    const other = '<failures>- AC9.9 something else</failures>';
    expect(await answer(ask('report_bugs', KNOWN, other))).toEqual({ failures: [] });
  });

  it('says below the title of an unknown mission that it is a rehearsal, and how to set a key', async () => {
    const reply = await rehearsal().call({ messages: ask('write_prd', UNKNOWN) });
    expect(reply.rehearsal).toEqual({ recording: 'word-counter', title: 'Word counter', exact: false });
    const { prd } = JSON.parse(reply.text) as { prd: string };
    const lines = prd.split('\n');
    expect(lines[0]).toBe('# Word counter');
    expect(lines[2]).toMatch(
      /^> .*rehearsal.*"Word counter".*closest to your mission.*ANTHROPIC_API_KEY.*ATELIER_MODEL/,
    );
    expect(lines.slice(3).join('\n')).toBe(recorded('prd.md').split('\n').slice(1).join('\n'));
    const code = await rehearsal().call({ messages: ask('write_code', UNKNOWN) });
    expect(code.text).toBe((await rehearsal().call({ messages: ask('write_code') })).text);
  });

  it.each(['write_prd', 'write_tech_spec'])(
    'quotes the comments on %s and admits to ignoring them',
    async (task) => {
      const comments = '<comments>Shorter, please.\nAnd &lt;b&gt;bold&lt;/b&gt;.</comments>';
      const said = JSON.stringify(await answer(ask(task, KNOWN, comments)));
      expect(said).toContain(
        String.raw`## Reviewer's comments\n\n> Shorter, please.\n> And <b>bold</b>.\n\nThis is a rehearsal`,
      );
    },
  );

  it('streams the answer in small pieces and counts tokens by estimate', async () => {
    const pieces: string[] = [];
    const messages = ask('write_code');
    const reply = await rehearsal().call({ messages, onToken: (text) => pieces.push(text) });
    expect(pieces.length).toBeGreaterThan(3);
    expect(pieces.join('')).toBe(reply.text);
    expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThanOrEqual(80);
    expect(reply).toMatchObject({
      stopReason: 'end_turn',
      costUsd: 0,
      usage: {
        inputTokens: messages.reduce((sum, { content }) => sum + Math.ceil(content.length / 4), 0),
        outputTokens: Math.ceil(reply.text.length / 4),
        cachedTokens: 0,
        cacheWriteTokens: 0,
        estimated: true,
      },
      rehearsal: { recording: 'word-counter', title: 'Word counter', exact: true },
    });
  });

  it('never cuts a character in two', () => {
    const text = 'a👩‍🚀b🙂'.repeat(100);
    const pieces = [...chunksOf(text)];
    expect(pieces.join('')).toBe(text);
    expect(pieces.filter((piece) => /\p{Surrogate}/u.test(piece))).toEqual([]);
  });

  it('stops in the middle when it is aborted', async () => {
    const controller = new AbortController();
    const pieces: string[] = [];
    const call: ModelCall = {
      messages: ask('write_code'),
      signal: controller.signal,
      onToken: (text) => {
        pieces.push(text);
        if (pieces.length === 2) controller.abort(new Error('lease lost'));
      },
    };
    const error = await failureOf(rehearsal('studio?delayMs=1').call(call));
    expect(error).toMatchObject({ retryable: false, details: { reason: 'aborted' } });
    expect(error.cause).toEqual(new Error('lease lost'));
    expect(pieces).toHaveLength(2);
  });

  it('does not start when it is aborted already', async () => {
    const signal = AbortSignal.abort();
    const error = await failureOf(rehearsal().call({ messages: ask('write_prd'), signal }));
    expect(error.details['reason']).toBe('aborted');
  });

  it('can be slow, so that a deadline passes', async () => {
    const call = { messages: ask('write_code'), timeoutMs: 100 };
    const error = await failureOf(rehearsal('studio?delayMs=5000').call(call));
    expect(error).toMatchObject({ retryable: true, details: { reason: 'timeout' } });
  });

  it('can fail the first calls of a task for a mission, as an overloaded provider does', async () => {
    const models = catalog();
    const call = async (task: string, mission: string) => {
      const client = models.client({ provider: 'rehearsal', model: 'studio?fail=write_code:2' });
      return client.call({ messages: ask(task, mission) }).then(
        () => 'answered',
        (error: ModelCallError) => `${String(error.details['status'])} ${String(error.retryable)}`,
      );
    };
    expect([
      await call('write_code', KNOWN),
      await call('write_prd', KNOWN),
      await call('write_code', KNOWN),
      await call('write_code', UNKNOWN),
      await call('write_code', KNOWN),
    ]).toEqual(['529 true', 'answered', '529 true', '529 true', 'answered']);
  });

  it('can answer malformed until it was corrected as often as told', async () => {
    const client = rehearsal('studio?malformed=write_prd:3');
    const messages = ask('write_prd');
    const texts: string[] = [];
    for (let nth = 0; nth < 4; nth += 1) {
      const { text } = await client.call({ messages });
      texts.push(text);
      messages.push({ role: 'assistant', content: text }, { role: 'user', content: 'Not what was asked.' });
    }
    expect(() => JSON.parse(texts[0] ?? '')).toThrow(SyntaxError);
    expect(() => JSON.parse(texts[1] ?? '')).toThrow(SyntaxError);
    expect(texts[1]).toMatch(/^\{"title":/);
    expect(JSON.parse(texts[2] ?? '')).not.toHaveProperty('prd');
    expect(JSON.parse(texts[3] ?? '')).toMatchObject({ prd: recorded('prd.md') });
    expect(await answer(ask('write_tests'), 'studio?malformed=write_prd:3')).toHaveProperty('files');
  });

  it.each(['write_poems', ''])('refuses the task "%s" and says how to get a model', async (task) => {
    const messages: ModelMessage[] = task === '' ? [{ role: 'user', content: 'Hello' }] : ask(task);
    const error = await failureOf(rehearsal().call({ messages }));
    expect(error).toMatchObject({ retryable: false, details: { reason: 'unknown_task' } });
    expect(error.message).toContain('ANTHROPIC_API_KEY');
  });
});

describe('the rehearsal as a LangChain chat model', () => {
  const model = () => new RehearsalChatModel({ model: 'studio', recordingsDir: fixtureRecordings });
  const turns = (task: string) => ask(task).map((turn): [string, string] => [turn.role, textOf(turn)]);

  it('refuses existing code, which no recording is about, and says that it needs a model', async () => {
    const map = '<map>\n# The project\n</map>\n';
    const error = await failureOf(rehearsal().call({ messages: ask('write_prd', KNOWN, map) }));
    expect(error).toMatchObject({ retryable: false, details: { reason: 'existing_code' } });
    expect(error.message).toMatch(/cannot work on existing code: that needs a model.*ANTHROPIC_API_KEY/);
  });

  it('gives structured output', async () => {
    const schema = z.object({ title: z.string(), prd: z.string() });
    const given = await model().withStructuredOutput(schema).invoke(turns('write_prd'));
    expect(given).toEqual({ title: 'Word counter', prd: recorded('prd.md') });
  });

  it('calls the bound tool that takes its answer, and no other', async () => {
    const read = tool(() => '', { name: 'read_file', schema: z.object({ path: z.string() }) });
    const submit = tool(() => '', {
      name: 'submit_tests',
      schema: z.object({ files: z.array(z.unknown()) }),
    });
    const message = await model().bindTools([read, submit]).invoke(turns('write_tests'));
    expect(message.tool_calls).toMatchObject([
      { name: 'submit_tests', args: { files: [{ path: 'test/count-words.test.js' }] } },
    ]);
    const plain = await model().bindTools([read]).invoke(turns('write_tests'));
    expect(plain.tool_calls).toEqual([]);
    expect(JSON.parse(plain.text)).toHaveProperty('files');
  });

  it('reports usage and a stop reason when it is invoked without streaming', async () => {
    const message = await model().invoke(turns('write_prd'));
    expect(message.usage_metadata?.output_tokens).toBe(Math.ceil(message.text.length / 4));
    expect(message.response_metadata).toMatchObject({ stop_reason: 'end_turn', usage_estimated: true });
  });
});
