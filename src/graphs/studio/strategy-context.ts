import type { TestCase } from '../../adapters/test-runner/port.js';
import { keepFailures, keepHead, type Piece } from './context.js';
import { type AttemptRecord, becauseWords, type Plan, STRATEGY_LABELS } from './strategy.js';
import { failureList } from './verdict.js';

/** How much of what an attempt said of itself is worth repeating. */
const SUMMARY_CHARS = 300;
/** Attempts that are told of, the newest. */
const TOLD = 10;

/** What the report for programs has that the Engineer needs. */
interface ReportFacts {
  cases?: TestCase[];
  verdict?: { reasons?: string[] };
}

/**
 * What the Engineer is shown in place of its last change and the bug report: what fails, as the runner told it; what
 * was tried, so that it is not tried again; and how to go on.
 * @param reportJson the test report for programs; an empty text when there is none
 */
export function strategyPieces(plan: Plan, attempts: readonly AttemptRecord[], reportJson: string): Piece[] {
  const report = reportJson === '' ? {} : (JSON.parse(reportJson) as ReportFacts);
  const failed = (report.cases ?? []).filter(({ status }) => status === 'failed');
  const smaller = plan.strategy === 'smaller_step';
  const shown = smaller ? failed.slice(0, 1) : failed;
  const reasons = failed.length === 0 || !smaller ? (report.verdict?.reasons ?? []) : [];
  const list = shown.length === 0 ? '' : failureList({ report: { cases: shown } });
  return [
    {
      tag: 'failures',
      text: [...reasons, list].filter((text) => text !== '').join('\n\n'),
      trim: keepFailures,
      yields: 2,
    },
    { tag: 'tried', text: attempts.slice(-TOLD).map(told).join('\n'), trim: keepHead, yields: 1 },
    { tag: 'strategy', text: instruction(plan, shown[0]) },
  ];
}

/** Which strategy comes now and why, in a line for people. */
export function planWords({ strategy, because, skipped }: Plan): string {
  const passed = skipped.map(({ strategy: name, reason }) => ` (no ${STRATEGY_LABELS[name]}: ${reason})`);
  const label = strategy === null ? 'Nothing left to try' : capital(STRATEGY_LABELS[strategy]);
  return `${label}, as ${becauseWords(because)}${passed.join('')}`;
}

function told({ iteration, strategy, summary, counts }: AttemptRecord): string {
  const way = strategy ? `, ${STRATEGY_LABELS[strategy]}` : '';
  const result = counts ? `${counts.passed} passed, ${counts.failed} failed` : 'not judged';
  return `Attempt ${iteration}${way}: ${summary.replaceAll(/\s+/g, ' ').slice(0, SUMMARY_CHARS)} (${result})`;
}

function instruction({ strategy, because }: Plan, first: TestCase | undefined): string {
  const anew =
    `Nothing has moved: ${becauseWords(because)}. Forget how the code came about. Read PRD, tech spec, failures and ` +
    'files afresh, find another cause than those under "tried", and do not try one of these again.';
  if (strategy !== 'smaller_step') return anew;
  const one = first
    ? `Mend this one test now and nothing else: ${first.name}${first.file === null ? '' : ` (${first.file})`}.`
    : 'Take the one smallest step that changes the failure, and nothing else.';
  return `${anew}\n${one} What else fails is looked at afterwards; what passes has to go on passing.`;
}

function capital(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}
