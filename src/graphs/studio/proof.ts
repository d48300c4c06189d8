import type { TestName } from './coverage.js';
import type { Trial } from './workshop.js';

/** What a suite is worth, as a run of it against nothing has shown. JSON. */
export interface Proof {
  /** Tests that pass although there is no product: they are run, and prove nothing. */
  provesNothing: TestName[];
  /** Why QA has to write the tests again; empty when they will do. */
  refusals: string[];
}

/** The reason in `Skipped tests allowed: <reason>` of a tech spec, on a line of its own; null without one. */
export function skipsAllowed(techSpec: string): string | null {
  return /^\s*(?:[-*]\s+)?\**Skipped tests allowed:?\**:?\s*(\S.*)$/im.exec(techSpec)?.[1]?.trim() ?? null;
}

/**
 * Judges tests by their run against nothing.
 * @param trial the run, with QA's files and the scaffold only
 * @param allowed the spec's reason for skipped tests, or null
 */
export function proofOf(trial: Trial, allowed: string | null): Proof {
  const passed = (trial.report?.cases ?? []).filter(({ status }) => status === 'passed');
  const provesNothing = passed.map(({ file, name }) => ({ file, name }));
  const refusals: string[] = [];
  if (trial.blocked) refusals.push(trial.problem ?? 'The tests cannot be run here.');
  else if (trial.declared.length === 0 && !hasTests(trial)) refusals.push('The files declare no test.');
  else if (trial.report && passed.length > 0 && trial.report.failed === 0)
    refusals.push(
      `All ${passed.length} tests pass although there is no product: they would pass whatever was built.`,
    );
  const skipped = trial.declared.filter((one) => one.skipped);
  if (skipped.length > 0 && allowed === null)
    refusals.push(`These tests are marked to be skipped, and the tech spec allows none: ${list(skipped)}.`);
  const hollow = trial.declared.filter(
    ({ name, file, asserts, skipped: marked }) =>
      !asserts && !marked && (!trial.stubs || provesNothing.some((one) => isNamed(one, file, name))),
  );
  if (hollow.length > 0)
    refusals.push(`These tests check nothing: ${list(hollow)}. Printing or logging is no check; assert.`);
  return { provesNothing, refusals };
}

/** Whether a report has more than files that failed as a whole. */
function hasTests({ report }: Trial): boolean {
  return report?.cases.some(({ name, file }) => name !== file) ?? false;
}

function isNamed(test: TestName, file: string, name: string | null): boolean {
  return test.file === file && name !== null && ` > ${test.name}`.endsWith(` > ${name}`);
}

function list(tests: readonly { name: string | null; file: string }[]): string {
  const names = tests.map(({ name, file }) => (name === null ? `one in ${file}` : `"${name}"`));
  return names.length <= 12
    ? names.join(', ')
    : `${names.slice(0, 12).join(', ')} and ${names.length - 12} more`;
}
