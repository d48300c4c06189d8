import type { ApprovalView } from '../http/presenters/approval.js';
import type { SessionView } from '../http/presenters/session.js';
import { CALL } from './command-line.js';
import { hasEnded } from './mission-progress.js';
import type { Output } from './output.js';
import { duration, oneLine, plural, textOf } from './text.js';
import { statusWords } from './watch-view.js';

/** Counts of a session's last test run. */
export interface TestCounts {
  passed: number;
  failed: number;
  skipped: number;
}

/** The counts of the best attempt so far; null before the first. */
export function testsOf(session: SessionView): TestCounts | null {
  const tests = session.summary?.['tests'];
  if (typeof tests !== 'object' || tests === null) return null;
  const { passed, failed, skipped } = tests as Record<string, unknown>;
  return { passed: Number(passed ?? 0), failed: Number(failed ?? 0), skipped: Number(skipped ?? 0) };
}

/** `14 tests passed, 2 failed`. */
export function testWords({ passed, failed, skipped }: TestCounts): string {
  const rest = [failed > 0 ? `${failed} failed` : '', skipped > 0 ? `${skipped} skipped` : ''];
  return [`${plural(passed, 'test')} passed`, ...rest.filter((word) => word !== '')].join(', ');
}

/** 0 when a session has come as far as it can without a person or was turned down by one; else 1. */
export function exitCodeFor(session: SessionView): number {
  return hasEnded(session.status) && !['completed', 'rejected'].includes(session.status) ? 1 : 0;
}

/** How to decide a gate, as command lines. */
export function decisionLines(
  sessionId: string,
  approval: Pick<ApprovalView, 'artifacts' | 'gateLabel'>,
): string[] {
  return [
    `It waits for your decision on: ${approval.gateLabel}.`,
    ...approval.artifacts.map(({ path }) => `  read      ${CALL} artifacts ${sessionId} ${path}`),
    `  approve   ${CALL} approve ${sessionId}`,
    `  change    ${CALL} request-changes ${sessionId} "what has to change"`,
    `  reject    ${CALL} reject ${sessionId}`,
  ];
}

/** What has become of a session, and what can be done next. */
export function sayOutcome(output: Output, session: SessionView, approval?: ApprovalView): void {
  const { style } = output;
  const { sessionId, status, error } = session;
  const tests = testsOf(session);
  if (approval) for (const line of decisionLines(sessionId, approval)) output.line(line);
  else if (status === 'completed') {
    const seconds =
      (Date.parse(session.completedAt ?? session.updatedAt) - Date.parse(session.createdAt)) / 1000;
    const proof = tests === null ? '' : `: ${testWords(tests)}`;
    output.line(style.green(`Completed in ${duration(seconds)}${proof}.`));
    if (session.workDir !== null) output.line(`The project is in ${session.workDir}`);
    const format = session.options['source'] === undefined ? '' : ' --format patch';
    output.hint(style.dim(`As a ${format ? 'patch' : 'zip'}: ${CALL} export ${sessionId}${format}`));
  } else if (hasEnded(status)) {
    const words = statusWords(status);
    const why = error === null ? '' : ` ${oneLine(error.message)}`;
    const paint = status === 'rejected' ? style.yellow : style.red;
    output.paragraph(paint(`${words.charAt(0).toUpperCase()}${words.slice(1)}.${why}`));
    if (status !== 'rejected') for (const line of wayOut(session)) output.hint(line);
  } else {
    output.line(`The session is ${statusWords(status)}.`);
    output.hint(`Follow it: ${CALL} watch ${sessionId}`);
  }
  if (session.rehearsal && status === 'completed') output.paragraph(style.yellow(REHEARSED));
}

/** What can be done about a session that ended before its work was done, as command lines. */
function wayOut({ sessionId, error }: SessionView): string[] {
  const again = `Take it up again: ${CALL} retry ${sessionId}`;
  const profile = textOf(error?.details?.['profile']);
  const unit = textOf(error?.details?.['unit']);
  switch (error?.code) {
    case 'budget_reached':
      return [`Go on with more: ${CALL} budget ${sessionId} --add-${unit || 'usd'} <n> --watch`];
    case 'limit_reached':
      return [`Raise the limit: ${CALL} settings agents set ${profile} --daily-limit <n>`, again];
    case 'price_unknown':
      return [
        `Set the price: ${CALL} settings set modelPrices '{"provider:model":{"input":3,"output":15}}'`,
        again,
      ];
    default:
      return [again];
  }
}

/** Said wherever recorded answers stood in for a model. */
export const REHEARSED =
  'This was a rehearsal: the recorded project closest to the mission was played. Set ANTHROPIC_API_KEY, or the ' +
  'key of another provider, to have a model build your own.';
