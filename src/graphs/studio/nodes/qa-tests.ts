import { TEST_RUNNERS } from '../../../adapters/test-runner/runners.js';
import { sha256 } from '../../../core/hash.js';
import type { Run } from '../../../engine/run.js';
import { rewriteAnswer, testsAnswer } from '../answers.js';
import { fitContext, keepHead, type Piece } from '../context.js';
import { isTestFile, type ProjectFile, readFiles, showFiles } from '../files.js';
import { testsParts } from '../parts.js';
import { baseLayout, codePaths, projectMap, takenPaths } from '../project.js';
import { type Proof, proofOf, skipsAllowed } from '../proof.js';
import type { FailureReading } from '../reports.js';
import type { FileRef, RewrittenTest, StudioState } from '../state.js';
import { mayInstall } from '../options.js';
import type { Workshop } from '../workshop.js';

/** How often QA may write its tests again when they turn out to be worth nothing. */
const MAX_REWRITES = 2;

/** What all of QA's work is based on. */
export interface Basis {
  prd: string;
  techSpec: string;
  scaffold: string;
}

/** Tests with what they are worth. `proof.refusals` is empty, unless QA has run out of tries. */
export interface ProvenTests {
  tests: FileRef[];
  proof: Proof;
}

/**
 * Writes the tests, once per mission, and has them proven: they are run against nothing, and written again with the
 * reason when they would say nothing about the product.
 */
export async function provenTests(
  run: Run,
  workshop: Workshop,
  state: StudioState,
  basis: Basis,
): Promise<ProvenTests> {
  const round = state.testsRound ?? 0;
  const key = `tests:${state.revision}${round === 0 ? '' : `:round${round}`}`;
  let tests = state.tests.length > 0 ? state.tests : await writeTests(run, state, basis, key);
  for (let rewrites = 0; ; rewrites += 1) {
    const proof = await prove(run, workshop, state, basis, tests);
    // Tests that were good enough once stay: their proof is the same whenever it is asked for.
    if (proof.refusals.length === 0 || rewrites === MAX_REWRITES || state.tests.length > 0)
      return { tests, proof };
    tests = await writeTests(run, state, basis, `${key}:${rewrites + 1}`, { tests, reasons: proof.refusals });
  }
}

async function writeTests(
  run: Run,
  state: StudioState,
  basis: Basis,
  key: string,
  refused?: { tests: readonly FileRef[]; reasons: readonly string[] },
): Promise<FileRef[]> {
  const before = refused ? await readFiles(run, refused.tests) : [];
  const map = await projectMap(run, state, Math.floor(run.settings.contextTokens / 5));
  const code = await codePaths(run, state);
  const others = await takenPaths(run, state);
  const { artifacts } = await run.step(
    {
      key,
      agent: 'qa',
      phase: 'qa',
      iteration: state.iteration,
      inputSummary: refused
        ? `Tests that prove nothing: ${refused.reasons.join(' ').slice(0, 200)}`
        : 'PRD and tech spec',
    },
    async (step) => {
      const { value } = await step.ask({
        profile: 'qa',
        task: 'write_tests',
        schema: testsAnswer(code, others),
        parts: testsParts,
        context: fitContext(
          [
            ...map.map((piece) => ({ ...piece, trim: keepHead, yields: 2, stable: true })),
            ...contextOf(state, basis),
            // What a person said when they asked for other tests.
            ...(state.advice ? [{ tag: 'advice', text: state.advice }] : []),
            ...(refused
              ? [
                  { tag: 'tests', text: showFiles(before) },
                  { tag: 'rejected', text: refused.reasons.join('\n'), trim: keepHead, yields: 1 },
                ]
              : []),
          ],
          run.settings.contextTokens,
        ),
      });
      for (const file of value.files)
        step.artifact({ type: 'test', path: file.path, content: file.content, metadata: { by: 'qa' } });
      if (refused) step.audit('tests_refused', { reasons: refused.reasons });
      const suites = value.files.filter(({ path }) => isTestFile(path)).length;
      step.summary(`${suites} test file${suites === 1 ? '' : 's'} from the acceptance criteria`);
      return {};
    },
  );
  return artifacts.map(({ path, sha256: hash }) => ({ path, sha256: hash }));
}

/** What all of QA's questions begin with. */
export function contextOf({ mission }: Pick<StudioState, 'mission'>, { prd, techSpec }: Basis): Piece[] {
  return [
    { tag: 'mission', text: mission, stable: true },
    { tag: 'prd', text: prd, stable: true },
    { tag: 'tech_spec', text: techSpec, stable: true },
  ];
}

/** Runs the tests against nothing. One effect per content of tests and scaffold: later iterations find it again. */
async function prove(
  run: Run,
  workshop: Workshop,
  state: StudioState,
  basis: Basis,
  tests: readonly FileRef[],
): Promise<Proof> {
  const content = tests.map(({ path, sha256: hash }) => `${path} ${hash}`).toSorted();
  const { result } = await run.step(
    {
      key: `proof:${sha256([...content, basis.scaffold, basis.techSpec, ...(state.base ? [state.base] : [])].join('\n')).slice(0, 32)}`,
      agent: 'qa',
      phase: 'qa',
      iteration: state.iteration,
      inputSummary: `${tests.length} test file${tests.length === 1 ? '' : 's'}, and no product`,
    },
    async (step) => {
      const trial = await run.aside(async () =>
        workshop.try({
          scaffold: basis.scaffold,
          base: await baseLayout(run, { base: state.base, deleted: [] }),
          files: [],
          tests: await readFiles(run, tests),
          empty: true,
          install: mayInstall(run.session, run.settings),
          timeoutMs: run.settings.testTimeoutSeconds * 1000,
          signal: run.signal,
        }),
      );
      const proof = proofOf(trial, skipsAllowed(basis.techSpec));
      step.metric({ name: 'qa_tests_proving_nothing', value: proof.provesNothing.length });
      step.summary(
        proof.refusals.length > 0
          ? `The tests are worth nothing: ${proof.refusals.join(' ')}`
          : proof.provesNothing.length > 0
            ? `${proof.provesNothing.length} of the tests pass without the product and prove nothing`
            : 'Without the product every test fails, as it should',
      );
      return { ...proof };
    },
  );
  return result;
}

/**
 * The failures that QA lays at a test's door, and that may still be mended: each test once per mission, with a
 * reason. They go by the names of the report.
 */
export function testsAtFault(
  state: StudioState,
  failed: readonly { name: string; file: string | null }[],
  readings: readonly FailureReading[],
): RewrittenTest[] {
  const done = state.rewritten ?? [];
  return failed.flatMap(({ name, file }) => {
    const reading = readings.find(({ test, fault }) => fault === 'test' && test === name);
    if (!reading || file === null || reading.analysis.trim() === '') return [];
    if (name === file || done.some((one) => one.test === name && one.file === file)) return [];
    return [{ test: name, file, iteration: state.iteration, reason: reading.analysis }];
  });
}

/**
 * Has QA rewrite the files of tests that contradict the PRD or the spec. No test may get lost, each rewrite is in
 * the audit log, and tests that then prove less than before are thrown away: the old ones stand.
 */
export async function rewriteTests(
  run: Run,
  workshop: Workshop,
  state: StudioState,
  basis: Basis,
  current: ProvenTests,
  wrong: readonly RewrittenTest[],
): Promise<ProvenTests> {
  const files = await readFiles(
    run,
    current.tests.filter(({ path }) => wrong.some(({ file }) => file === path)),
  );
  const names = new Map(files.map((file) => [file.path, declaredIn(file)] as const));
  const { artifacts } = await run.step(
    {
      key: `rewrite:${state.revision}:${state.iteration}`,
      agent: 'qa',
      phase: 'qa',
      iteration: state.iteration,
      inputSummary: `${wrong.length} test${wrong.length === 1 ? '' : 's'} at fault`,
    },
    async (step) => {
      const { value } = await step.ask({
        profile: 'qa',
        task: 'write_tests',
        schema: rewriteAnswer(names, declaredIn),
        parts: testsParts,
        context: fitContext(
          [
            ...contextOf(state, basis),
            { tag: 'tests', text: showFiles(files) },
            {
              tag: 'rejected',
              text: wrong.map(({ test, reason }) => `${test}: ${reason}`).join('\n'),
              trim: keepHead,
            },
          ],
          run.settings.contextTokens,
        ),
      });
      for (const file of value.files)
        step.artifact({
          type: 'test',
          path: file.path,
          content: file.content,
          metadata: { by: 'qa', rewritten: true },
        });
      for (const { test, file, reason } of wrong)
        step.audit('test_rewritten', { test, file, reason, iteration: state.iteration });
      step.summary(
        `Rewritten, as they contradict the PRD or the spec: ${wrong.map(({ test }) => test).join(', ')}`,
      );
      return {};
    },
  );
  const changed = artifacts.map(({ path, sha256: hash }) => ({ path, sha256: hash }));
  const tests = current.tests.map((ref) => changed.find(({ path }) => path === ref.path) ?? ref);
  const proof = await prove(run, workshop, state, basis, tests);
  const weaker = proof.provesNothing.length > current.proof.provesNothing.length;
  return proof.refusals.length > 0 || weaker ? current : { tests, proof };
}

function declaredIn(file: ProjectFile): string[] {
  const declared =
    TEST_RUNNERS.map((runner) => runner.declared(file)).find((found) => found.length > 0) ?? [];
  return declared.flatMap(({ name }) => (name === null ? [] : [name]));
}
