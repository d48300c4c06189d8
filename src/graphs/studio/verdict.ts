import type { TestCounts } from './state.js';
import type { Trial } from './workshop.js';

/** How much of one test's failure goes into a report. */
const MESSAGE_CHARS = 1500;

/** The one rule for "passed": a report that can be believed, something executed, nothing failed. */
export function passes({ report }: Pick<Trial, 'report'>): boolean {
  return report !== undefined && report.executed > 0 && report.failed === 0;
}

/** Counts for the state and the row. Without a report, that is the one failure. */
export function countsOf(trial: Pick<Trial, 'report' | 'problem'>): TestCounts {
  if (!trial.report)
    return { passed: 0, failed: 1, skipped: 0, failing: [trial.problem ?? 'no test report'] };
  const failing = trial.report.cases.filter(({ status }) => status === 'failed').map(({ name }) => name);
  return {
    passed: trial.report.passed,
    // A run without a single executed test has failed, even if no test has.
    failed: trial.report.executed === 0 ? Math.max(1, trial.report.failed) : trial.report.failed,
    skipped: trial.report.skipped,
    failing: trial.report.executed === 0 ? ['no test was executed'] : failing,
  };
}

/** The failing tests with their messages, for a model. */
export function failureList(trial: Pick<Trial, 'report'>): string {
  return (trial.report?.cases ?? [])
    .filter(({ status }) => status === 'failed')
    .map(({ name, file, message }) => `${name}${file ? ` (${file})` : ''}\n${cut(message)}`)
    .join('\n\n');
}

/** What the Engineer gets: the facts of the run first, QA's reading of them after. */
export function bugReport(
  iteration: number,
  trial: Trial,
  analysis: readonly { test: string; fault: 'code' | 'test'; analysis: string }[],
): string {
  const counts = countsOf(trial);
  const lines = [
    `# Bug report: attempt ${iteration}`,
    '',
    `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped.`,
    '',
  ];
  if (trial.problem !== undefined) lines.push('## The run', '', trial.problem, '');
  for (const test of (trial.report?.cases ?? []).filter(({ status }) => status === 'failed')) {
    lines.push(`## ${test.name}`, '');
    if (test.file !== null) lines.push(`File: \`${test.file}\``, '');
    lines.push('```', cut(test.message).replaceAll('```', "'''"), '```', '');
    const reading = analysis.find((entry) => entry.test === test.name);
    if (reading) lines.push(`Probable cause (in the ${reading.fault}): ${reading.analysis}`, '');
  }
  if (trial.output !== '' && !trial.report)
    lines.push('## Output', '', '```', trial.output.replaceAll('```', "'''"), '```', '');
  return lines.join('\n');
}

function cut(message: string | undefined): string {
  const text = message ?? '';
  return text.length <= MESSAGE_CHARS ? text : `${text.slice(0, MESSAGE_CHARS)}…`;
}
