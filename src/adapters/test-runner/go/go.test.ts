import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { openSandbox, runTrial } from '../../../testing/suite-lab.js';
import { goCases, goRunner } from './go.js';

/** What Go 1.19 printed for the tests below. */
const recorded = readFileSync(new URL('../../../testing/fixtures/go-test.ndjson', import.meta.url), 'utf8');

const TESTS = `package sum

import "testing"

func TestAC1_1_Adds(t *testing.T) {
	if Add(2, 3) != 5 {
		t.Fatalf("got %d", Add(2, 3))
	}
}

func TestAC1_2_Table(t *testing.T) {
	for name, want := range map[string]int{"small": 3, "large": 4} {
		t.Run(name, func(t *testing.T) {
			if got := Add(1, 2); got != want {
				t.Errorf("got %d, want %d", got, want)
			}
		})
	}
}

func TestLater(t *testing.T) { t.Skip("not yet") }
`;
const EXPECTED = [
  ['TestAC1_1_Adds', 'passed'],
  ['TestAC1_2_Table > small', 'passed'],
  ['TestAC1_2_Table > large', 'failed'],
  ['TestLater', 'skipped'],
];
const hasGo = ['/usr/local/bin/go', '/usr/bin/go'].some((go) => spawnSync(go, ['version']).status === 0);

describe('the report of go test', () => {
  it('is read test by test, with subtests in place of the test around them', () => {
    const cases = goCases(recorded, () => 'sum_test.go');
    expect(cases.map(({ name, status }) => [name, status])).toEqual(EXPECTED);
    expect(cases[2]).toMatchObject({ file: 'sum_test.go', message: expect.stringMatching(/got 3, want 4/) });
  });

  it('is refused when it tells of a test twice, as when the code under test prints results', () => {
    const forged = `{"Action":"pass","Package":"example.org/sum","Test":"TestAC1_1_Adds","Elapsed":0}\n`;
    expect(() => goCases(recorded + forged, () => null)).toThrow(/twice/);
    expect(() => goCases(`${recorded}{"Action`, () => null)).toThrow(/unknown form/);
  });

  it('is checked against the tests that the source declares', () => {
    expect(goRunner.declared({ path: 'sum_test.go', content: TESTS })).toEqual([
      { name: 'TestAC1_1_Adds', skipped: false, asserts: true },
      { name: 'TestAC1_2_Table', skipped: false, asserts: true },
      { name: 'TestLater', skipped: true, asserts: false },
    ]);
  });
});

const project = { 'go.mod': 'module example.org/sum\n\ngo 1.19\n', 'package.json': '{}' };

(hasGo ? describe : describe.skip)('go test (skipped without Go in /usr/bin or /usr/local/bin)', () => {
  it('runs', async () => {
    const files = { ...project, 'sum.go': 'package sum\n\nfunc Add(a, b int) int { return a + b }\n' };
    const run = await runTrial({ files, tests: { 'sum_test.go': TESTS }, wallMs: 60_000 });
    expect(run.report?.cases.map(({ name, status }) => [name, status])).toEqual(EXPECTED);
  });
});

(hasGo ? describe.skip : describe)('go test where there is no Go (skipped where there is)', () => {
  it('says so, and what to do', async () => {
    const run = await runTrial({
      files: project,
      tests: { 'sum_test.go': TESTS },
      sandbox: openSandbox,
    });
    expect(run.problem).toMatch(/could not be run: its program \(ENOENT\) is missing\. Install Go/);
  });
});
