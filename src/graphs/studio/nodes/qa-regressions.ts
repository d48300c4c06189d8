import { sha256 } from '../../../core/hash.js';
import type { Run } from '../../../engine/run.js';
import type { ProjectFile } from '../files.js';
import { baseLayout, ownTests } from '../project.js';
import type { FileRef, StudioState } from '../state.js';
import type { BrokenTest } from '../verdict.js';
import { mayInstall } from '../options.js';
import type { Workshop } from '../workshop.js';

/** What the project's own tests said before anything was changed. JSON. */
export interface Baseline extends Record<string, unknown> {
  /** The tests that passed, as file and name on two lines. */
  passing: string[];
  /** Why they could not be run, if so: then they say nothing about the change either. */
  problem: string | null;
}

const NONE: Baseline = { passing: [], problem: null };
const idOf = ({ file, name }: { file: string | null; name: string }): string => `${file ?? ''}\n${name}`;

/**
 * Runs the tests that a project brought along on the project as it was, once per mission. Those that fail there
 * are nobody's fault here; those that pass have to go on passing.
 */
export async function passingBefore(run: Run, workshop: Workshop, state: StudioState): Promise<Baseline> {
  if (!state.base) return NONE;
  const tests = await ownTests(run, state, []);
  if (tests.length === 0) return NONE;
  const { result } = await run.step<Baseline>(
    {
      key: `baseline:${sha256(state.base).slice(0, 32)}`,
      agent: 'qa',
      phase: 'qa',
      iteration: state.iteration,
      inputSummary: `${tests.length} test file${tests.length === 1 ? '' : 's'} of the project's own, before any change`,
    },
    async (step) => {
      const trial = await run.aside(async () =>
        workshop.try({
          scaffold: '',
          base: await baseLayout(run, { base: state.base, deleted: [] }),
          files: [],
          tests,
          install: mayInstall(run.session, run.settings),
          timeoutMs: run.settings.testTimeoutSeconds * 1000,
          signal: run.signal,
        }),
      );
      const passing = (trial.report?.cases ?? []).filter(({ status }) => status === 'passed').map(idOf);
      step.summary(
        trial.problem ?? `${passing.length} of ${trial.report?.cases.length ?? 0} pass before any change`,
      );
      return { passing, problem: trial.problem ?? null };
    },
  );
  return result;
}

/**
 * The tests of the project's own that passed before the change and do not any more. Files that QA has replaced
 * are left out: QA's version of them is part of QA's suite.
 */
export async function brokenTests(
  run: Run,
  workshop: Workshop,
  state: StudioState,
  change: { files: readonly ProjectFile[]; tests: readonly FileRef[]; baseline: Baseline },
): Promise<BrokenTest[]> {
  if (change.baseline.passing.length === 0) return [];
  const tests = await ownTests(run, state, change.tests);
  const files = new Set(tests.map(({ path }) => path));
  const expected = change.baseline.passing.filter((id) => files.has(id.slice(0, id.indexOf('\n'))));
  if (expected.length === 0) return [];
  const trial = await run.aside(async () =>
    workshop.try({
      scaffold: '',
      base: await baseLayout(run, state),
      files: change.files,
      tests,
      install: mayInstall(run.session, run.settings),
      timeoutMs: run.settings.testTimeoutSeconds * 1000,
      signal: run.signal,
    }),
  );
  const now = new Map((trial.report?.cases ?? []).map((one) => [idOf(one), one]));
  return expected.flatMap((id) => {
    const found = now.get(id);
    if (found?.status === 'passed') return [];
    const at = id.indexOf('\n');
    const message = found?.message ?? trial.problem ?? 'It was not run any more.';
    return [{ file: id.slice(0, at) || null, name: id.slice(at + 1), message }];
  });
}
