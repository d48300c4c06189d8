import type { MissionGate } from '../../core/vocabulary.js';
import type { ShownArtifact } from '../../db/entities/approval.js';
import type { RerunRules } from '../../engine/graph-kind.js';
import { beginAgain } from './begin-again.js';
import { isClosed, passedGates } from './gates.js';
import { gatesOf, roundsOf } from './options.js';
import type { StudioState, StudioUpdate } from './state.js';
import { ATTEMPT_STEPS, SOURCE_STEP } from './steps.js';

const PRD = 'docs/prd.md';
const SPEC = 'docs/tech-spec.md';
const SCAFFOLD = 'docs/scaffold.sh';

/** The node before each phase: a graph that goes on as if by this node comes to the phase next. */
const BEFORE: Readonly<Record<string, string>> = {
  pm: 'source',
  arch: 'after_prd',
  human_gate: 'arch',
  eng: 'human_gate',
  qa: 'eng',
  complete: 'before_delivery',
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
    const gates = gatesOf(session);
    if (asNode === undefined || !reached(state, phase, gates)) return null;
    const update = { ...updateFor(state, phase, roundsOf(session, settings), artifacts), done: false };
    if (phase !== 'complete') return { asNode, update };
    // Work that passed and that nobody has agreed to yet goes over its gate first.
    if (state.qaPassed && isClosed('before_delivery', state, gates)) return { asNode: 'qa', update };
    return { asNode, update: { ...update, passed: [...passedGates(state), 'before_delivery'] } };
  },
  // Attempts are counted on and on in a session, so the number alone says whether one was before this state.
  isPast(state, stepKey) {
    if (stepKey === SOURCE_STEP) return true;
    if (!stepKey.startsWith(ATTEMPT_STEPS)) return false;
    return Number(stepKey.split(':').at(-1)) <= (state.iteration ?? 0);
  },
};

/** Whether what a phase builds on is there, the approvals that the mission asks for included. */
function reached(state: StudioState, phase: string, gates: readonly MissionGate[]): boolean {
  if (phase === 'pm') return state.mission !== undefined;
  if (!state.prd || isClosed('after_prd', state, gates)) return false;
  if (phase === 'arch') return true;
  if (!state.techSpec || !state.scaffold) return false;
  if (phase === 'human_gate') return gates.includes('after_spec');
  if (isClosed('human_gate', state, gates)) return false;
  return phase === 'eng' || state.iteration > 0;
}

function updateFor(
  state: StudioState,
  phase: string,
  rounds: number,
  edited: readonly ShownArtifact[],
): StudioUpdate {
  const next: StudioUpdate = { revision: state.revision + 1 };
  const passed = passedGates(state).filter((gate) => gate !== 'before_delivery');
  if (phase === 'complete')
    return { ...next, verdict: null, maxIterations: Math.min(state.maxIterations, state.iteration) };
  // The attempt that is judged again is not its own rival.
  if (phase === 'qa')
    return {
      ...next,
      passed,
      plan: null,
      maxIterations: Math.max(state.maxIterations, state.iteration + rounds - 1),
      best: state.best?.iteration === state.iteration ? null : state.best,
      qaPassed: false,
      testsRefused: null,
    };
  if (phase !== 'pm' && phase !== 'arch' && phase !== 'human_gate' && phase !== 'eng') return next;
  // Tests come from PRD and spec: with another text of these the old ones say nothing.
  const stale =
    phase !== 'eng' || edited.some(({ path }) => path !== SCAFFOLD) || state.testsRefused !== null;
  return {
    ...beginAgain(state, phase, rounds, !stale),
    prd: edited.find(({ path }) => path === PRD) ?? state.prd,
    techSpec: edited.find(({ path }) => path === SPEC) ?? state.techSpec,
    scaffold: edited.find(({ path }) => path === SCAFFOLD) ?? state.scaffold,
  };
}
