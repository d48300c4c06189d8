import { interrupt } from '@langchain/langgraph';
import type { GateRequest, GateVerdict } from '../../../engine/graph-kind.js';
import type { Run } from '../../../engine/run.js';
import { afterVerdict, type GateName, STUDIO_GATES } from '../gates.js';
import { roundsOf } from '../options.js';
import type { StudioState, StudioUpdate } from '../state.js';

/** Waits for a person. Nothing stands before the interrupt: LangGraph runs the node again on resume. */
export function gate({ session, settings }: Run, name: GateName) {
  return (state: StudioState): StudioUpdate => {
    const verdict = interrupt<GateRequest, GateVerdict>({
      gate: name,
      phase: 'human_gate',
      artifacts: STUDIO_GATES[name].shows(state).filter((artifact) => artifact !== null),
    });
    return afterVerdict(name, state, verdict, roundsOf(session, settings));
  };
}
