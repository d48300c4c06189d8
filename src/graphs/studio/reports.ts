import type { Coverage, CriterionCoverage, TestName } from './coverage.js';
import type { RewrittenTest, TestCounts } from './state.js';
import { type BrokenTest, cut, type Verdict } from './verdict.js';
import type { Trial } from './workshop.js';

/** QA's reading of one failure. */
export interface FailureReading {
  test: string;
  fault: 'code' | 'test';
  analysis: string;
}

/** What the Engineer gets: the facts of the run first, QA's reading of them after. */
export function bugReport(
  iteration: number,
  trial: Trial,
  {
    counts,
    verdict,
    broken = [],
    installRefused,
  }: {
    counts: TestCounts;
    verdict: Verdict;
    broken?: readonly BrokenTest[];
    installRefused?: string | null;
  },
  analysis: readonly FailureReading[],
): string {
  const lines = [
    `# Bug report: attempt ${iteration}`,
    '',
    `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped.`,
    '',
  ];
  if (installRefused) lines.push(installRefused, '');
  if (verdict.reasons.length > 0) lines.push('## The run', '', ...verdict.reasons, '');
  for (const test of (trial.report?.cases ?? []).filter(({ status }) => status === 'failed')) {
    lines.push(`## ${test.name}`, '');
    if (test.file !== null) lines.push(`File: \`${test.file}\``, '');
    lines.push('```', fenced(cut(test.message)), '```', '');
    const reading = analysis.find((entry) => entry.test === test.name);
    if (reading) lines.push(`Probable cause (in the ${reading.fault}): ${reading.analysis}`, '');
  }
  for (const { name, file, message } of broken)
    lines.push(
      `## ${name}`,
      '',
      `A test of the project's own${file === null ? '' : `, in \`${file}\``}: it passed before the change.`,
      '',
      ...['```', fenced(cut(message)), '```', ''],
    );
  if (trial.output !== '' && !trial.report)
    lines.push('## Output', '', '```', fenced(trial.output), '```', '');
  return lines.join('\n');
}

/** Everything a test report says. */
export interface ReportFacts {
  iteration: number;
  sandbox: string;
  trial: Trial;
  counts: TestCounts;
  verdict: Verdict;
  trace: readonly CriterionCoverage[];
  coverage: Coverage;
  provesNothing: readonly TestName[];
  /** The tech spec's reason for skipped tests, or null. */
  skipsAllowed: string | null;
  rewritten: readonly RewrittenTest[];
  /** Why nothing was installed although the mission asks for it, or null. */
  installRefused: string | null;
}

/** The report as JSON, for programs. */
export function testReportJson(facts: ReportFacts): string {
  const { trial, trace, ...rest } = facts;
  return JSON.stringify(
    { ...trial.report, problem: trial.problem ?? null, ...rest, criteria: trace },
    null,
    2,
  );
}

/** The report for people: the verdict, then each criterion with its tests, then what to be wary of. */
export function testReport(facts: ReportFacts): string {
  const { trial, counts, verdict, trace, coverage, provesNothing, rewritten } = facts;
  const lines = [
    `# Test report: attempt ${facts.iteration}`,
    '',
    `**${verdict.passed ? 'Passed' : 'Not passed'}.** ${counts.passed} passed, ${counts.failed} failed, ` +
      `${counts.skipped} skipped${trial.report ? `, run by ${trial.report.runner}` : ''} in the sandbox "${facts.sandbox}".`,
    '',
    ...verdict.reasons.map((reason) => `- ${reason}`),
    ...(verdict.reasons.length > 0 ? [''] : []),
    ...(facts.installRefused === null ? [] : [facts.installRefused, '']),
    `${coverage.covered} of ${coverage.criteria} acceptance criteria are covered by tests.`,
    ...(coverage.uncovered.length > 0 ? ['', `**Not covered:** ${coverage.uncovered.join(', ')}.`] : []),
    '',
    '| Criterion | | Tests | Result |',
    '| --- | --- | --- | --- |',
    ...trace.flatMap(({ id, text, tests }) =>
      tests.length === 0
        ? [`| ${id} | ${cell(text)} | **none** | not covered |`]
        : tests.map(
            (test, index) =>
              `| ${index === 0 ? id : ''} | ${index === 0 ? cell(text) : ''} | ${cell(test.name)} | ` +
              `${test.status}${test.provesNothing ? ', proves nothing' : ''} |`,
          ),
    ),
    '',
  ];
  const traced = new Set(trace.flatMap(({ tests }) => tests.map(({ name }) => name)));
  const others = (trial.report?.cases ?? []).filter(({ name }) => !traced.has(name));
  if (others.length > 0)
    lines.push(
      '## Tests of no criterion',
      '',
      ...others.map(({ name, status }) => `- ${name}: ${status}`),
      '',
    );
  if (provesNothing.length > 0)
    lines.push(
      '## Tests that prove nothing',
      '',
      'These pass although there is no product. They are run, and cover no criterion.',
      '',
      ...provesNothing.map(({ name, file }) => `- ${name}${file === null ? '' : ` (\`${file}\`)`}`),
      '',
    );
  if (rewritten.length > 0)
    lines.push(
      '## Tests that QA rewrote',
      '',
      ...rewritten.map(
        ({ test, file, iteration, reason }) =>
          `- ${test} (\`${file}\`), after attempt ${iteration}: ${reason}`,
      ),
      '',
    );
  if (facts.skipsAllowed !== null) lines.push(`Skipped tests are allowed: ${facts.skipsAllowed}`, '');
  return lines.join('\n');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll(/\s+/g, ' ').slice(0, 300);
}

function fenced(text: string): string {
  return text.replaceAll('```', "'''");
}
