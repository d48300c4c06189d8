import type { ArtifactView } from '../../http/presenters/artifact.js';
import type { ExecutionView } from '../../http/presenters/execution.js';
import type { SessionView } from '../../http/presenters/session.js';
import type { AtelierClient } from '../client.js';
import { CALL } from '../command-line.js';
import { newestOf } from '../commands/artifacts.js';
import { sessionPath } from '../commands/following.js';
import type { Followed } from '../follow.js';
import { REHEARSED, testsOf, testWords, type TestCounts } from '../outcome.js';
import type { Output } from '../output.js';
import { count, duration, padTo, plural } from '../text.js';

/** What `npm run demo -- --json` prints. Others script against it: add, never rename. */
export interface DemoReport {
  sessionId: string;
  status: string;
  /** Phases that were entered, in their order, with the time spent in each. */
  phases: { phase: string; seconds: number }[];
  iterations: number;
  qaPassed: boolean;
  /** Of the last test run; all zero before the first. */
  tests: TestCounts;
  /** The newest version of each file and document. */
  artifacts: { type: string; path: string; version: number; sha256: string | null }[];
  workDir: string | null;
  /** From the mission's acceptance to its end, or to where it waits now. */
  seconds: number;
}

/** Everything there is to report on a mission that was followed. */
export async function reportOn(
  client: AtelierClient,
  { session, progress }: Followed,
): Promise<{ report: DemoReport; artifacts: ArtifactView[]; executions: ExecutionView[] }> {
  const path = sessionPath(session.sessionId);
  const [all, executions] = await Promise.all([
    client.list<ArtifactView>(`${path}/artifacts`),
    client.list<ExecutionView>(`${path}/executions`),
  ]);
  const artifacts = newestOf(all);
  const now = Date.now();
  const report: DemoReport = {
    sessionId: session.sessionId,
    status: session.status,
    phases: progress.phases
      .filter(({ state, seconds }) => state !== 'ahead' || seconds > 0)
      .map((phase) => ({ phase: phase.phase, seconds: twoDecimals(progress.secondsOf(phase, now)) })),
    iterations: session.iterationCount,
    qaPassed: session.qaPassed,
    tests: testsOf(session) ?? { passed: 0, failed: 0, skipped: 0 },
    artifacts: artifacts.map(({ type, path, version, sha256 }) => ({ type, path, version, sha256 })),
    workDir: session.workDir,
    seconds: twoDecimals(progress.elapsed(now)),
  };
  return { report, artifacts, executions };
}

function twoDecimals(value: number): number {
  return Math.round(value * 100) / 100;
}

/** The report of a completed mission in words. */
export function sayReport(
  output: Output,
  session: SessionView,
  { report, artifacts, executions }: Awaited<ReturnType<typeof reportOn>>,
): void {
  const { style } = output;
  const ofType = (...types: string[]): ArtifactView[] => artifacts.filter(({ type }) => types.includes(type));
  const documents = ofType('prd', 'tech_spec', 'scaffold', 'test_report', 'bug_report');
  const tokens = executions.reduce((sum, { tokensUsed }) => sum + tokensUsed, 0);
  const cost = executions.reduce((sum, { costUsd }) => sum + costUsd, 0);
  const row = (name: string, value: string): void => output.line(`  ${style.dim(padTo(name, 10))} ${value}`);
  output.line(style.green.bold(`Done in ${duration(report.seconds)}: ${testWords(report.tests)}.`));
  output.line();
  if (report.workDir !== null) row('Project', report.workDir);
  row(
    'Files',
    `${plural(ofType('code').length, 'code file')}, ${plural(ofType('test').length, 'test file')}`,
  );
  documents.forEach(({ path }, at) => row(at === 0 ? 'Documents' : '', path));
  const again = report.iterations > 1 ? ': QA found faults, the Engineer mended them' : '';
  row('Attempts', `${report.iterations}${again}`);
  row('Used', `${count(tokens)} tokens${cost > 0 ? `, ${cost.toFixed(4)} US dollars` : ''}`);
  row('As a zip', `${CALL} export ${report.sessionId}`);
  if (!session.rehearsal) return;
  output.line();
  output.paragraph(style.yellow(REHEARSED));
}
