import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createHmac } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runTrial } from '../../../testing/suite-lab.js';
import type { Suite } from '../port.js';
import { pytestRunner } from '../pytest/pytest.js';
import { readSealedReport } from '../sealed-report.js';
import { unittestRunner } from '../unittest/unittest.js';

const hasPython = spawnSync('/usr/bin/python3', ['--version']).status === 0;
const hasPytest = spawnSync('python3', ['-c', 'import pytest']).status === 0;
const statuses = (cases: readonly { name: string; status: string }[]) =>
  cases.map(({ name, status }) => `${name}: ${status}`);

const SUM = 'def add(a, b):\n    return a + b\n';
const TESTS = `import unittest
from sum import add

class Sums(unittest.TestCase):
    def test_ac1_1_adds(self):
        self.assertEqual(add(2, 3), 5)

    def test_ac1_2_fails(self):
        self.assertEqual(add(2, 3), 6)

    @unittest.skip("later")
    def test_ac1_3_later(self):
        self.fail()

    def test_talk(self):
        print(add(1, 1) == 2)
`;

(hasPython ? describe : describe.skip)('unittest (skipped without /usr/bin/python3)', () => {
  it('counts the tests of each class, with the reason of a failure and no folder of the sandbox', async () => {
    const run = await runTrial({ tests: { 'tests/test_sum.py': TESTS }, files: { 'sum.py': SUM } });
    expect(run.problem).toBeUndefined();
    expect(statuses(run.report?.cases ?? [])).toEqual([
      'Sums > test_ac1_1_adds: passed',
      'Sums > test_ac1_2_fails: failed',
      'Sums > test_ac1_3_later: skipped',
      'Sums > test_talk: passed',
    ]);
    expect(run.report?.cases[1]?.message).toMatch(/AssertionError: 5 != 6/);
    expect(JSON.stringify(run.report)).not.toContain(run.folder);
  });

  it('runs against stubs when there is no project', async () => {
    const run = await runTrial({
      tests: { 'tests/test_sum.py': TESTS },
      files: { 'sum.py': SUM },
      empty: true,
    });
    expect(statuses(run.report?.cases ?? [])).toEqual([
      'Sums > test_ac1_1_adds: failed',
      'Sums > test_ac1_2_fails: failed',
      'Sums > test_ac1_3_later: skipped',
      'Sums > test_talk: passed',
    ]);
  });

  it.each([
    ['exits at import', 'import os\nos._exit(0)\n', /ended \(exit code 0\) before its tests did/],
    ['raises at import', 'raise RuntimeError("boom")\n', /RuntimeError: boom/],
  ])('fails a file whose project %s', async (_name, source, reason) => {
    const run = await runTrial({ tests: { 'test_sum.py': TESTS }, files: { 'sum.py': source } });
    expect(run.report).toMatchObject({ passed: 0 });
    expect(run.report?.cases[0]?.message).toMatch(reason);
  });

  it.each([
    ['replaces an assertion', 'import unittest\nunittest.TestCase.assertEqual = lambda *a: None\n'],
    ['replaces a builtin', 'import builtins\nbuiltins.AssertionError = KeyError\n'],
    ['reports by itself', 'import os\nos.write(3, b\'{"kind":"end","count":1}\\n\')\n'],
  ])('does not believe the report when the project %s', async (_name, source) => {
    const run = await runTrial({ tests: { 'test_sum.py': TESTS }, files: { 'sum.py': source + SUM } });
    expect(run.problem).toMatch(/not believed/);
  });

  it('does not let a module of the project stand in for unittest', async () => {
    const run = await runTrial({
      tests: { 'test_sum.py': TESTS },
      files: { 'sum.py': SUM, 'unittest.py': 'class TestCase: pass\ndef skip(r): return lambda f: f\n' },
    });
    expect(run.report).toMatchObject({ passed: 2, failed: 1 });
  });
});

describe('what a Python file declares', () => {
  it('is its test methods, with what they are marked with', () => {
    expect(unittestRunner.declared({ path: 'test_a.py', content: TESTS })).toEqual([
      { name: 'test_ac1_1_adds', skipped: false, asserts: true },
      { name: 'test_ac1_2_fails', skipped: false, asserts: true },
      { name: 'test_ac1_3_later', skipped: true, asserts: true },
      { name: 'test_talk', skipped: false, asserts: false },
    ]);
    expect(unittestRunner.declared({ path: 'helper.py', content: TESTS })).toEqual([]);
  });
});

// The sandbox has only the system's Python. Where pytest belongs to another one, the harness is started here.
(hasPytest ? describe : describe.skip)('pytest (skipped where python3 on PATH has none)', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'atelier-pytest-'));
    mkdirSync(join(folder, 'work'));
    mkdirSync(join(folder, 'results'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('counts the tests of a file, whatever settings the project has', async () => {
    const content = `import pytest
from sum import add

def test_ac1_1_adds():
    assert add(2, 3) == 5

@pytest.mark.parametrize("a,b", [(1, 2), (2, 9)])
def test_pairs(a, b):
    assert add(a, 1) == b

@pytest.mark.skip(reason="later")
def test_later():
    assert False
`;
    const suite: Suite = { tests: [{ path: 'test_sum.py', content }], project: new Map(), empty: false };
    const work = join(folder, 'work');
    const results = join(folder, 'results');
    const tools = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');
    writeFileSync(join(work, 'test_sum.py'), content);
    writeFileSync(join(work, 'sum.py'), SUM);
    writeFileSync(join(work, 'conftest.py'), 'def pytest_collection_modifyitems(items): items.clear()\n');
    writeFileSync(join(work, 'pytest.ini'), '[pytest]\naddopts = --co\n');
    const units = pytestRunner.units(suite, { work, tools, results });
    const plan = units.map((unit) => ({ needs: [], readStdout: false, ...unit, timeoutMs: 20_000 }));
    writeFileSync(join(results, 'plan.json'), JSON.stringify({ key: 'ab', concurrency: 1, units: plan }));
    execFileSync(process.execPath, [join(tools, 'harness/assets/harness.mjs'), results], {
      cwd: work,
      stdio: 'pipe',
    });
    const cases = pytestRunner.read(await readSealedReport(results, 'ab'), suite);
    expect(statuses(cases)).toEqual([
      'test_ac1_1_adds: passed',
      'test_pairs[1-2]: passed',
      'test_pairs[2-9]: failed',
      'test_later: skipped',
    ]);
    const [seal, body = ''] = readFileSync(join(results, 'report.sealed'), 'utf8').split('\n');
    expect(createHmac('sha256', Buffer.from('ab', 'hex')).update(body).digest('hex')).toBe(seal);
    await expect(readSealedReport(results, 'cd')).rejects.toThrow(/seal is broken/);
  });
});
