import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createModelCatalog } from '../../adapters/llm/catalog.js';
import type { ModelClient } from '../../adapters/llm/port.js';
import { loadConfig } from '../../core/config.js';
import { ask, type Asking, type Question } from '../../engine/agent.js';
import { approve } from '../../testing/app.js';
import { CutOff } from '../../testing/scripted-model.js';
import { GOOD_SUM, SUM_ANSWERS, type SumScript } from '../../testing/studio-script.js';
import { sumMission } from '../../testing/sum-mission.js';
import { DIALECTS, startWireServer, type WireServer } from '../../testing/wire-server.js';
import { prdAnswer, testsAnswer } from './answers.js';
import { codeParts, prdParts, testsParts } from './parts.js';

const KEY = 'sk-test-0123456789';
const config = loadConfig({ ANTHROPIC_API_KEY: KEY, OPENAI_API_KEY: KEY, GOOGLE_API_KEY: KEY });
const tests: Question<unknown> = {
  profile: 'qa',
  task: 'write_tests',
  context: [{ tag: 'mission', text: 'Add' }],
  schema: testsAnswer(),
  parts: testsParts,
};
const begun = { files: [{ path: 'test/a.js', content: 'one\n', partial: true }], more: true };

describe.each(Object.entries(DIALECTS))(
  'an answer in several parts from the %s client',
  (provider, dialect) => {
    let wire: WireServer;
    let client: ModelClient;
    beforeEach(async () => {
      wire = await startWireServer(dialect);
      const catalog = createModelCatalog(config, { baseUrls: { [provider]: wire.url } });
      client = catalog.client({ provider, model: 'm' });
    });
    afterEach(async () => wire.close());
    const asking: Asking = {
      call: (messages, _choice, schema) => client.call({ messages, schema, acceptTruncated: true }),
      hasFallback: () => Promise.resolve(false),
      maxRetries: 1,
      maxParts: 3,
      onReply: () => undefined,
    };
    const says = (answer: unknown) => ({ kind: 'answer' as const, text: [JSON.stringify(answer)] });

    it('is one answer, cut off in between or not, and every part is billed', async () => {
      wire.behave(
        says(begun),
        { kind: 'answer', text: ['{"files": [{"path": "te'], stop: 'length' },
        says({ files: [{ path: 'test/a.js', append: 'two\n' }], more: true }),
        says({ files: [{ path: 'test/b.js', content: 'three\n' }] }),
      );
      expect(await ask(tests, 'Answer in JSON.', asking)).toMatchObject({
        value: {
          files: [
            { path: 'test/a.js', content: 'one\ntwo\n' },
            { path: 'test/b.js', content: 'three\n' },
          ],
        },
        calls: 4,
        usage: { inputTokens: 44, outputTokens: 28 },
      });
      const bodies = wire.requests.map(({ body }) => JSON.stringify(body));
      expect(bodies[1]).toContain('Part 1 is kept. Go on with part 2');
      expect(bodies[2]).toContain('Hand it in by parts');
      expect(bodies[2]).toContain('What came before stands. Answer with part 2 again');
      expect(bodies[3]).toContain('It has to be the last one.');
      // The system prompt, and from the second part on the end of what was said so far.
      const marks = bodies.map((body) => body.match(/cache_control/g)?.length ?? 0);
      expect(marks).toEqual(provider === 'anthropic' ? [1, 2, 2, 2] : [0, 0, 0, 0]);
    });

    it('that never ends is given up, without a word of it taken', async () => {
      const next = { files: [{ path: 'test/a.js', append: 'more\n', partial: true }], more: true };
      wire.behave(says(begun), says(next));
      await expect(ask(tests, 'Answer in JSON.', asking)).rejects.toMatchObject({
        code: 'model_output_invalid',
        message: expect.stringContaining('did not end within 3 parts'),
        details: { calls: 3 },
      });
    });

    it('that is wrong as a whole is begun again', async () => {
      const fine = { files: [{ path: 'test/a.js', append: 'two\n' }] };
      wire.behave(
        says({ ...begun, files: [{ ...begun.files[0], path: '../a.js' }] }),
        says({ files: [{ path: '../a.js', append: 'two\n' }] }),
        says(begun),
        says(fine),
      );
      expect(await ask(tests, 'Answer in JSON.', asking)).toMatchObject({
        value: { files: [{ path: 'test/a.js', content: 'one\ntwo\n' }] },
        calls: 4,
      });
      expect(JSON.stringify(wire.requests[2]?.body)).toContain('Begin with the first part');
    });
  },
);

describe('the pieces of files', () => {
  const of = (...files: Record<string, unknown>[]) => codeParts.join([{ summary: 's', files }], true);
  const piece = { path: 'a', content: '1', partial: true };
  it.each([
    ['has no end', [piece], 'last piece has not come'],
    ['has no beginning', [{ path: 'a', append: '2' }], 'nothing to append to'],
    ['is left for another', [piece, { path: 'b', content: '1' }], '"a" is marked "partial"'],
    ['goes on under another name', [piece, { path: 'b', append: '1' }], '"a" is marked "partial"'],
    ['begins as edits', [{ path: 'a', edits: [], partial: true }], 'has no "content"'],
    ['goes on as a deletion', [piece, { path: 'a', append: '', delete: true }], 'more than "append"'],
  ])('are refused where one %s', (_, files, says) => {
    expect(of(...files)).toEqual({ problem: expect.stringContaining(says) });
  });

  it('are joined letter for letter', () => {
    expect(of(piece, { path: 'a', append: '\r\n2', partial: true }, { path: 'a', append: '3' })).toEqual({
      value: { summary: 's', files: [{ path: 'a', content: '1\r\n23' }] },
    });
  });

  it('may lack their end while parts are to come', () => {
    const parts = [{ summary: 's', files: [piece], more: true }];
    expect(codeParts.join(parts, false)).toHaveProperty('value');
    expect(codeParts.join(parts, true)).toHaveProperty('problem');
  });
});

describe('a mission whose answers are too long for one reply', () => {
  const missions: Awaited<ReturnType<typeof sumMission>>[] = [];
  afterEach(async () => {
    for (const { test } of missions.splice(0)) await test.close();
  });
  const at = Math.floor(GOOD_SUM.length / 2);

  async function coded(faults: SumScript) {
    const mission = await sumMission('start', faults, {});
    missions.push(mission);
    const { test, caller, id, go } = mission;
    await go(id);
    await approve(test.app, caller, id);
    return { ...mission, done: await go(id) };
  }

  it('has documents and files whole, each part a metered call of its step', async () => {
    const { title, prd } = prdAnswer.parse(SUM_ANSWERS['write_prd']);
    const middle = prd.indexOf('## Requirements');
    const { test, caller, id, done, catalog } = await coded({
      write_prd: ({ n }) =>
        n === 1 ? { title, prd: prd.slice(0, middle), more: true } : { prd: prd.slice(middle) },
      write_code: ({ n }) =>
        [
          new CutOff('{"summary": "Adds.", "files": [{"path": "src/sum.js", "con'),
          {
            summary: 'Adds.',
            files: [{ path: 'src/sum.js', content: GOOD_SUM.slice(0, at), partial: true }],
            more: true,
          },
          { files: [{ path: 'src/sum.js', append: GOOD_SUM.slice(at) }] },
        ][n - 1],
    });
    expect(done).toMatchObject({ status: 'completed', qaPassed: true, iterationCount: 1 });
    const artifacts = await test.app.artifacts.list(caller, id);
    const textOf = async (path: string) => {
      const found = artifacts.find(({ filePath }) => filePath === path);
      return found && (await test.app.artifacts.content(caller, found.id)).content.toString('utf8');
    };
    expect(await textOf('docs/prd.md')).toBe(prd);
    expect(await textOf('src/sum.js')).toBe(GOOD_SUM);
    expect(catalog.calls.filter(({ task }) => task === 'write_code')).toHaveLength(3);
    const ledger: { step_key: string; calls: number }[] = await test.app.dataSource.query(
      `SELECT step_key, count(*)::int AS calls FROM model_calls
        WHERE session_id = $1 AND status = 'settled' GROUP BY step_key ORDER BY step_key`,
      [id],
    );
    expect(ledger).toEqual(
      expect.arrayContaining([
        { step_key: 'pm:0', calls: 2 },
        { step_key: 'eng:0:1', calls: 3 },
      ]),
    );
  });

  it('goes on from the parts that had come when the provider failed in between', async () => {
    const { test, caller, id, go, catalog, done } = await coded({
      write_code: ({ n }) =>
        [
          new CutOff(''),
          {
            summary: 'Adds.',
            files: [{ path: 'src/sum.js', content: GOOD_SUM.slice(0, at), partial: true }],
            more: true,
          },
          Object.assign(new Error('no such key'), { status: 401 }),
          { files: [{ path: 'src/sum.js', append: GOOD_SUM.slice(at) }] },
        ][n - 1],
    });
    expect(done).toMatchObject({ status: 'needs_attention', error: { code: 'model_call_failed' } });
    await test.app.sessions.retry(caller, id);
    expect(await go(id)).toMatchObject({ status: 'completed', qaPassed: true });
    expect(catalog.calls.filter(({ task }) => task === 'write_code')).toHaveLength(4);
  });

  it('has nothing of a file whose end never came', async () => {
    const half = { summary: 'Adds.', files: [{ path: 'src/sum.js', content: 'half', partial: true }] };
    const { test, caller, id, done } = await coded({ write_code: () => half });
    expect(done.status).toBe('needs_attention');
    const artifacts = await test.app.artifacts.list(caller, id);
    expect(artifacts.map(({ artifactType }) => artifactType)).not.toContain('code');
  });
});

it('documents in parts are joined with nothing between them', () => {
  const parts = [
    { title: 'Sum', prd: '# Su', more: true },
    { title: 'Other', prd: 'm\n' },
  ];
  expect(prdParts.join(parts, true)).toEqual({ value: { title: 'Sum', prd: '# Sum\n' } });
});
