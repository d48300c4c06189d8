import { describe, expect, it } from '@jest/globals';
import { ValidationError } from '../../../core/errors.js';
import { runTrial } from '../../../testing/suite-lab.js';
import { goRunner } from '../go/go.js';
import { jestRunner } from '../jest/jest.js';
import { pytestRunner } from '../pytest/pytest.js';
import { pickRunner } from '../runners.js';
import { unittestRunner } from '../unittest/unittest.js';
import { vitestRunner } from '../vitest/vitest.js';
import { nodeTestRunner } from './node-test.js';

const imports = `import test, { describe, it, before } from 'node:test'; import assert from 'node:assert/strict';\n`;

/** Runs QA's files; the report must be there to be read. */
async function report(tests: Record<string, string>, more: Partial<Parameters<typeof runTrial>[0]> = {}) {
  const run = await runTrial({ tests, ...more });
  if (!run.report) throw new Error(`${run.problem}\n${run.result.output}`);
  return { ...run, report: run.report };
}

describe('the node-test runner', () => {
  it('counts leaf tests with the names of their suites, and the counts agree with the cases', async () => {
    const { report: found } = await report({
      'test/a.test.js': `${imports}
        test('adds', () => assert.equal(1 + 1, 2));
        test('fails', () => assert.equal(1, 2));
        test('later', { todo: true }, () => { throw new Error('not yet'); });
        test('skipped', { skip: 'no reason' }, () => {});
        describe('outer', () => { describe('inner', () => { it('deep', () => {}); }); it('shallow', () => {}); });
        test('parent', async (t) => { await t.test('child', () => {}); await t.test('bad child', () => assert.fail('no')); });
        test('with a callback', (t, done) => { setTimeout(done, 1); });
        describe('empty', () => {});`,
      'src/index.test.mjs': `${imports} test('beside the code', () => {});`,
    });
    expect(found.cases.map(({ file, name, status }) => `${file} ${name}: ${status}`)).toEqual([
      'src/index.test.mjs beside the code: passed',
      'test/a.test.js adds: passed',
      'test/a.test.js fails: failed',
      'test/a.test.js later: skipped',
      'test/a.test.js skipped: skipped',
      'test/a.test.js outer > inner > deep: passed',
      'test/a.test.js outer > shallow: passed',
      'test/a.test.js parent > child: passed',
      'test/a.test.js parent > bad child: failed',
      'test/a.test.js with a callback: passed',
    ]);
    expect(found).toMatchObject({ runner: 'node-test', passed: 6, failed: 2, skipped: 2, executed: 8 });
  });

  it('gives the reason of a failure, with the place in the project and no folder of the sandbox', async () => {
    const run = await report({ 'sum.test.js': `${imports}\ntest('sums', () => assert.equal(3, 4));` });
    expect(run.report.cases[0]?.message).toMatch(/AssertionError: .*\n+3 !== 4\n[^]*at .*sum\.test\.js:3:/);
    expect(JSON.stringify(run.report)).not.toContain(run.folder);
  });

  it('counts a file that cannot be loaded as one failed case, with what it printed', async () => {
    const run = await report({
      'bad.test.js': `${imports} import './missing.js'; test('never seen', () => {});`,
      'good.test.js': `${imports} test('still runs', () => {});`,
    });
    expect(run.report).toMatchObject({ passed: 1, failed: 1, executed: 2 });
    expect(run.report.cases.find(({ status }) => status === 'failed')).toMatchObject({
      name: 'bad.test.js',
      file: 'bad.test.js',
      message: expect.stringMatching(/Cannot find module 'missing\.js'/),
    });
    expect(JSON.stringify(run.report)).not.toContain(run.folder);
  });

  it('counts a suite whose hook fails as a failed case, and passes none of the tests it kept from running', async () => {
    const run = await report({
      'hook.test.js': `${imports} describe('db', () => { before(() => { throw new Error('no db'); }); it('a', () => {}); it('b', () => {}); });`,
    });
    expect(run.report).toMatchObject({ passed: 0, skipped: 0 });
    expect(run.report.cases[0]).toMatchObject({
      name: 'db',
      status: 'failed',
      message: expect.stringContaining('no db'),
    });
  });

  it('counts a file that exits badly after its tests passed as failed', async () => {
    const run = await report({
      'exit.test.js': `${imports} test('passes', () => {}); process.on('exit', () => { process.exitCode = 3; });`,
    });
    expect(run.report).toMatchObject({ passed: 1, failed: 1 });
  });

  it('says what may keep a file from ending', async () => {
    const run = await report(
      {
        'open.test.js': `${imports} import http from 'node:http'; test('x', () => { http.createServer().listen(0); });`,
      },
      { wallMs: 4_000 },
    );
    expect(run.report.cases).toMatchObject([
      { name: 'x', status: 'passed' },
      {
        name: 'open.test.js',
        status: 'failed',
        message: expect.stringMatching(/did not end in time.*not close/),
      },
    ]);
  });

  it('has executed nothing when no test is there', async () => {
    const run = await report({ 'test/helper.js': `import 'node:test'; export const x = 1;` });
    expect(run.report).toMatchObject({ executed: 0, cases: [] });
  });

  it('runs tests written as CommonJS', async () => {
    const run = await report(
      {
        'a.test.cjs': `const test = require('node:test'); const { it } = require('node:test');
          const assert = require('node:assert/strict'); const { add } = require('./sum.cjs');
          test('adds', () => assert.equal(add(1, 2), 3)); it('adds more', () => assert.equal(add(1, 2), 4));`,
      },
      { files: { 'sum.cjs': 'exports.add = (a, b) => a + b;' } },
    );
    expect(run.report.cases.map(({ name, status }) => [name, status])).toEqual([
      ['adds', 'passed'],
      ['adds more', 'failed'],
    ]);
    const empty = await report(
      {
        'a.test.cjs': `const { it } = require('node:test'); const { add } = require('./sum.cjs');
          it('calls', () => add()); it('adds', () => { if (add(1, 2) !== 3) throw new Error('no'); });`,
      },
      { files: { 'sum.cjs': 'exports.add = (a, b) => a + b;' }, empty: true },
    );
    expect(empty.report.cases.map(({ name, status }) => [name, status])).toEqual([
      ['calls', 'passed'],
      ['adds', 'failed'],
    ]);
  });

  it('leaves open what tests and programs are used to doing', async () => {
    const run = await report({
      'open.test.js': `${imports}
        import { mock } from 'node:test';
        import { EventEmitter, once } from 'node:events';
        import http from 'node:http';
        import { execFileSync } from 'node:child_process';
        import { Worker } from 'node:worker_threads';
        import * as every from 'node:module';
        test('errors with names of their own', () => {
          class TooMuch extends Error { constructor(m) { super(m); this.name = 'TooMuch'; this.message = m + '!'; } }
          assert.throws(() => { throw new TooMuch('x'); }, { name: 'TooMuch', message: 'x!' });
          function Old() { Error.call(this); } Old.prototype = Object.create(Error.prototype); Old.prototype.constructor = Old;
          Old.prototype.name = 'Old'; assert.equal(new Old().name, 'Old');
        });
        test('objects with the names of built-in methods', () => {
          const o = {}; o.toString = () => 'mine'; o.constructor = 1; o.hasOwnProperty = 2; assert.equal(String(o), 'mine');
          const e = new EventEmitter(); e.emit = () => 'mine'; assert.equal(e.emit('x'), 'mine');
          assert.deepEqual(JSON.parse('{"toString":1}').toString, 1); assert.deepEqual({ ...o }.hasOwnProperty, 2);
        });
        test('mocks of clocks, methods and fetch', async () => {
          mock.timers.enable({ apis: ['setTimeout', 'Date'], now: 1000 });
          let fired = false; setTimeout(() => { fired = true; }, 50); mock.timers.tick(50);
          assert.equal(fired, true); assert.equal(Date.now(), 1050); mock.timers.reset();
          mock.method(console, 'log', () => {}); console.log('x'); assert.equal(console.log.mock.callCount(), 1);
          mock.method(globalThis, 'fetch', async () => 'faked'); assert.equal(await fetch('x'), 'faked'); mock.restoreAll();
          const random = Math.random; Math.random = () => 0.5; assert.equal(Math.random(), 0.5); Math.random = random;
        });
        test('servers, child processes and workers', async () => {
          const server = http.createServer((_q, r) => r.end('hi')).listen(0, '127.0.0.1'); await once(server, 'listening');
          const answer = await fetch('http://127.0.0.1:' + server.address().port); assert.equal(await answer.text(), 'hi');
          server.closeAllConnections(); server.close();
          assert.equal(execFileSync(process.execPath, ['-p', '1+1']).toString().trim(), '2');
          const worker = new Worker('require("worker_threads").parentPort.postMessage([1].map((x) => x + 1))', { eval: true });
          assert.deepEqual((await once(worker, 'message'))[0], [2]);
        });
        test('every module of Node.js loads but the debugger', async () => {
          const closed = ['inspector/promises'];
          for (const name of every.builtinModules.filter((n) => !n.startsWith('_') && !closed.includes(n))) await import(name.startsWith('node:') ? name : 'node:' + name);
        });`,
    });
    expect(run.report.cases.filter(({ status }) => status !== 'passed')).toEqual([]);
    expect(run.report.passed).toBe(5);
  });

  it('closes what code could look into or change a process with, in the process and in its workers', async () => {
    const run = await report({
      'closed.test.js': `${imports}
        import fs from 'node:fs';
        import inspector from 'node:inspector';
        import module, { syncBuiltinESMExports } from 'node:module';
        import { once } from 'node:events';
        import { Worker } from 'node:worker_threads';
        const refused = (fn) => assert.throws(fn, /not available|locked|read only|not extensible|Cannot redefine/);
        test('in the process', () => {
          refused(() => new inspector.Session()); refused(() => inspector.open(0)); refused(() => process.binding('fs'));
          refused(() => module.register('data:text/javascript,')); refused(() => { assert.equal = () => {}; });
          refused(() => { Array.prototype.map = () => {}; }); refused(() => { Object.prototype.skip = true; });
          refused(() => { JSON.stringify = () => ''; }); refused(() => { globalThis.Promise = null; });
          refused(() => { Object.defineProperty(Error.prototype, 'name', { value: 'x' }); });
          fs.writeSync = () => 0; syncBuiltinESMExports();
        });
        test('in workers, whatever class they are made with', async () => {
          const code = \`const { parentPort } = require('node:worker_threads'); const { Session } = require('node:inspector');
            let text = 'open'; try { new Session(); } catch (error) { text = error.message; } parentPort.postMessage(text);\`;
          for (const Type of [Worker, Worker.prototype.constructor]) {
            const worker = new Type(code, { eval: true, execArgv: [] });
            assert.match((await once(worker, 'message'))[0], /not available/);
          }
        });`,
    });
    expect(run.report.cases.map(({ name, status, message }) => [name, status, message])).toEqual([
      ['in the process', 'passed', undefined],
      ['in workers, whatever class they are made with', 'passed', undefined],
    ]);
  });

  it('answers a debugger neither in the harness nor in a test file', async () => {
    const run = await report({
      'debug.test.js': `${imports}
        test('no port opens', async () => {
          process.kill(process.ppid, 'SIGUSR1'); process.kill(process.pid, 'SIGUSR1');
          await new Promise((resolve) => setTimeout(resolve, 300));
          const found = await fetch('http://127.0.0.1:9229/json').then((r) => r.text(), () => 'refused');
          assert.equal(found, 'refused');
        });`,
    });
    expect(run.report).toMatchObject({ passed: 1, failed: 0 });
  });

  it('runs against stubs when there is no project: calls give undefined, so only empty promises pass', async () => {
    const run = await report(
      {
        'test/sum.test.js': `${imports}
        import add, { total, Basket } from '../src/sum.js';
        import * as rest from '../src/rest.js';
        test('adds', () => assert.equal(add(1, 2), 3));
        test('totals', async () => assert.deepEqual(await total([1]), { sum: 1 }));
        test('counts', () => { const basket = new Basket(); basket.put(1); assert.equal(basket.size, 1); });
        test('rest', () => assert.throws(() => rest.go(), /no/));
        test('only talks', () => { console.assert(add(1, 2) === 3); });`,
      },
      { empty: true, files: { 'src/sum.js': 'export default (a, b) => a + b;' } },
    );
    expect(run.report.cases.map(({ name, status }) => `${name}: ${status}`)).toEqual([
      'adds: failed',
      'totals: failed',
      'counts: failed',
      'rest: failed',
      'only talks: passed',
    ]);
  });
});

describe('picking a test runner', () => {
  const pick = (tests: Record<string, string>, project: Record<string, string> = {}) =>
    pickRunner({
      tests: Object.entries(tests).map(([path, content]) => ({ path, content })),
      project: new Map(Object.entries(project)),
      empty: false,
    });
  const withJest = { 'package.json': '{"scripts":{"test":"jest"}}' };

  it('goes by what the tests import, then by package.json, then by the names of the files', () => {
    expect(pick({ 'a.test.js': imports }, withJest)).toBe(nodeTestRunner);
    expect(pick({ 'a.test.js': `test('x', () => {})` }, withJest)).toBe(jestRunner);
    expect(pick({ 'a.test.js': `import { it } from '@jest/globals'` })).toBe(jestRunner);
    expect(pick({ 'a.test.ts': `import { it } from 'vitest'` })).toBe(vitestRunner);
    expect(pick({ 'a.spec.ts': '' }, { 'package.json': '{"devDependencies":{"vitest":"1"}}' })).toBe(
      vitestRunner,
    );
    expect(pick({ 'tests/test_a.py': 'import unittest\nclass A(unittest.TestCase): pass' })).toBe(
      unittestRunner,
    );
    expect(pick({ 'test_a.py': 'def test_a(): pass' })).toBe(pytestRunner);
    expect(pick({ 'sum_test.go': 'package sum' })).toBe(goRunner);
  });

  it('says what to do when no runner fits', () => {
    expect(() => pick({ 'test/sum.js': 'console.log(1)' }, { 'package.json': '{' })).toThrow(ValidationError);
    expect(() => pick({ 'test/sum.js': '' })).toThrow(/known: node-test, vitest.*node:test/);
  });
});
