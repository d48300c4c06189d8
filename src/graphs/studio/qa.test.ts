import { afterEach, describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { approve, type TestApp } from '../../testing/app.js';
import { BAD_SUM, GOOD_SUM, type SumScript } from '../../testing/studio-script.js';
import { sumMission } from '../../testing/sum-mission.js';

let test: TestApp;
afterEach(async () => test.close());

/** A submitted mission, and how to carry it to its next stop. */
async function mission(faults: SumScript = {}, options: Record<string, unknown> = {}) {
  const made = await sumMission('start', faults, { options });
  ({ test } = made);
  return { ...made, sessionId: made.id, go: async () => made.go(made.id) };
}
type Mission = Awaited<ReturnType<typeof mission>>;
const tasks = (m: Mission): string[] => m.tasksAfter(0);

const lastWords = ({ catalog }: Mission): string => catalog.calls.at(-1)?.messages.at(-1)?.content ?? '';

/** The tests of the sum project with another body. */
const tests = (body: string) => ({
  files: [
    {
      path: 'test/sum.test.js',
      content: `import test from 'node:test';
import assert from 'node:assert/strict';
import { add } from '../src/sum.js';

test('AC1.1 adds two numbers', () => { ${body}; });
`,
    },
  ],
});
const auditOf = async (m: Mission, event: string): Promise<unknown[]> => {
  const rows: { details: unknown }[] = await test.app.dataSource.query(
    'SELECT details FROM audit_log WHERE session_id = $1 AND event_type = $2',
    [m.sessionId, event],
  );
  return rows.map(({ details }) => details);
};
const code = (content: string) => ({ summary: 'Adds.', files: [{ path: 'src/sum.js', content }] });

describe('a mission and its tests', () => {
  it('shows which criteria are covered, in its summary and in a report that lies beside the code', async () => {
    const m = await mission();
    await m.go();
    await approve(test.app, m.caller, m.sessionId);
    const done = await m.go();
    expect(done).toMatchObject({
      status: 'completed',
      stateJson: { coverage: { criteria: 1, covered: 1, uncovered: [] }, rewrittenTests: [] },
    });
    const report = await readFile(join(done.workDir ?? '', 'docs/test-report.md'), 'utf8');
    expect(report).toContain('| AC1.1 | `add(2, 3)` gives 5. | AC1.1 adds two numbers | passed |');
  });

  it('runs its tests against nothing once, however many attempts there are', async () => {
    const m = await mission({
      write_code: ({ attempt }) => code(attempt < 3 ? `${BAD_SUM}// ${attempt}\n` : GOOD_SUM),
    });
    await m.go();
    await approve(test.app, m.caller, m.sessionId);
    expect(await m.go()).toMatchObject({ status: 'completed', iterationCount: 3 });
    const executions = await test.app.activity.executions(m.caller, m.sessionId, 0, 50);
    const proofs = executions.filter(({ stepKey }) => stepKey?.startsWith('proof:'));
    expect(proofs).toMatchObject([
      { outputSummary: expect.stringMatching(/every test fails, as it should/) },
    ]);
  });

  it('sends tests that prove nothing back to QA with the reason, and goes on with better ones', async () => {
    const m = await mission({
      write_tests: ({ n }) => (n === 1 ? tests('console.assert(add(2, 3) === 5)') : undefined),
    });
    await m.go();
    await approve(test.app, m.caller, m.sessionId);
    expect(await m.go()).toMatchObject({ status: 'completed', qaPassed: true });
    const asked = m.catalog.calls.filter(({ task }) => task === 'write_tests');
    expect(asked).toHaveLength(2);
    expect(asked[1]?.messages.at(-1)?.content).toMatch(
      /<rejected>\nAll 1 tests pass although there is no product/,
    );
    expect(await auditOf(m, 'tests_refused')).toHaveLength(1);
  });

  it('whose tests stay worthless needs attention before anybody mends code for them; a retry asks for new ones', async () => {
    const m = await mission({
      write_tests: ({ n }) => (n <= 3 ? tests(`console.log(${n})`) : undefined),
    });
    await m.go();
    await approve(test.app, m.caller, m.sessionId);
    expect(await m.go()).toMatchObject({
      status: 'needs_attention',
      qaPassed: false,
      iterationCount: 1,
      error: { code: 'tests_worthless', message: expect.stringMatching(/check nothing/) },
    });
    expect(tasks(m).filter((task) => task === 'write_tests')).toHaveLength(3);
    await test.app.sessions.retry(m.caller, m.sessionId, { advice: 'Assert what add gives.' });
    expect(await m.go()).toMatchObject({
      status: 'completed',
      qaPassed: true,
      iterationCount: 1,
      error: null,
    });
    expect(lastWords(m)).toContain('<advice>\nAssert what add gives.\n</advice>');
  });

  it('lets QA rewrite a test that contradicts the PRD, once and on the record', async () => {
    const wrong = tests('assert.equal(add(2, 3), 6)');
    const blame = {
      test: 'AC1.1 adds two numbers',
      fault: 'test',
      analysis: 'The PRD says: add(2, 3) gives 5.',
    };
    const m = await mission({
      write_tests: ({ n }) => (n === 1 ? wrong : undefined),
      report_bugs: () => ({ failures: [blame] }),
    });
    await m.go();
    await approve(test.app, m.caller, m.sessionId);
    const done = await m.go();
    expect(done).toMatchObject({
      status: 'completed',
      qaPassed: true,
      iterationCount: 1,
      stateJson: { rewrittenTests: ['AC1.1 adds two numbers'] },
    });
    expect(await auditOf(m, 'test_rewritten')).toMatchObject([
      { test: 'AC1.1 adds two numbers', file: 'test/sum.test.js', reason: blame.analysis },
    ]);
    const report = await readFile(join(done.workDir ?? '', 'docs/test-report.md'), 'utf8');
    expect(report).toContain('## Tests that QA rewrote');
  });

  it('does not let QA talk a right test away twice, drop one, or make it prove nothing', async () => {
    const blame = { test: 'AC1.1 adds two numbers', fault: 'test', analysis: 'I would rather it passed.' };
    const m = await mission(
      {
        write_code: ({ n }) => code(`${BAD_SUM}// ${n}\n`),
        write_tests: ({ n }) => {
          if (n === 1) return undefined;
          const content = `import test from 'node:test';\ntest('another', () => {});\n`;
          return n === 2
            ? { files: [{ path: 'test/sum.test.js', content }] }
            : tests('console.log(add(2, 3))');
        },
        report_bugs: () => ({ failures: [blame] }),
      },
      { maxIterations: 2 },
    );
    await m.go();
    await approve(test.app, m.caller, m.sessionId);
    expect(await m.go()).toMatchObject({
      status: 'needs_attention',
      qaPassed: false,
      error: { code: 'qa_not_passed', details: { failing: ['AC1.1 adds two numbers'] } },
    });
    const asked = m.catalog.calls.filter(({ task }) => task === 'write_tests');
    expect(asked).toHaveLength(3);
    expect(asked[2]?.messages.at(-1)?.content).toMatch(/has lost tests.*AC1\.1 adds two numbers/);
    expect(await auditOf(m, 'test_rewritten')).toHaveLength(1);
  });
});
