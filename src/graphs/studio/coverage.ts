import type { TestCase } from '../../adapters/test-runner/port.js';
import { requirementsOf } from './answers.js';

/** A test by the file it stands in and its full name. */
export interface TestName {
  file: string | null;
  name: string;
}

/** One acceptance criterion of the PRD, with the tests whose names begin with its number. */
export interface CriterionCoverage {
  id: string;
  text: string;
  tests: { name: string; status: TestCase['status']; provesNothing: boolean }[];
  /** Whether a test stands for it that can fail: it was executed, and it does not pass against nothing. */
  covered: boolean;
}

/** What of a PRD is tested. */
export interface Coverage {
  criteria: number;
  covered: number;
  /** Ids, in the PRD's order. */
  uncovered: string[];
}

/**
 * The criteria that a test's name begins with, in any of its parts: `AC1.1 AC2.3 adds`, `Sums > AC1.1 adds`, and,
 * where names are identifiers, `test_ac1_1_adds` or `TestAC1_1_Adds`.
 */
export function criteriaOf(name: string): string[] {
  return name.split(' > ').flatMap((part) => {
    const found: string[] = [];
    let rest = part.replace(/^test_?/i, '');
    for (;;) {
      const next = /^[\s_,;:&+/-]*(?:and[\s_])?\(?AC(\d+)[._](\d+)(?!\d)\)?/i.exec(rest);
      if (!next) return found;
      found.push(`AC${next[1]}.${next[2]}`);
      rest = rest.slice(next[0].length);
    }
  });
}

/** Traces each criterion of a PRD to the cases of a report. */
export function traceCriteria(
  prd: string,
  cases: readonly TestCase[],
  provesNothing: readonly TestName[],
): CriterionCoverage[] {
  const tests = cases.map((one) => ({
    ids: criteriaOf(one.name),
    name: one.name,
    status: one.status,
    provesNothing: provesNothing.some(({ file, name }) => file === one.file && name === one.name),
  }));
  return requirementsOf(prd).flatMap(({ criteria }) =>
    criteria.map(({ id, text }) => {
      const own = tests.filter(({ ids }) => ids.includes(id)).map(({ ids: _ids, ...test }) => test);
      const covered = own.some((test) => test.status !== 'skipped' && !test.provesNothing);
      return { id, text, tests: own, covered };
    }),
  );
}

/** The counts of a trace. */
export function coverageOf(trace: readonly CriterionCoverage[]): Coverage {
  const uncovered = trace.filter(({ covered }) => !covered).map(({ id }) => id);
  return { criteria: trace.length, covered: trace.length - uncovered.length, uncovered };
}
