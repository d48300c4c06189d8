import type { TestReport } from '../../adapters/test-runner/port.js';
import type { Proof } from './proof.js';
import type { TestCounts } from './state.js';
import type { Trial } from './workshop.js';

/** How much of one test's failure goes into a report. */
const MESSAGE_CHARS = 1500;

/** A test of the project's own that a change broke. */
export interface BrokenTest {
  name: string;
  file: string | null;
  message: string;
}

/** What came of a trial. JSON. */
export interface Verdict {
  passed: boolean;
  /** Why it did not pass, where no failed test says so; empty when it passed. */
  reasons: string[];
}

/**
 * The one rule for "passed": a report that can be believed; something executed; nothing failed; nothing skipped,
 * unless the spec allows it and QA's files say which; and at least one passed test that fails without the product.
 * @param allowed the spec's reason for skipped tests, or null
 * @param broken tests of the project's own that passed before the change and do not any more
 */
export function judge(
  trial: Pick<Trial, 'report' | 'problem' | 'declared'>,
  { provesNothing, refusals }: Proof,
  allowed: string | null,
  broken: readonly BrokenTest[] = [],
): Verdict {
  const { report } = trial;
  const regressions = broken.map(({ name }) => `It breaks a test that the project has: ${name}.`);
  if (!report)
    return { passed: false, reasons: [trial.problem ?? 'There is no test report.', ...regressions] };
  const reasons: string[] = [...refusals, ...regressions];
  if (report.executed === 0) reasons.push('No test was executed.');
  const marked = trial.declared.filter(({ skipped }) => skipped).length;
  if (report.skipped > 0 && allowed === null)
    reasons.push(`${count(report.skipped, 'test')} skipped; the tech spec allows none.`);
  else if (report.skipped > marked)
    reasons.push(`${count(report.skipped, 'test')} skipped; QA's files mark ${marked} of them.`);
  const telling = report.cases.filter(
    ({ status, file, name }) =>
      status === 'passed' && !provesNothing.some((one) => one.file === file && one.name === name),
  );
  if (report.executed > 0 && report.failed === 0 && telling.length === 0)
    reasons.push('Every test that passed also passes without the product.');
  return { passed: reasons.length === 0 && report.failed === 0, reasons };
}

/** Counts for the state and the row. Whatever kept the verdict from "passed" counts as at least one failure. */
export function countsOf({ report }: Pick<Trial, 'report'>, { passed, reasons }: Verdict): TestCounts {
  const failing = [
    ...(report?.cases ?? []).filter(({ status }) => status === 'failed').map(({ name }) => name),
    ...reasons,
  ];
  const failed = report?.failed ?? 0;
  return {
    passed: report?.passed ?? 0,
    failed: passed ? failed : Math.max(1, failed),
    skipped: report?.skipped ?? 0,
    failing,
  };
}

/** Whether one attempt is better than another: more tests pass, or as many and fewer fail. */
export function isBetter(one: TestCounts, other: TestCounts): boolean {
  return one.passed !== other.passed ? one.passed > other.passed : one.failed < other.failed;
}

/**
 * The failing tests with their messages, for a model.
 * @param tokens about the most they may come to: messages get shorter for it, and names stay, as an answer goes by them
 */
export function failureList(
  trial: { report: Pick<TestReport, 'cases'> | undefined },
  tokens = Infinity,
): string {
  const failed = (trial.report?.cases ?? []).filter(({ status }) => status === 'failed');
  const heads = failed.map(({ name, file }) => `${name}${file ? ` (${file})` : ''}`);
  const left = tokens * 4 - heads.reduce((sum, head) => sum + head.length + 3, 0);
  const each = Math.max(0, Math.floor(left / Math.max(1, failed.length)) - 1);
  return failed
    .map(({ message }, at) => [heads[at], cut(message, Math.min(MESSAGE_CHARS, each))].join('\n').trimEnd())
    .join('\n\n');
}

function count(n: number, noun: string): string {
  return n === 1 ? `1 ${noun} was` : `${n} ${noun}s were`;
}

/** A failure's message, short enough for a report. @param chars the most it may have */
export function cut(message: string | undefined, chars: number = MESSAGE_CHARS): string {
  const text = message ?? '';
  if (text.length <= chars) return text;
  return chars === 0 ? '' : `${text.slice(0, chars)}…`;
}
