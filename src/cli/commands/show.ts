import type { Command } from 'commander';
import type { ApprovalView } from '../../http/presenters/approval.js';
import type { ExecutionView } from '../../http/presenters/execution.js';
import type { SessionView } from '../../http/presenters/session.js';
import { budgetWords } from '../budget-options.js';
import { addCommand, type Run } from '../command-line.js';
import { phaseLabel } from '../mission-progress.js';
import { sayOutcome, testsOf, testWords } from '../outcome.js';
import type { Output } from '../output.js';
import { ago, count, duration, oneLine, padTo, textOf } from '../text.js';
import { statusWords } from '../watch-view.js';
import { sessionPath } from './following.js';
import { newestSession } from './watch.js';

/** `show`: everything about one session on a screen. */
export function addShow(program: Command, run: Run): void {
  addCommand(program, 'show [session]', {
    about: 'Show where a session stands and what was done.',
    more: 'Without an id it is your newest one.',
    examples: ['show', 'show 0199d5f0-5c3e-7a41-9b1e-2f6a9f0c1d22 --json'],
  }).action((id: string | undefined, options: { json?: boolean }) =>
    run(options, async ({ connect, output }) => {
      const { client } = await connect();
      const path = sessionPath(id ?? (await newestSession(client)));
      const [session, executions] = await Promise.all([
        client.get<SessionView>(path),
        client.list<ExecutionView>(`${path}/executions`),
      ]);
      const approval =
        session.pendingApprovalId === null
          ? undefined
          : await client.get<ApprovalView>(`/approvals/${session.pendingApprovalId}`);
      output.result({ ...session, executions, ...(approval && { pendingApproval: approval }) }, () => {
        sayFacts(output, session, executions);
        sayExecutions(output, executions);
        sayOutcome(output, session, approval);
      });
    }),
  );
}

function sayFacts(output: Output, session: SessionView, executions: ExecutionView[]): void {
  const tests = testsOf(session);
  const tokens = executions.reduce((sum, { tokensUsed }) => sum + tokensUsed, 0);
  const cost = executions.reduce((sum, { costUsd }) => sum + costUsd, 0);
  const cached = executions.reduce((sum, { cachedTokens }) => sum + cachedTokens, 0);
  const written = executions.reduce((sum, { cacheWriteTokens }) => sum + cacheWriteTokens, 0);
  const caching = [
    ...(cached > 0 ? [`${count(cached)} of them read from a cache`] : []),
    ...(written > 0 ? [`${count(written)} written to one`] : []),
  ];
  const about = caching.length > 0 ? ` (${caching.join(', ')})` : '';
  const usage = `${count(tokens)} tokens${about}${cost > 0 ? `, ${cost.toFixed(4)} US dollars` : ''}`;
  const facts: [string, string | null][] = [
    ['Session', session.sessionId],
    ['Name', session.name],
    ['Project', session.projectName],
    ['Status', `${statusWords(session.status)}, in phase ${phaseLabel(session.phase)}`],
    ['Submitted', ago(session.createdAt)],
    ['Attempts', session.iterationCount > 0 ? String(session.iterationCount) : null],
    ['Tests', tests && testWords(tests)],
    ['Strategy', stuckWords(session)],
    ['Used', executions.length > 0 ? `${usage}${session.rehearsal ? ' (rehearsal)' : ''}` : null],
    ['Budget', session.budget && budgetWords(session.budget)],
  ];
  output.line(output.style.bold(oneLine(session.mission)));
  output.line();
  for (const [name, value] of facts)
    if (value !== null && value !== '') output.line(`${output.style.dim(padTo(name, 10))} ${oneLine(value)}`);
  output.line();
}

/** Why a session does not move, and which other ways were tried; empty for one that does. */
function stuckWords({ summary }: SessionView): string {
  const { stuck, strategies } = summary ?? {};
  const tried = Array.isArray(strategies)
    ? strategies.map(
        ({ strategy, iteration }: Record<string, unknown>) =>
          `${textOf(strategy).replaceAll('_', ' ')} (attempt ${textOf(iteration)})`,
      )
    : [];
  const why = typeof stuck === 'string' ? [stuck] : [];
  return [...why, ...(tried.length > 0 ? [`tried: ${tried.join(', ')}`] : [])].join('; ');
}

function sayExecutions(output: Output, executions: ExecutionView[]): void {
  if (executions.length === 0) return;
  const cached = executions.some(({ cachedTokens }) => cachedTokens > 0);
  output.table(
    ['AGENT', 'TRY', 'TIME', 'TOKENS', ...(cached ? ['CACHED'] : []), 'RESULT'],
    executions.map((execution) => [
      phaseLabel(execution.agent),
      String(Math.max(1, execution.iteration)),
      execution.durationSeconds === null ? '' : duration(execution.durationSeconds),
      count(execution.tokensUsed),
      ...(cached ? [count(execution.cachedTokens)] : []),
      oneLine(execution.errorMessage ?? execution.outputSummary ?? execution.status),
    ]),
    '',
  );
  output.line();
}
