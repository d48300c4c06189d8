import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { startTestApp, type TestApp } from '../../testing/app.js';
import { BAD_SUM, sumCatalog } from '../../testing/studio-script.js';
import { differences, reportOf } from './results.js';
import { readSuite, type EvalSuite } from './suite.js';

jest.setTimeout(180_000);
const SMALL = fileURLToPath(new URL('../../../evals/small', import.meta.url));
const { signal } = new AbortController();
let test: TestApp | undefined;
afterEach(async () => test?.close());

const hidden = (sum: number) => `import test from 'node:test';
import assert from 'node:assert/strict';
import { add } from './src/sum.js';
test('adds', () => assert.equal(add(20, 22), ${sum}));
`;
const sums = (...expected: number[]): EvalSuite => ({
  name: 'sums',
  missions: expected.map((sum) => ({
    name: `to-${sum}`,
    title: 'Sum',
    mission: 'Add two numbers',
    options: { maxIterations: 1 },
    acceptance: [{ path: 'hidden.test.js', content: hidden(sum) }],
  })),
});
const metrics = (app: TestApp) =>
  app.app.dataSource.query(
    `SELECT labels->>'mission' AS mission, metric_name AS name, metric_value::double precision AS value,
            labels->>'models' AS models, labels->>'promptVersions' AS prompts
       FROM metrics WHERE metric_name LIKE 'eval%' ORDER BY id`,
  );

describe('an evaluation', () => {
  it('plays the small suite with the rehearsal, and its hidden tests pass on what was built', async () => {
    // Where no sandbox is installed: what runs here is this repository's own.
    test = await startTestApp({}, { ATELIER_ALLOW_UNSANDBOXED: '1' });
    await test.app.startWorker();
    const report = await test.app.evaluation.run(await test.person(), await readSuite(SMALL), { signal });
    expect(report.results.map(({ name, acceptance }) => [name, acceptance])).toEqual([
      ['minesweeper', { passed: true, tests: { passed: 4, failed: 0, skipped: 0 }, problem: null }],
      ['rate-limiter', { passed: true, tests: { passed: 4, failed: 0, skipped: 0 }, problem: null }],
      ['todo', { passed: true, tests: { passed: 5, failed: 0, skipped: 0 }, problem: null }],
    ]);
    expect(report.totals).toMatchObject({ missions: 3, qaPassRate: 1, acceptancePassRate: 1 });
  });

  it('does not begin where the policies want others to approve, and says what they want', async () => {
    test = await startTestApp({ catalog: sumCatalog() }, { ATELIER_ALLOW_UNSANDBOXED: '1' });
    const { app } = test;
    const caller = await test.person();
    const run = () => app.evaluation.run(caller, sums(42), { signal });
    await app.policies.put(caller, 'studio', 'human_gate', { approvals: 2 });
    await expect(run()).rejects.toMatchObject({
      code: 'gates_need_others',
      message: expect.stringMatching(/2 people have to approve it/),
    });
    await app.policies.put(caller, 'studio', 'human_gate', { allowSelfApproval: false });
    await expect(run()).rejects.toThrow(/your own mission.*change the policies/);
    expect((await app.sessions.page(caller, { limit: 10 })).items).toEqual([]);
    // A gate that the suite does not stop at may want what it likes.
    await app.policies.put(caller, 'studio', 'human_gate', {});
    await app.policies.put(caller, 'studio', 'after_prd', { approvals: 3 });
    await expect(app.evaluation.check(caller, sums(42))).resolves.toBeUndefined();
  });

  it('ends a mission that is stuck and asks for help, whatever attempts it has left', async () => {
    const content = ({ n }: { n: number }) => `export const add = (a, b) => a - b; // ${n}\n`;
    const catalog = sumCatalog({
      write_code: (call) => ({ summary: 'Adds.', files: [{ path: 'src/sum.js', content: content(call) }] }),
    });
    test = await startTestApp({ catalog }, { ATELIER_ALLOW_UNSANDBOXED: '1' });
    await test.app.startWorker();
    const { name, missions } = sums(42);
    const patient = missions.map((mission) => ({ ...mission, options: { maxIterations: 9 } }));
    const suite = { name, missions: patient };
    const report = await test.app.evaluation.run(await test.person(), suite, { signal });
    expect(report.results).toMatchObject([{ status: 'rejected', qaPassed: false, iterations: 4 }]);
  });

  it('fails what only QA was content with, and keeps its figures by model and prompt versions', async () => {
    const catalog = sumCatalog();
    test = await startTestApp({ catalog }, { ATELIER_ALLOW_UNSANDBOXED: '1' });
    await test.app.startWorker();
    const report = await test.app.evaluation.run(await test.person(), sums(42, 43), { signal });
    expect(report.results.map(({ qaPassed, acceptance }) => [qaPassed, acceptance.passed])).toEqual([
      [true, true],
      [true, false],
    ]);
    expect(report.totals).toMatchObject({ qaPassRate: 1, acceptancePassRate: 0.5 });
    const rows = (await metrics(test)) as { mission: string; name: string; value: number; prompts: string }[];
    expect(rows.filter(({ name }) => name === 'eval_acceptance_passed')).toMatchObject([
      { mission: 'to-42', value: 1, models: report.results[0]?.models[0] },
      { mission: 'to-43', value: 0, prompts: expect.stringMatching(/^arch:\d+ eng:\d+ pm:\d+ qa:\d+$/) },
    ]);
    const asked = JSON.stringify(catalog.calls);
    expect([asked.includes('write_code'), asked.includes('hidden.test.js')]).toEqual([true, false]);
  });

  it('fails a broken project, although its session ended without a verdict', async () => {
    const broken = { write_code: () => ({ summary: '', files: [{ path: 'src/sum.js', content: BAD_SUM }] }) };
    test = await startTestApp({ catalog: sumCatalog(broken) }, { ATELIER_ALLOW_UNSANDBOXED: '1' });
    await test.app.startWorker();
    const { results } = await test.app.evaluation.run(await test.person(), sums(42), { signal });
    expect(results).toMatchObject([
      { status: 'needs_attention', qaPassed: false, acceptance: { passed: false, tests: { failed: 1 } } },
    ]);
  });
});

describe('the comparison of two evaluations', () => {
  it('names what differs, mission by mission, and nothing else', () => {
    const one = {
      ...{ name: 'a', title: 'A', sessionId: 'x', status: 'completed', qaPassed: true, seconds: 1 },
      ...{ iterations: 2, tokens: 10, costUsd: 0.5, models: ['p:m'], promptVersions: { pm: 1 } },
      acceptance: { passed: true, tests: { passed: 1, failed: 0, skipped: 0 }, problem: null },
    };
    const worse = {
      ...one,
      seconds: 9,
      acceptance: { ...one.acceptance, passed: false },
      promptVersions: { pm: 2 },
    };
    expect(differences(reportOf('s', [one]), reportOf('s', [{ ...one, seconds: 5 }]))).toEqual([]);
    expect(differences(reportOf('s', [one]), reportOf('s', [worse]))).toEqual([
      { mission: 'a', figure: 'acceptance', before: 'passed', now: 'failed' },
      { mission: 'a', figure: 'promptVersions', before: 'pm:1', now: 'pm:2' },
      { mission: 'all', figure: 'acceptancePassRate', before: '1.00', now: '0.00' },
    ]);
  });
});

describe('a suite', () => {
  it('that is wrong is refused with the file that is', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'atelier-suite-'));
    try {
      await expect(readSuite(join(folder, 'nowhere'))).rejects.toThrow(/cannot be read/);
      await expect(readSuite(folder)).rejects.toThrow(/holds no folders/);
      await mkdir(join(folder, 'one'));
      await expect(readSuite(folder)).rejects.toThrow(/one\/mission\.md cannot be read/);
      await writeFile(join(folder, 'one', 'mission.md'), 'Build it');
      await expect(readSuite(folder)).rejects.toThrow(/one\/mission\.md does not begin with front matter/);
      await writeFile(join(folder, 'one', 'mission.md'), '---\ntitle: One\n---\nBuild it');
      await expect(readSuite(folder)).rejects.toThrow(/one\/acceptance holds no tests/);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
