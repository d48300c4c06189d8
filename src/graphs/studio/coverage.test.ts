import { describe, expect, it } from '@jest/globals';
import { coverageOf, criteriaOf, traceCriteria } from './coverage.js';
import { proofOf, skipsAllowed } from './proof.js';
import { testReport } from './reports.js';
import { countsOf, judge } from './verdict.js';
import type { Trial } from './workshop.js';

const PRD = `# Sum\n\n### R1 Add\n\n- AC1.1 adds | two\n- AC1.2 refuses text\n\n### R2 Show\n\n- AC2.1 prints\n`;
const one = (name: string, status: 'passed' | 'failed' | 'skipped' = 'passed') => ({
  name,
  file: 'test/a.test.js',
  status,
  durationMs: 1,
});
const trialOf = (cases: ReturnType<typeof one>[], more: Partial<Trial> = {}): Trial => {
  const count = (status: string) => cases.filter((each) => each.status === status).length;
  const [passed, failed, skipped] = [count('passed'), count('failed'), count('skipped')];
  return {
    report: { runner: 'node-test', cases, passed, failed, skipped, executed: passed + failed },
    problem: undefined,
    blocked: false,
    declared: cases.map(({ name, file }) => ({ name, file, skipped: false, asserts: true })),
    stubs: true,
    output: '',
    scaffolded: [],
    durationMs: 1,
    ...more,
  };
};
const GOOD = { provesNothing: [], refusals: [] };

describe('the criteria that a test stands for', () => {
  it.each([
    ['AC1.1 adds', ['AC1.1']],
    ['AC1.1 AC2.10 adds', ['AC1.1', 'AC2.10']],
    ['AC1.1, AC1.2 and AC2.1: adds', ['AC1.1', 'AC1.2', 'AC2.1']],
    ['Sums > AC1.2 adds', ['AC1.2']],
    ['AC1.1 adds > with AC2.1 in the text', ['AC1.1']],
    ['Sums > test_ac1_1_adds', ['AC1.1']],
    ['TestAC1_1_AC1_2_Adds > small', ['AC1.1', 'AC1.2']],
    ['adds like AC1.1', []],
  ])('of "%s" are %j', (name, ids) => {
    expect(criteriaOf(name)).toEqual(ids);
  });

  it('are covered by tests that were executed and can fail', () => {
    const cases = [one('AC1.1 adds', 'failed'), one('AC1.2 a'), one('AC2.1 b', 'skipped')];
    const trace = traceCriteria(PRD, cases, [{ file: 'test/a.test.js', name: 'AC1.2 a' }]);
    expect(trace.map(({ id, covered }) => [id, covered])).toEqual([
      ['AC1.1', true],
      ['AC1.2', false],
      ['AC2.1', false],
    ]);
    expect(coverageOf(trace)).toEqual({ criteria: 3, covered: 1, uncovered: ['AC1.2', 'AC2.1'] });
  });
});

describe('the verdict', () => {
  it('is passed only when something was executed, nothing failed and nothing was skipped', () => {
    const verdict = (trial: Trial, allowed: string | null = null) => judge(trial, GOOD, allowed).passed;
    expect(verdict(trialOf([one('a')]))).toBe(true);
    expect(verdict(trialOf([]))).toBe(false);
    expect(verdict(trialOf([one('a'), one('b', 'failed')]))).toBe(false);
    expect(verdict(trialOf([one('a'), one('b', 'skipped')]))).toBe(false);
    expect(verdict(trialOf([one('a')], { report: undefined, problem: 'stopped' }))).toBe(false);
  });

  it('lets tests be skipped that the spec allows and the tests mark, and no more', () => {
    const trial = trialOf([one('a'), one('b', 'skipped')]);
    expect(judge(trial, GOOD, 'no printer').reasons).toEqual([
      "1 test was skipped; QA's files mark 0 of them.",
    ]);
    const marked = { name: 'b', file: 'test/a.test.js', skipped: true, asserts: true };
    expect(judge({ ...trial, declared: [marked] }, GOOD, 'no printer').passed).toBe(true);
  });

  it('is not passed when all that passed would pass without the product', () => {
    const verdict = judge(
      trialOf([one('a')]),
      { provesNothing: [{ file: 'test/a.test.js', name: 'a' }], refusals: [] },
      null,
    );
    expect(verdict.reasons).toEqual(['Every test that passed also passes without the product.']);
    expect(countsOf(trialOf([one('a')]), verdict)).toMatchObject({ passed: 1, failed: 1 });
  });
});

describe('the proof of a suite', () => {
  it('lists tests that pass without the product, and refuses those that also check nothing', () => {
    const cases = [one('a', 'failed'), one('b'), one('c')];
    const declared = cases.map(({ name, file }) => ({ name, file, skipped: false, asserts: name !== 'c' }));
    const proof = proofOf(trialOf(cases, { declared }), null);
    expect(proof.provesNothing.map(({ name }) => name)).toEqual(['b', 'c']);
    expect(proof.refusals).toEqual([expect.stringMatching(/^These tests check nothing: "c"\./)]);
  });

  it('refuses skipped tests unless the spec has a line for them', () => {
    const declared = [{ name: 'a', file: 'test/a.test.js', skipped: true, asserts: true }];
    const trial = trialOf([one('b', 'failed')], { declared });
    expect(proofOf(trial, null).refusals).toEqual([expect.stringMatching(/marked to be skipped.*"a"/)]);
    expect(
      proofOf(trial, skipsAllowed('## Testing\n\n- **Skipped tests allowed:** no printer')).refusals,
    ).toEqual([]);
    expect(skipsAllowed('Skipped tests allowed: no printer')).toBe('no printer');
    expect(skipsAllowed('Are skipped tests allowed: never')).toBeNull();
  });
});

describe('the test report', () => {
  it('shows the verdict, each criterion with its tests, and what to be wary of', () => {
    const cases = [one('AC1.1 adds'), one('AC1.2 refuses | text'), one('helper')];
    const provesNothing = [{ file: 'test/a.test.js', name: 'AC1.2 refuses | text' }];
    const trial = trialOf(cases);
    const verdict = judge(trial, { provesNothing, refusals: [] }, null);
    const trace = traceCriteria(PRD, cases, provesNothing);
    const text = testReport({
      iteration: 2,
      sandbox: 'bubblewrap',
      ...{ trial, verdict, trace, provesNothing },
      counts: countsOf(trial, verdict),
      coverage: coverageOf(trace),
      skipsAllowed: null,
      installRefused: null,
      rewritten: [{ test: 'AC1.1 adds', file: 'test/a.test.js', iteration: 1, reason: 'AC1.1 says two.' }],
    });
    expect(text).toContain(
      '**Passed.** 3 passed, 0 failed, 0 skipped, run by node-test in the sandbox "bubblewrap".',
    );
    expect(text).toContain('| AC1.1 | adds \\| two | AC1.1 adds | passed |');
    expect(text).toContain('| AC1.2 | refuses text | AC1.2 refuses \\| text | passed, proves nothing |');
    expect(text).toContain('| AC2.1 | prints | **none** | not covered |');
    expect(text).toContain('**Not covered:** AC1.2, AC2.1.');
    expect(text).toContain('- helper: passed');
    expect(text).toContain('- AC1.1 adds (`test/a.test.js`), after attempt 1: AC1.1 says two.');
  });
});
