import type { MissionGate } from '../../core/vocabulary.js';
import type { GateVerdict } from '../../engine/graph-kind.js';
import type { ShownArtifact } from '../../db/entities/approval.js';
import type { GateRules } from '../../services/kind-rules.js';
import { wishesOf } from './feedback.js';
import { beginAgain } from './begin-again.js';
import type { StudioState, StudioUpdate } from './state.js';

/** A gate of the studio: what the engine knows of it, and what it shows. */
interface StudioGate extends GateRules {
  shows: (state: StudioState) => (ShownArtifact | null)[];
}

/** Every place at which a mission can wait for a person. All but `stuck` are chosen when it is submitted. */
export const STUDIO_GATES = {
  after_prd: {
    label: 'PRD',
    changeTargets: ['pm'],
    editable: ['prd'],
    shows: ({ prd }) => [prd],
  },
  human_gate: {
    label: 'PRD and tech spec',
    changeTargets: ['pm', 'arch'],
    editable: ['prd', 'tech_spec', 'scaffold'],
    shows: ({ prd, techSpec, scaffold }) => [prd, techSpec, scaffold],
  },
  stuck: {
    label: 'Stuck: what was tried',
    changeTargets: ['eng', 'arch', 'pm'],
    editable: [],
    shows: ({ stuckReport, bugReport }) => [stuckReport, bugReport],
  },
  before_delivery: {
    label: 'Delivery',
    changeTargets: ['eng', 'arch', 'pm'],
    editable: [],
    shows: ({ delivery, testReport }) => [delivery, testReport],
  },
} as const satisfies Record<string, StudioGate>;
export type GateName = keyof typeof STUDIO_GATES;

/** The gate behind each choice of a submitter. */
const CHOSEN: Readonly<Record<MissionGate, GateName>> = {
  after_prd: 'after_prd',
  after_spec: 'human_gate',
  before_delivery: 'before_delivery',
};

/** Whether a mission stops at a gate, by what its submitter chose, and has not been let through it. */
export function isClosed(
  gate: GateName,
  state: Pick<StudioState, 'passed' | 'verdict'>,
  chosen: readonly MissionGate[],
): boolean {
  return chosen.some((choice) => CHOSEN[choice] === gate) && !passedGates(state).includes(gate);
}

/** The gates that a person has let the work through; states from before there were several know of one. */
export function passedGates({ passed, verdict }: Pick<StudioState, 'passed' | 'verdict'>): readonly string[] {
  return passed ?? (verdict?.decision === 'approve' ? ['human_gate'] : []);
}

/**
 * What a person's verdict does to the state.
 * @param rounds how many attempts the Engineer gets when a person sends it on
 */
export function afterVerdict(
  gate: GateName,
  state: StudioState,
  verdict: GateVerdict,
  rounds: number,
): StudioUpdate {
  return gate === 'after_prd' || gate === 'human_gate'
    ? afterDocuments(gate, state, verdict)
    : afterWork(gate, state, verdict, rounds);
}

function afterDocuments(
  gate: 'after_prd' | 'human_gate',
  state: StudioState,
  verdict: GateVerdict,
): StudioUpdate {
  const approved = (type: string) => verdict.artifacts.find((artifact) => artifact.type === type);
  const passed = passedGates(state).filter((name) => name !== gate);
  const { decision, target } = verdict;
  if (decision === 'request_changes')
    return {
      verdict,
      passed: target === 'arch' ? passed : passed.filter((name) => name !== 'after_prd'),
      revision: state.revision + 1,
    };
  // Comments on both documents are the Architect's too, who comes after the approval of the new PRD.
  const open = gate === 'after_prd' && state.techSpec && state.verdict?.decision === 'request_changes';
  return {
    verdict: open ? state.verdict : verdict,
    passed: [...passed, gate],
    // The approver may have edited: what goes on is what was approved.
    prd: approved('prd') ?? state.prd,
    techSpec: approved('tech_spec') ?? state.techSpec,
    scaffold: approved('scaffold') ?? state.scaffold,
  };
}

function afterWork(
  gate: 'stuck' | 'before_delivery',
  state: StudioState,
  verdict: GateVerdict,
  rounds: number,
): StudioUpdate {
  const { decision, target } = verdict;
  if (decision === 'request_changes' && (target === 'pm' || target === 'arch'))
    return { ...beginAgain(state, target, rounds), verdict };
  if (gate === 'before_delivery' && decision !== 'request_changes')
    return { verdict, passed: [...passedGates(state), gate] };
  return {
    verdict,
    advice: wishesOf(verdict) ?? verdict.comment ?? null,
    plan: null,
    roundAfter: state.iteration,
    maxIterations: state.iteration + rounds,
    qaPassed: false,
  };
}
