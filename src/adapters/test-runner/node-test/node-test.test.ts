import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ValidationError } from '../../../core/errors.js';
import { PlainSandbox } from '../../sandbox/plain/plain.js';
import { pickRunner } from '../runners.js';
import { nodeTestRunner } from './node-test.js';

const PACKAGE = JSON.stringify({ type: 'module', scripts: { test: 'node --test' } });
/** What these tests run is written here, so it needs no sandbox that isolates. */
const sandbox = new PlainSandbox({ allowedHashes: new Set(), allowAnything: true });

describe('the node-test runner', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'atelier-node-test-'));
    await mkdir(join(root, 'work'));
    await mkdir(join(root, 'results'));
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  const runTests = async (contents: Record<string, string>) => {
    const files = new Map(Object.entries({ 'package.json': PACKAGE, ...contents }));
    for (const [path, content] of files) {
      await mkdir(dirname(join(root, 'work', path)), { recursive: true });
      await writeFile(join(root, 'work', path), content);
    }
    const result = await sandbox.run({
      workDir: join(root, 'work'),
      toolsDir: nodeTestRunner.toolsDir,
      resultsDir: join(root, 'results'),
      command: (paths) => nodeTestRunner.command(paths, files),
    });
    return { result, report: await nodeTestRunner.parse(join(root, 'results')) };
  };
  const imports = `import test, { describe, it, before } from 'node:test'; import assert from 'node:assert/strict';\n`;

  it('counts leaf tests with the names of their suites, and the counts agree with the cases', async () => {
    const { result, report } = await runTests({
      'test/a.test.js': `${imports}
        test('adds', () => assert.equal(1 + 1, 2));
        test('fails', () => assert.equal(1, 2));
        test('later', { todo: true }, () => { throw new Error('not yet'); });
        test('skipped', { skip: 'no reason' }, () => {});
        describe('outer', () => { describe('inner', () => { it('deep', () => {}); }); it('shallow', () => {}); });
        test('parent', async (t) => { await t.test('child', () => {}); await t.test('bad child', () => assert.fail('no')); });
        describe('empty', () => {});`,
      'src/index.test.mjs': `${imports} test('beside the code', () => {});`,
    });
    expect(result.exitCode).toBe(1);
    expect(report.cases.map(({ file, name, status }) => `${file} ${name}: ${status}`)).toEqual([
      'src/index.test.mjs beside the code: passed',
      'test/a.test.js adds: passed',
      'test/a.test.js fails: failed',
      'test/a.test.js later: skipped',
      'test/a.test.js skipped: skipped',
      'test/a.test.js outer > inner > deep: passed',
      'test/a.test.js outer > shallow: passed',
      'test/a.test.js parent > child: passed',
      'test/a.test.js parent > bad child: failed',
    ]);
    expect(report).toMatchObject({ runner: 'node-test', passed: 5, failed: 2, skipped: 2, executed: 7 });
  });

  it('gives the reason of a failure, with the place in the project and no folder of the sandbox', async () => {
    const { report } = await runTests({
      'sum.test.js': `${imports}\ntest('sums', () => assert.equal(3, 4));`,
    });
    expect(report.cases[0]?.message).toMatch(/AssertionError: .*\n+3 !== 4\n[^]*at .*sum\.test\.js:3:/);
    expect(JSON.stringify(report)).not.toContain(root);
  });

  it('counts a file that cannot be loaded as one failed case, with what it printed', async () => {
    const { report } = await runTests({
      'bad.test.js': `import './missing.js';`,
      'good.test.js': `${imports} test('still runs', () => {});`,
    });
    expect(report).toMatchObject({ passed: 1, failed: 1, executed: 2 });
    expect(report.cases.find(({ status }) => status === 'failed')).toMatchObject({
      name: 'bad.test.js',
      file: 'bad.test.js',
      message: expect.stringMatching(/Cannot find module 'missing\.js'/),
    });
  });

  it('counts a suite whose hook fails as one failed case, in place of the tests it kept from running', async () => {
    const { report } = await runTests({
      'hook.test.js': `${imports} describe('db', () => { before(() => { throw new Error('no db'); }); it('a', () => {}); it('b', () => {}); });`,
    });
    expect(report.cases).toEqual([
      expect.objectContaining({ name: 'db', status: 'failed', message: expect.stringContaining('no db') }),
    ]);
  });

  it('counts a file that exits badly after its tests passed as failed', async () => {
    const { report } = await runTests({
      'exit.test.js': `${imports} test('passes', () => {}); process.on('exit', () => { process.exitCode = 3; });`,
    });
    expect(report).toMatchObject({ passed: 1, failed: 1 });
  });

  it('says what may keep a file from ending', async () => {
    const file = {
      passed: false,
      name: 'a.test.js',
      file: 'a.test.js',
      nesting: 0,
      kind: 'file',
      skipped: false,
    };
    const line = {
      ...file,
      durationMs: 9,
      failure: 'testTimeoutFailure',
      message: 'test timed out after 9ms',
    };
    const text = [line, { end: true, events: 1 }].map((one) => `${JSON.stringify(one)}\n`).join('');
    await writeFile(join(root, 'results', 'report.ndjson'), text);
    const { cases } = await nodeTestRunner.parse(join(root, 'results'));
    expect(cases).toEqual([
      expect.objectContaining({
        name: 'a.test.js',
        status: 'failed',
        message: expect.stringMatching(/^test timed out after 9ms\nThe file did not end: .*server.*open/),
      }),
    ]);
  });

  it('has executed nothing when no test is there', async () => {
    const { report } = await runTests({ 'test/helper.js': 'export const x = 1;' });
    expect(report).toMatchObject({ executed: 0, cases: [] });
  });

  it('refuses a report that is missing, cut short, malformed, miscounted or a link', async () => {
    const results = join(root, 'results');
    const report = join(results, 'report.ndjson');
    const line = `{"passed":true,"name":"a","file":null,"nesting":0,"kind":"test","skipped":false,"durationMs":1}\n`;
    const refused = async (reason: RegExp) => {
      await expect(nodeTestRunner.parse(results)).rejects.toThrow(ValidationError);
      await expect(nodeTestRunner.parse(results)).rejects.toThrow(reason);
    };
    await refused(/was not written/);
    for (const [text, reason] of [
      ['', /does not end it/],
      [line, /does not end it/],
      [`${line}{"end":true,"events":2}\n`, /holds 1 results/],
      [`${line}{"end":true,"events":1}\n${line}`, /does not end it/],
      [`{"passed":1}\n{"end":true,"events":1}\n`, /line 1 has an unknown form/],
      [`{"pas\n{"end":true,"events":1}\n`, /line 1 is not JSON/],
    ] as const) {
      await writeFile(report, text);
      await refused(reason);
    }
    await writeFile(join(root, 'elsewhere'), `${line}{"end":true,"events":1}\n`);
    await rm(report);
    await symlink(join(root, 'elsewhere'), report);
    await refused(/was not written/);
  });
});

describe('picking a test runner', () => {
  it('takes node-test for a "node --test" script, or for node:test files without a script', () => {
    expect(pickRunner(new Map([['package.json', PACKAGE]]))).toBe(nodeTestRunner);
    expect(pickRunner(new Map([['src/a.test.js', `import test from 'node:test';`]]))).toBe(nodeTestRunner);
  });

  it('says what to do when no runner fits', () => {
    const jest = new Map([['package.json', JSON.stringify({ scripts: { test: 'jest' } })]]);
    expect(() => pickRunner(jest)).toThrow(/known: node-test.*node --test/);
    expect(() => pickRunner(new Map([['package.json', '{']]))).toThrow(ValidationError);
  });
});
