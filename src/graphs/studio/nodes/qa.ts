import { sha256 } from '../../../core/hash.js';
import type { Run } from '../../../engine/run.js';
import { failuresAnswer } from '../answers.js';
import { fitContext, keepHead } from '../context.js';
import { coverageOf, traceCriteria } from '../coverage.js';
import { type Fingerprint, fingerprintOf } from '../fingerprint.js';
import { readFiles } from '../files.js';
import { isClosed } from '../gates.js';
import { gatesOf } from '../options.js';
import { baseLayout } from '../project.js';
import { skipsAllowed } from '../proof.js';
import { bugReport, type FailureReading, testReport, testReportJson } from '../reports.js';
import type { RewrittenTest, StudioState, StudioUpdate, TestCounts } from '../state.js';
import { type AttemptRecord, planFor, repeatsAmong } from '../strategy.js';
import { countsOf, failureList, isBetter, judge } from '../verdict.js';
import { installRefusal, mayInstall } from '../options.js';
import type { Workshop } from '../workshop.js';
import { presentDelivery, reportStuck } from './qa-papers.js';
import { brokenTests, passingBefore } from './qa-regressions.js';
import {
  type Basis,
  contextOf,
  provenTests,
  type ProvenTests,
  rewriteTests,
  testsAtFault,
} from './qa-tests.js';

/**
 * QA writes the tests from the PRD and the spec and without seeing the code, has them proven against nothing, then
 * runs them on each attempt. The verdict is the report's and nobody's opinion.
 */
export function qa(run: Run, workshop: Workshop) {
  return async (state: StudioState): Promise<StudioUpdate> => {
    const [prd = '', techSpec = '', scaffold = ''] = await Promise.all(
      [state.prd, state.techSpec, state.scaffold].map(async (artifact) =>
        artifact ? run.read(artifact) : '',
      ),
    );
    const basis: Basis = { prd, techSpec, scaffold };
    let proven = await provenTests(run, workshop, state, basis);
    const { refusals } = proven.proof;
    if (refusals.length > 0) return { tests: [], testsRefused: refusals, qaPassed: false };
    let rewritten = state.rewritten ?? [];
    let { result, artifacts } = await tryAttempt(run, workshop, state, basis, proven, rewritten, '');
    if (result.wrongTests.length > 0) {
      rewritten = [...rewritten, ...result.wrongTests];
      proven = await rewriteTests(run, workshop, state, basis, proven, result.wrongTests);
      const again = { ...state, rewritten };
      ({ result, artifacts } = await tryAttempt(run, workshop, again, basis, proven, rewritten, ':again'));
    }
    const scaffolded = artifacts
      .filter(({ type, path }) => type === 'code' && result.scaffolded.includes(path))
      .map(({ path, sha256 }) => ({ path, sha256 }));
    const all = [...state.files.filter(({ path }) => !result.scaffolded.includes(path)), ...scaffolded];
    const judged = judgedAttempts(state, result);
    const round = judged.filter(({ iteration }) => iteration > (state.roundAfter ?? 0));
    const plan = result.passed ? null : planFor(round, await run.parts.models.hasFallback('eng'));
    const better = !state.best || result.passed || isBetter(result.counts, state.best.counts);
    const find = (type: string, path: string) =>
      artifacts.find((artifact) => artifact.type === type && artifact.path === path) ?? null;
    const best = better
      ? { iteration: state.iteration, counts: result.counts, files: all, deleted: state.deleted }
      : state.best;
    const asks = plan !== null && (plan.strategy === null || state.iteration >= state.maxIterations);
    const gated = result.passed && isClosed('before_delivery', state, gatesOf(run.session));
    return {
      attempts: judged,
      plan,
      stuckReport: asks
        ? await reportStuck(run, state, judged, plan, result.counts.failing)
        : result.passed
          ? null
          : (state.stuckReport ?? null),
      delivery: gated ? await presentDelivery(run, state, result) : null,
      tests: proven.tests,
      rewritten,
      counts: result.counts,
      coverage: result.coverage,
      provesNothing: proven.proof.provesNothing.length,
      qaPassed: result.passed,
      reportJson: find('test_report', 'docs/test-report.json'),
      bugReport: find('bug_report', 'docs/bug-report.md'),
      testReport: find('test_report', 'docs/test-report.md'),
      files: state.files,
      best,
    };
  };
}

/** The attempts with what QA found of the last. */
function judgedAttempts(
  state: StudioState,
  { print, counts: { passed, failed, skipped } }: { print: Fingerprint | null; counts: TestCounts },
): AttemptRecord[] {
  const round = (state.attempts ?? []).filter(
    ({ iteration }) => iteration > (state.roundAfter ?? 0) && iteration < state.iteration,
  );
  const repeats = print ? repeatsAmong(print, round) : [];
  return (state.attempts ?? []).map((attempt) =>
    attempt.iteration === state.iteration
      ? { ...attempt, print, counts: { passed, failed, skipped }, repeats }
      : attempt,
  );
}

/** Runs the tests on the attempt, as one step: reports, and QA's reading of the failures. */
async function tryAttempt(
  run: Run,
  workshop: Workshop,
  state: StudioState,
  basis: Basis,
  { tests, proof }: ProvenTests,
  rewritten: readonly RewrittenTest[],
  suffix: string,
) {
  const [files, testFiles] = await Promise.all([readFiles(run, state.files), readFiles(run, tests)]);
  const baseline = await passingBefore(run, workshop, state);
  return run.step(
    {
      key: `qa:${state.revision}:${state.iteration}${suffix}`,
      agent: 'qa',
      phase: 'qa',
      iteration: state.iteration,
      inputSummary: `${files.length} files of attempt ${state.iteration}, ${testFiles.length} test files`,
    },
    async (step) => {
      const trial = await run.aside(async () =>
        workshop.try({
          scaffold: basis.scaffold,
          base: await baseLayout(run, state),
          files,
          tests: testFiles,
          install: mayInstall(run.session, run.settings),
          timeoutMs: run.settings.testTimeoutSeconds * 1000,
          signal: run.signal,
        }),
      );
      const allowed = skipsAllowed(basis.techSpec);
      const installRefused = installRefusal(run.session, run.settings);
      const broken = await brokenTests(run, workshop, state, { files, tests, baseline });
      const verdict = judge(trial, proof, allowed, broken);
      const counts = countsOf(trial, verdict);
      const trace = traceCriteria(basis.prd, trial.report?.cases ?? [], proof.provesNothing);
      const coverage = coverageOf(trace);
      const facts = {
        iteration: state.iteration,
        sandbox: workshop.sandboxName,
        ...{ trial, counts, verdict, trace, coverage, rewritten },
        provesNothing: proof.provesNothing,
        skipsAllowed: allowed,
        installRefused,
      };
      // Which tests these were: QA may have rewritten some and had the new ones thrown away.
      // And which files the scaffold made: an earlier one may have made others.
      const scaffolded = trial.scaffolded.map(({ path, content }) => ({ path, sha256: sha256(content) }));
      const { passed, failed: broke, skipped } = counts;
      const metadata = { passed, failed: broke, skipped, tests, scaffolded };
      step.artifact({
        type: 'test_report',
        path: 'docs/test-report.json',
        content: testReportJson(facts),
        metadata,
      });
      step.artifact({
        type: 'test_report',
        path: 'docs/test-report.md',
        content: testReport(facts),
        metadata,
      });
      for (const { path, content } of trial.scaffolded)
        step.artifact({ type: 'code', path, content, metadata: { by: 'scaffold' } });
      step.metric({ name: 'qa_tests_failed', value: counts.failed, labels: { iteration: state.iteration } });
      step.metric({ name: 'qa_criteria_uncovered', value: coverage.uncovered.length });
      step.summary(
        (trial.problem ??
          `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped (${workshop.sandboxName})`) +
          (coverage.uncovered.length > 0 && trial.report
            ? `; criteria without a test: ${coverage.uncovered.join(', ')}`
            : ''),
      );
      let readings: FailureReading[] = [];
      if (!verdict.passed) {
        if (trial.report && trial.report.failed > 0) {
          const { value } = await step.ask({
            profile: 'qa',
            task: 'report_bugs',
            schema: failuresAnswer,
            context: fitContext(
              [
                ...contextOf(state, basis),
                {
                  tag: 'failures',
                  text: failureList(trial),
                  trim: (_text, tokens) => keepHead(failureList(trial, tokens), tokens),
                },
              ],
              run.settings.contextTokens,
            ),
          });
          readings = value.failures;
        }
        step.artifact({
          type: 'bug_report',
          path: 'docs/bug-report.md',
          content: bugReport(state.iteration, trial, { counts, verdict, broken, installRefused }, readings),
          metadata: { iteration: state.iteration },
        });
      }
      const failed = (trial.report?.cases ?? []).filter(({ status }) => status === 'failed');
      return {
        passed: verdict.passed,
        counts,
        coverage,
        print: verdict.passed
          ? null
          : fingerprintOf(
              { files: state.files, deleted: state.deleted ?? [] },
              [...failed, ...broken],
              verdict.reasons,
            ),
        scaffolded: trial.scaffolded.map(({ path }) => path),
        wrongTests: suffix === '' ? testsAtFault(state, failed, readings) : [],
      };
    },
  );
}
