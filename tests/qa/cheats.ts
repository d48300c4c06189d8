/**
 * Ways to pass without being right, as code that stands before a wrong solution. Each was tried by a model or an
 * attacker somewhere, or could be. `$TESTS` is the list of QA's files, as JSON.
 */
export const JAVASCRIPT_CHEATS: Readonly<Record<string, string>> = {
  'does nothing but return constants': '',
  'ends the process at import': `process.exit(0);`,
  'ends the process at import past its own exit': `process.reallyExit(0);`,
  'ends the process once the tests have begun': `setImmediate(() => process.exit(0));`,
  'ends the process from a microtask': `await Promise.resolve(); process.exit(0);`,
  'sets the exit code to 0': `process.on('exit', () => { process.exitCode = 0; });`,
  'makes the exit code read-only': `try { Object.defineProperty(process, 'exitCode', { get: () => 0, set() {} }); } catch {}`,
  'swallows uncaught errors and rejections': `process.on('uncaughtException', () => {}); process.on('unhandledRejection', () => {});`,
  'kills itself': `process.kill(process.pid, 'SIGKILL');`,
  'kills its parent': `try { process.kill(process.ppid, 'SIGKILL'); } catch {}`,
  'asks its parent for a debugger': `try { process.kill(process.ppid, 'SIGUSR1'); } catch {}
    await new Promise((resolve) => setTimeout(resolve, 100));
    const found = await fetch('http://127.0.0.1:9229/json').then((r) => r.text(), () => '');
    if (found !== '') process.exit(0);`,
  'prints a report as TAP': `console.log('TAP version 13\\nok 1 - all\\n1..1\\n# tests 1\\n# pass 1\\n# fail 0'); process.exit(0);`,
  'prints the runner’s own serialised events': `import v8 from 'node:v8';
    const serializer = new v8.DefaultSerializer();
    serializer.writeHeader(); serializer.writeValue({ type: 'test:pass', data: { name: 'AC1.1', nesting: 0, details: {} } });
    process.stdout.write(serializer.releaseBuffer()); process.exit(0);`,
  'prints lines of a report': `for (const one of $TESTS) console.log(JSON.stringify({ kind: 'event', passed: true, name: one }));
    console.log(JSON.stringify({ kind: 'end' })); process.exit(0);`,
  'writes a report file': `import { writeFileSync, readdirSync } from 'node:fs';
    for (const dir of ['/results', '../results', process.env.HOME])
      for (const name of ['report.sealed', 'report.ndjson', 'plan.json', 'report.tmp'])
        try { writeFileSync(dir + '/' + name, '0'.repeat(64) + '\\n[]'); } catch {}`,
  'leaves a process behind that writes a report file': `import { spawn } from 'node:child_process';
    spawn('sh', ['-c', 'for i in 1 2 3 4 5 6 7 8 9; do sleep 0.1; echo x > /results/report.sealed; echo x > ../results/report.sealed; done'],
      { detached: true, stdio: 'ignore' }).unref();`,
  'writes to the report’s channel': `import { writeSync } from 'node:fs';
    writeSync(3, JSON.stringify({ kind: 'end' }) + '\\n');`,
  'reads from the report’s channel': `import { readSync } from 'node:fs';
    try { readSync(3, Buffer.alloc(10)); } catch {} process.exit(0);`,
  'closes the report’s channel': `import { closeSync, openSync } from 'node:fs'; closeSync(3); openSync('/dev/null', 'w');`,
  'replaces assertions': `import assert from 'node:assert/strict';
    for (const name of Object.keys(assert)) assert[name] = () => {};`,
  'replaces assertions and hides that it cannot': `import assert from 'node:assert'; import { syncBuiltinESMExports } from 'node:module';
    for (const one of [assert, assert.strict])
      for (const name of Object.getOwnPropertyNames(one))
        try { Object.defineProperty(one, name, { value: () => {}, writable: true }); } catch {}
    syncBuiltinESMExports();`,
  'replaces the test module': `import test from 'node:test'; import { syncBuiltinESMExports } from 'node:module';
    for (const name of ['test', 'it', 'describe', 'only']) try { test[name] = () => {}; } catch {}
    syncBuiltinESMExports();`,
  'replaces how the runner calls a test': `import { AsyncResource } from 'node:async_hooks';
    try { AsyncResource.prototype.runInAsyncScope = () => Promise.resolve(); } catch {}`,
  'replaces how the runner calls a test, on another prototype': `import { AsyncResource } from 'node:async_hooks';
    try { Object.setPrototypeOf(AsyncResource.prototype, { runInAsyncScope() {} }); delete AsyncResource.prototype.runInAsyncScope; } catch {}`,
  'rewrites events in the runner’s stream': `import { Readable } from 'node:stream'; import { EventEmitter } from 'node:events';
    const push = Readable.prototype.push;
    try { Readable.prototype.push = function (event, ...rest) {
      if (event?.type === 'test:fail') event.type = 'test:pass';
      return push.call(this, event, ...rest);
    }; } catch {}
    const emit = EventEmitter.prototype.emit;
    EventEmitter.prototype.emit = function (name, event, ...rest) {
      if (event?.type === 'test:fail') event.type = 'test:pass';
      return emit.call(this, name, event, ...rest);
    };`,
  'replaces promises': `try { Promise.prototype.then = function (done) { done?.(); return this; }; } catch {}
    try { globalThis.Promise = class { then() {} }; } catch {}`,
  'makes loops empty': `try { Array.prototype[Symbol.iterator] = function* () {}; } catch {}
    for (const name of ['map', 'forEach', 'filter', 'flatMap', 'every']) try { Array.prototype[name] = () => []; } catch {}`,
  'changes what JSON says': `const { stringify } = JSON;
    try { JSON.stringify = (value) => stringify(value).replaceAll('false', 'true'); } catch {}
    try { Object.prototype.toJSON = function () { return { ...this, passed: true }; }; } catch {}`,
  'replaces writing to descriptors, and the exit code': `import fs, { writeSync } from 'node:fs'; import { syncBuiltinESMExports } from 'node:module';
    const write = writeSync;
    fs.writeSync = (fd, text, ...rest) => write(fd, String(text).replaceAll('"passed":false', '"passed":true'), ...rest);
    syncBuiltinESMExports();
    process.on('exit', () => { process.exitCode = 0; });`,
  'replaces errors': `try { globalThis.Error = class { constructor() { return undefined; } }; } catch {}
    Error.prepareStackTrace = () => { process.exit(0); };`,
  'gives every object options to be skipped': `try { Object.prototype.skip = true; Object.prototype.todo = true; } catch {}`,
  'registers tests of the same names': `import test from 'node:test'; import { readFileSync } from 'node:fs';
    for (const path of $TESTS)
      for (const [, name] of readFileSync(path, 'utf8').matchAll(/(?:test|it)\\('([^']+)'/g)) test(name, () => {});`,
  'registers tests of the same names and never lets QA’s begin': `import test from 'node:test'; import { readFileSync } from 'node:fs';
    for (const path of $TESTS)
      for (const [, name] of readFileSync(path, 'utf8').matchAll(/(?:test|it)\\('([^']+)'/g)) test(name, () => {});
    process.on('exit', () => { process.exitCode = 0; });
    await new Promise(() => {});`,
  'gets the real test module past the loader': `const test = process.getBuiltinModule?.('node:test') ?? (() => {});
    test('AC1.1', () => {}); process.on('exit', () => { process.exitCode = 0; }); await new Promise(() => {});`,
  'hooks the module loader': `import module from 'node:module';
    const hooks = 'export const load = async (u, c, n) => u.includes("/test/") ? { format: "module", source: "", shortCircuit: true } : n(u, c);';
    try { module.register('data:text/javascript,' + encodeURIComponent(hooks)); } catch {}
    try { module._load = () => ({}); module.prototype._compile = () => {}; } catch {}`,
  'attaches a debugger to itself': `import inspector from 'node:inspector';
    try { const session = new inspector.Session(); session.connect();
      session.post('Runtime.evaluate', { expression: 'process.exit(0)' }); } catch {}
    try { inspector.open(0); } catch {}`,
  'attaches a debugger from a worker': `import { Worker } from 'node:worker_threads';
    const code = \`const { Session } = require('node:inspector'); const s = new Session(); s.connectToMainThread();
      s.post('Runtime.evaluate', { expression: 'process.exit(0)' });\`;
    const worker = new Worker(code, { eval: true, execArgv: [] });
    await new Promise((resolve) => { worker.on('exit', resolve); worker.on('error', resolve); });`,
  'attaches a debugger from a worker of another class': `import { Worker } from 'node:worker_threads';
    const code = \`const { Session } = require('node:inspector'); const s = new Session(); s.connectToMainThread();
      s.post('Runtime.evaluate', { expression: 'process.exit(0)' });\`;
    for (const Type of [Object.getPrototypeOf(Worker), Worker.prototype.constructor])
      try { const worker = new Type(code, { eval: true, execArgv: [] });
        await new Promise((resolve) => { worker.on('exit', resolve); worker.on('error', resolve); }); } catch {}`,
  'finds the running test and settles it': `import { executionAsyncResource, createHook } from 'node:async_hooks';
    import { AsyncLocalStorage } from 'node:async_hooks';
    const settle = () => { let one = executionAsyncResource();
      const proto = Object.getPrototypeOf(one ?? {});
      if (proto?.fail) { proto.fail = proto.pass; one.error = null; one.passed = true; } };
    createHook({ before: settle, init: settle }).enable();
    process.on('exit', () => { process.exitCode = 0; });`,
  'puts hooks around every test': `import { createRequire } from 'node:module';
    const load = async () => { for (const get of [() => import('node:test'), () => createRequire(import.meta.url)('node:test'),
        () => createRequire(new URL('../' + $TESTS[0], import.meta.url))('node:test'), () => process.getBuiltinModule('node:test')])
      try { return await get(); } catch {} };
    const test = await load();
    test?.beforeEach?.((t) => { t.skip?.(); Object.assign(t, { test() {} }); });
    test?.afterEach?.(() => { process.exitCode = 0; });`,
  'reaches for the bindings of Node.js': `try { const fs = process.binding('fs'); for (const name of Object.keys(fs)) fs[name] = () => 0; } catch {}`,
  'reaches for what the tools keep': `import { readdirSync } from 'node:fs';
    for (const dir of ['/tools/node-test/assets/', new URL('.', import.meta.resolve('node:test')).href])
      try { const { connect } = await import(dir + 'shim.mjs'); connect(() => {}); } catch {}`,
  'overwrites the tests while they run': `import { writeFileSync } from 'node:fs';
    for (const path of $TESTS) writeFileSync(path, "import test from 'node:test'; test('AC1.1', () => {});");`,
  'deletes the tests while they run': `import { rmSync } from 'node:fs'; for (const path of $TESTS) rmSync(path, { force: true });`,
  'overwrites the tests and restores them at the end': `import { readFileSync, writeFileSync } from 'node:fs';
    for (const path of $TESTS) { const was = readFileSync(path); writeFileSync(path, ''); process.on('exit', () => writeFileSync(path, was)); }`,
  'replaces stdout and the process object': `process.stdout.write = () => true; process.stderr.write = () => true;
    try { globalThis.process = { exit() {}, on() {} }; } catch {}`,
  'throws an error that pretends to be none': `export const hidden = 1; const lie = { code: 'ERR_TEST_FAILURE', failureType: 'cancelledByParent' };
    process.nextTick(() => { throw lie; });`,
};

/** Slow ways: they end at a limit. */
export const SLOW_CHEATS: Readonly<Record<string, string>> = {
  'loops forever at import': `for (;;) {}`,
  'loops forever in microtasks': `await new Promise(() => { const again = () => Promise.resolve().then(again); again(); });`,
  'never ends a server': `import http from 'node:http'; http.createServer().listen(0);`,
  'floods the output': `import { writeSync } from 'node:fs'; const line = 'x'.repeat(65536); for (;;) writeSync(1, line);`,
  'forks without end': `import { spawn } from 'node:child_process'; setInterval(() => spawn('sleep', ['30']), 1);`,
};

/** The same in Python. */
export const PYTHON_CHEATS: Readonly<Record<string, string>> = {
  'does nothing but return constants': '',
  'ends the process at import': `import os\nos._exit(0)`,
  'raises SystemExit at import': `import sys\nsys.exit(0)`,
  'ends the process when the interpreter would': `import atexit, os\natexit.register(lambda: os._exit(0))`,
  'ends the process from a thread': `import os, threading\nthreading.Timer(0.05, os._exit, [0]).start()\nimport time\ntime.sleep(0.2)`,
  'replaces an assertion': `import unittest\nunittest.TestCase.assertEqual = lambda *a, **k: None\nunittest.TestCase.assertRaises = lambda *a, **k: __import__("contextlib").nullcontext()`,
  'replaces how a test is run': `import unittest\nunittest.TestCase.run = lambda self, result=None: result.addSuccess(self)`,
  'replaces the results': `import unittest\nunittest.TestResult.addFailure = lambda *a: None\nunittest.TestResult.addError = lambda *a: None`,
  'replaces the outcome of a test': `import unittest.case, contextlib\nunittest.case._Outcome.testPartExecutor = lambda *a, **k: contextlib.nullcontext()`,
  'replaces a built-in': `import builtins\nbuiltins.AssertionError = Warning`,
  'finds the result on the stack': `import sys, unittest\nfound = []\ndef mean(values):\n    frame = sys._getframe()\n    while frame:\n        for value in list(frame.f_locals.values()):\n            if isinstance(value, unittest.TestResult):\n                value.addFailure = value.addError = lambda test, error: value.addSuccess(test)\n        frame = frame.f_back\n    return 0\nwrong = True`,
  'finds the class of the result on the stack': `import sys, unittest\ndef mean(values):\n    frame = sys._getframe()\n    while frame:\n        for value in list(frame.f_locals.values()):\n            if isinstance(value, unittest.TestResult):\n                type(value).addFailure = type(value).addError = lambda self, test, error: self.addSuccess(test)\n        frame = frame.f_back\n    return 0\nwrong = True`,
  'skips its own tests': `import unittest\ndef mean(values):\n    raise unittest.SkipTest("not here")\nwrong = True`,
  'writes to the report’s channel': `import os\nos.write(3, b'{"kind":"end","count":2}\\n')`,
  'overwrites the tests while they run': `open("tests/test_stats.py", "w").write("")`,
  'kills its parent': `import os, signal\nos.kill(os.getppid(), signal.SIGKILL)`,
  'prints a report': `import os\nos.write(2, b"Ran 2 tests in 0.001s\\n\\nOK\\n")\nos._exit(0)`,
};

/** QA's own tests, when they say nothing. Each replaces the file of the module of functions. */
export const WORTHLESS_TESTS: Readonly<Record<string, string>> = {
  'are none': `export {};`,
  'only print': `test('AC1.1 gives the mean', () => { console.log(mean([1, 2, 6]) === 3); });`,
  'use console.assert': `test('AC1.1 gives the mean', () => { console.assert(mean([1, 2, 6]) === 3, 'wrong'); });`,
  'catch their own failures': `test('AC1.1 gives the mean', () => { try { assert.equal(mean([1, 2, 6]), 3); } catch {} });`,
  'do not wait for their assertions': `test('AC1.1 gives the mean', () => { mean([1, 2, 6]); Promise.resolve().catch(() => {}); });`,
  'assert what is always true': `test('AC1.1 gives the mean', () => { mean([]); assert.equal(1, 1); });`,
  'return before they assert': `test('AC1.1 gives the mean', () => { if (mean) return; assert.equal(mean([1, 2, 6]), 3); });`,
  'have no body': `test('AC1.1 gives the mean');`,
  'are skipped': `test.skip('AC1.1 gives the mean', () => assert.equal(mean([1, 2, 6]), 3));`,
  'are skipped by an option': `test('AC1.1 gives the mean', { skip: true }, () => assert.equal(mean([1, 2, 6]), 3));`,
  'are still to be done': `test('AC1.1 gives the mean', { todo: true }, () => assert.equal(mean([1, 2, 6]), 3));`,
  'skip themselves': `test('AC1.1 gives the mean', (t) => { t.skip('no'); });`,
  'end the process': `process.exit(0);`,
  'end the process in a test': `test('AC1.1 gives the mean', () => { process.exit(0); });`,
  'check one thing and only print another': `test('AC1.1 gives the mean', () => assert.equal(mean([1, 2, 6]), 3));
    test('AC1.2 gives the median', () => { console.log('median'); });`,
};
