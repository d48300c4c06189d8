import type { ShownArtifact } from '../../db/entities/approval.js';
import type { RerunRules } from '../../engine/graph-kind.js';
import { studioOptions } from './options.js';
import type { StudioState, StudioUpdate } from './state.js';
import { ATTEMPT_STEPS, SOURCE_STEP } from './steps.js';

const PRD = 'docs/prd.md';
const SPEC = 'docs/tech-spec.md';
const SCAFFOLD = 'docs/scaffold.sh';

/** The node before each phase: a graph that goes on as if by this node comes to the phase next. */
const BEFORE: Readonly<Record<string, string>> = {
  pm: 'source',
  arch: 'pm',
  human_gate: 'arch',
  eng: 'human_gate',
  qa: 'eng',
  complete: 'qa',
};

/** What the Engineer begins with: nothing but the documents and, on existing code, the base. */
const NO_CODE: StudioUpdate = {
  files: [],
  deleted: [],
  before: null,
  counts: null,
  coverage: null,
  testReport: null,
  bugReport: null,
  best: null,
  qaPassed: false,
};
/** QA writes its tests anew. */
const NO_TESTS: StudioUpdate = {
  tests: [],
  testsRound: 0,
  testsRefused: null,
  rewritten: [],
  provesNothing: 0,
};

/** How a studio's phases begin again, and what a fork takes along. */
export const studioReruns: RerunRules<StudioState> = {
  phases: {
    pm: [],
    arch: [PRD],
    human_gate: [PRD, SPEC, SCAFFOLD],
    eng: [PRD, SPEC, SCAFFOLD],
    qa: [],
    complete: [],
  },
  from(state, { phase, artifacts }, { session, settings }) {
    const asNode = BEFORE[phase];
    if (asNode === undefined || !reached(state, phase)) return null;
    const rounds = studioOptions.parse(session.options).maxIterations ?? settings.maxIterations;
    return { asNode, update: { ...updateFor(state, phase, rounds, artifacts), done: false } };
  },
  // Attempts are counted on and on in a session, so the number alone says whether one was before this state.
  isPast(state, stepKey) {
    if (stepKey === SOURCE_STEP) return true;
    if (!stepKey.startsWith(ATTEMPT_STEPS)) return false;
    return Number(stepKey.split(':').at(-1)) <= (state.iteration ?? 0);
  },
};

/** Whether what a phase builds on is there. From the Engineer on that includes a person's approval. */
function reached(state: StudioState, phase: string): boolean {
  if (phase === 'pm') return state.mission !== undefined;
  if (!state.prd) return false;
  if (phase === 'arch') return true;
  if (!state.techSpec || !state.scaffold) return false;
  if (phase === 'human_gate') return true;
  if (state.verdict?.decision !== 'approve') return false;
  return phase === 'eng' || state.iteration > 0;
}

/**
 * Every rerun is a new revision, so that no step's key comes again. Attempts are counted on: commits, reports and
 * the budget go by their number.
 */
function updateFor(
  state: StudioState,
  phase: string,
  rounds: number,
  edited: readonly ShownArtifact[],
): StudioUpdate {
  const next: StudioUpdate = { revision: state.revision + 1 };
  if (phase === 'complete') return { ...next, maxIterations: Math.min(state.maxIterations, state.iteration) };
  // The attempt that is judged again is not its own rival.
  if (phase === 'qa')
    return {
      ...next,
      maxIterations: Math.max(state.maxIterations, state.iteration + rounds - 1),
      best: state.best?.iteration === state.iteration ? null : state.best,
      qaPassed: false,
      testsRefused: null,
    };
  const documents: StudioUpdate = {
    prd: edited.find(({ path }) => path === PRD) ?? state.prd,
    techSpec: edited.find(({ path }) => path === SPEC) ?? state.techSpec,
    scaffold: edited.find(({ path }) => path === SCAFFOLD) ?? state.scaffold,
  };
  // Tests come from PRD and spec: with another text of these the old ones say nothing.
  const stale =
    phase !== 'eng' || edited.some(({ path }) => path !== SCAFFOLD) || state.testsRefused !== null;
  return {
    ...next,
    ...documents,
    ...NO_CODE,
    attemptsBefore: state.iteration,
    ...(stale && NO_TESTS),
    ...(phase !== 'eng' && { verdict: null }),
    maxIterations: state.iteration + rounds,
  };
}
