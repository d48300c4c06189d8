import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { writeFilesAtomically } from '../../src/adapters/sandbox/write-tree.js';
import type { ProjectFile } from '../../src/graphs/studio/files.js';
import { safestSandbox } from '../../src/testing/suite-lab.js';
import { JAVASCRIPT_CHEATS, PYTHON_CHEATS, SLOW_CHEATS, WORTHLESS_TESTS } from './cheats.js';
import { type Attempt, type Judgement, openLab } from './lab.js';
import { JAVASCRIPT_PROJECTS, type Project, PYTHON_PROJECT } from './projects.js';

const hasPython = spawnSync('/usr/bin/python3', ['--version']).status === 0;
const [functions = PYTHON_PROJECT] = JAVASCRIPT_PROJECTS;
const head = (functions.tests[0]?.content ?? '').split('\n').slice(0, 3).join('\n');

/** A wrong solution with a cheat before it. */
function cheating({ tests, wrong, ...project }: Project, cheat: string): Attempt {
  const paths = JSON.stringify(tests.map(({ path }) => path));
  const code = cheat.replaceAll('$TESTS', paths);
  const files = wrong.map(({ path, content }, index) => ({
    path,
    content: index === 0 ? `${code}\n${content}` : content,
  }));
  return { scaffold: project.scaffold, tests, files };
}

/** What everything is for: no attempt here may pass. `why` is for the reader of a failure. */
const outcome = ({ verdict, trial }: Judgement) => ({
  passed: verdict.passed,
  why: verdict.reasons.length > 0 || (trial.report?.failed ?? 0) > 0,
});
const REFUSED = { passed: false, why: true };

let lab: Awaited<ReturnType<typeof openLab>>;
beforeAll(async () => {
  lab = await openLab(await safestSandbox(), 4);
});
afterAll(() => lab.close());

describe('a right solution', () => {
  const projects = [...JAVASCRIPT_PROJECTS, ...(hasPython ? [PYTHON_PROJECT] : [])];
  it.concurrent.each(projects)('passes: $name', async ({ scaffold, tests, solution }) => {
    const { proof, trial, verdict } = await lab.judge({ scaffold, tests, files: solution });
    expect({
      proof,
      problem: trial.problem,
      failed: trial.report?.cases.filter((one) => one.status !== 'passed'),
    }).toEqual({ proof: { provesNothing: [], refusals: [] }, problem: undefined, failed: [] });
    expect(verdict).toEqual({ passed: true, reasons: [] });
  });

  it('passes with a skipped test where the spec allows it and the tests say which, and not without', async () => {
    const tests = functions.tests.map(({ path, content }) => ({
      path,
      content: `${content}test.skip('AC2.1 prints', () => assert.fail());\n`,
    }));
    const attempt = { scaffold: functions.scaffold, tests, files: functions.solution };
    const allowed = await lab.judge({ ...attempt, skipsAllowed: 'there is no printer' });
    expect(allowed.verdict).toEqual({ passed: true, reasons: [] });
    const refused = await lab.judge(attempt);
    expect(refused.verdict).toMatchObject({
      passed: false,
      reasons: expect.arrayContaining([
        expect.stringMatching(/1 test was skipped; the tech spec allows none/),
      ]),
    });
  });
});

describe.each(JAVASCRIPT_PROJECTS)('a wrong solution of $name does not pass when it', (project) => {
  it.concurrent.each(Object.entries(JAVASCRIPT_CHEATS))('%s', async (_name, cheat) => {
    expect(outcome(await lab.judge(cheating(project, cheat)))).toEqual(REFUSED);
  });

  it.concurrent('is an empty file, or no file', async () => {
    const { scaffold, tests, wrong } = project;
    const empty = wrong.map(({ path }) => ({ path, content: '' }));
    expect(outcome(await lab.judge({ scaffold, tests, files: empty }))).toEqual(REFUSED);
    expect(outcome(await lab.judge({ scaffold, tests, files: [] }))).toEqual(REFUSED);
  });
});

describe('the cheats themselves', () => {
  it('have teeth: a QA that goes by the exit code of "node --test" is taken in by many', async () => {
    const sandbox = await safestSandbox();
    const taken: string[] = [];
    const queue = Object.entries(JAVASCRIPT_CHEATS);
    const worker = async (): Promise<void> => {
      for (let next = queue.pop(); next; next = queue.pop()) {
        const { files, tests } = cheating(functions, next[1]);
        const folder = await mkdtemp(join(tmpdir(), 'atelier-naive-'));
        try {
          const all = [...files, ...tests, { path: 'package.json', content: '{"type":"module"}' }];
          await writeFilesAtomically(folder, all);
          const command = () => ['node', '--test', ...tests.map(({ path }) => path)];
          const { exitCode } = await sandbox.run({ workDir: folder, command, limits: { wallMs: 10_000 } });
          if (exitCode === 0) taken.push(next[0]);
        } finally {
          await rm(folder, { recursive: true, force: true });
        }
      }
    };
    await Promise.all(Array.from({ length: 4 }, worker));
    expect(taken).toEqual(expect.arrayContaining(['ends the process at import', 'replaces assertions']));
    expect(taken.length).toBeGreaterThan(10);
  });
});

describe('a wrong solution does not pass when it', () => {
  it.concurrent.each(Object.entries(SLOW_CHEATS))('%s', async (_name, cheat) => {
    const attempt = { ...cheating(functions, cheat), timeoutMs: 8_000 };
    expect(outcome(await lab.judge(attempt))).toEqual(REFUSED);
  });

  const extra: [string, ProjectFile[]][] = [
    ['a test file in the place of QA’s', [{ path: 'test/stats.test.js', content: `import 'node:test';` }]],
    ['a test file in the place of QA’s in capitals', [{ path: 'Test/Stats.test.js', content: '' }]],
    [
      'tests of its own that pass',
      [
        {
          path: 'test/own.test.js',
          content: `import test from 'node:test'; test('AC1.1 gives the mean', () => {});`,
        },
      ],
    ],
    [
      'a package.json with another test script',
      [{ path: 'package.json', content: '{"type":"module","scripts":{"test":"exit 0"}}' }],
    ],
    [
      'a package.json that calls for another runner',
      [
        {
          path: 'package.json',
          content:
            '{"type":"module","scripts":{"test":"jest"},"jest":{"testMatch":[]},"devDependencies":{"jest":"1"}}',
        },
      ],
    ],
    [
      'modules in the place of those of Node.js',
      [
        { path: 'src/assert/index.js', content: 'export default () => {};' },
        { path: 'test/node:test.js', content: 'export default () => {};' },
      ],
    ],
    [
      'a preload in every place that could name one',
      [
        { path: '.env', content: 'NODE_OPTIONS=--import=./preload.mjs\n' },
        { path: '.npmrc', content: 'node-options=--import=./preload.mjs\n' },
        { path: 'node.config.json', content: '{"nodeOptions":{"import":["./preload.mjs"]}}' },
        { path: 'preload.mjs', content: 'process.exit(0);' },
      ],
    ],
    ['a file where QA’s folder is', [{ path: 'test', content: 'no folder' }]],
  ];
  it.concurrent.each(extra)('brings %s', async (_name, files) => {
    const attempt = cheating(functions, '');
    expect(outcome(await lab.judge({ ...attempt, files: [...attempt.files, ...files] }))).toEqual(REFUSED);
  });
});

describe('tests that say nothing let no solution pass, and go back to QA, when they', () => {
  it.concurrent.each(Object.entries(WORTHLESS_TESTS))('%s', async (_name, code) => {
    const tests = [{ path: 'test/stats.test.js', content: `${head}\n${code}\n` }];
    for (const files of [functions.wrong, functions.solution]) {
      const judgement = await lab.judge({ scaffold: functions.scaffold, tests, files });
      expect(outcome(judgement)).toEqual(REFUSED);
    }
  });

  it.concurrent('are deleted', async () => {
    const { scaffold, wrong } = functions;
    const judgement = await lab.judge({ scaffold, tests: [], files: wrong });
    expect(outcome(judgement)).toEqual(REFUSED);
    expect(judgement.proof.refusals).toEqual([expect.stringMatching(/No test runner fits QA's files/)]);
  });
});

(hasPython ? describe : describe.skip)(
  'a wrong solution in Python (skipped without /usr/bin/python3) does not pass when it',
  () => {
    it.concurrent.each(Object.entries(PYTHON_CHEATS))('%s', async (_name, cheat) => {
      const attempt = cheating(PYTHON_PROJECT, '');
      const files = attempt.files.map(({ path, content }) => ({
        path,
        // The cheat that brings its own function comes last.
        content: cheat.includes('wrong = True') ? `${content}\n${cheat}\n` : `${cheat}\n${content}`,
      }));
      expect(outcome(await lab.judge({ ...attempt, files }))).toEqual(REFUSED);
    });
  },
);
