import type { Run } from '../../../engine/run.js';
import { failuresAnswer, testsAnswer } from '../answers.js';
import { bugReport, countsOf, failureList, passes } from '../verdict.js';
import { isTestFile, readFiles } from '../files.js';
import { codePaths, layout, projectMap } from '../project.js';
import type { FileRef, StudioState, StudioUpdate } from '../state.js';
import type { Workshop } from '../workshop.js';

/**
 * QA writes the tests once, from the PRD and the spec and without seeing the code, then runs them on each
 * attempt. The verdict is the parsed report's and nobody's opinion.
 */
export function qa(run: Run, workshop: Workshop) {
  return async (state: StudioState): Promise<StudioUpdate> => {
    const tests = state.tests.length > 0 ? state.tests : await writeTests(run, state);
    const [scaffold, files, testFiles] = await Promise.all([
      state.scaffold ? run.read(state.scaffold) : '',
      layout(run, state, tests),
      readFiles(run, tests),
    ]);
    const { result, artifacts } = await run.step(
      {
        key: `qa:${state.revision}:${state.iteration}`,
        agent: 'qa',
        phase: 'qa',
        iteration: state.iteration,
        inputSummary: `${files.length} files of attempt ${state.iteration}, ${testFiles.length} test files`,
      },
      async (step) => {
        const trial = await workshop.try({
          scaffold,
          files,
          tests: testFiles,
          timeoutMs: run.settings.testTimeoutSeconds * 1000,
          signal: run.signal,
        });
        const counts = countsOf(trial);
        const passed = passes(trial);
        step.artifact({
          type: 'test_report',
          path: 'docs/test-report.json',
          content: JSON.stringify(
            { ...trial.report, problem: trial.problem, sandbox: workshop.sandboxName },
            null,
            2,
          ),
          metadata: { passed: counts.passed, failed: counts.failed, skipped: counts.skipped },
        });
        for (const file of trial.scaffolded)
          step.artifact({
            type: 'code',
            path: file.path,
            content: file.content,
            metadata: { by: 'scaffold' },
          });
        step.metric({
          name: 'qa_tests_failed',
          value: counts.failed,
          labels: { iteration: state.iteration },
        });
        step.summary(
          trial.problem ??
            `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped (${workshop.sandboxName})`,
        );
        if (!passed) {
          const analysis = trial.report
            ? (
                await step.ask({
                  profile: 'qa',
                  task: 'report_bugs',
                  schema: failuresAnswer,
                  context: [
                    { tag: 'mission', text: state.mission },
                    { tag: 'failures', text: failureList(trial) },
                  ],
                })
              ).value.failures
            : [];
          step.artifact({
            type: 'bug_report',
            path: 'docs/bug-report.md',
            content: bugReport(state.iteration, trial, analysis),
            metadata: { iteration: state.iteration },
          });
        }
        return { passed, counts, scaffolded: trial.scaffolded.map(({ path }) => path) };
      },
    );
    const scaffolded = artifacts
      .filter(({ type, path }) => type === 'code' && result.scaffolded.includes(path))
      .map(({ path, sha256 }) => ({ path, sha256 }));
    const all = [...state.files.filter(({ path }) => !result.scaffolded.includes(path)), ...scaffolded];
    const better = !state.best || result.counts.failed < state.best.counts.failed || result.passed;
    return {
      tests,
      counts: result.counts,
      qaPassed: result.passed,
      bugReport: artifacts.find(({ type }) => type === 'bug_report') ?? null,
      files: state.files,
      best: better
        ? { iteration: state.iteration, counts: result.counts, files: all, deleted: state.deleted }
        : state.best,
    };
  };
}

async function writeTests(run: Run, state: StudioState): Promise<FileRef[]> {
  const [prd, techSpec] = await Promise.all(
    [state.prd, state.techSpec].map(async (artifact) => (artifact ? await run.read(artifact) : '')),
  );
  const map = await projectMap(run, state, Math.floor(run.settings.contextTokens / 5));
  const code = await codePaths(run, state);
  const { artifacts } = await run.step(
    {
      key: `tests:${state.revision}`,
      agent: 'qa',
      phase: 'qa',
      iteration: state.iteration,
      inputSummary: 'PRD and tech spec',
    },
    async (step) => {
      const { value } = await step.ask({
        profile: 'qa',
        task: 'write_tests',
        schema: testsAnswer(code),
        context: [
          ...map,
          { tag: 'mission', text: state.mission },
          { tag: 'prd', text: prd ?? '' },
          { tag: 'tech_spec', text: techSpec ?? '' },
        ],
      });
      for (const file of value.files)
        step.artifact({ type: 'test', path: file.path, content: file.content, metadata: { by: 'qa' } });
      const suites = value.files.filter(({ path }) => isTestFile(path)).length;
      step.summary(`${suites} test file${suites === 1 ? '' : 's'} from the acceptance criteria`);
      return {};
    },
  );
  return artifacts.map(({ path, sha256 }) => ({ path, sha256 }));
}
