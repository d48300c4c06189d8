import { interrupt } from '@langchain/langgraph';
import type { GateRequest, GateVerdict } from '../../../engine/graph-kind.js';
import type { StudioState, StudioUpdate } from '../state.js';

/** Waits for a person. Nothing stands before the interrupt: LangGraph runs the node again on resume. */
export function humanGate() {
  return (state: StudioState): StudioUpdate => {
    const verdict = interrupt<GateRequest, GateVerdict>({
      gate: 'human_gate',
      artifacts: [state.prd, state.techSpec, state.scaffold].filter((artifact) => artifact !== null),
    });
    const approved = (type: string) => verdict.artifacts.find((artifact) => artifact.type === type);
    return {
      verdict,
      // The approver may have edited: what goes on is what was approved.
      prd: approved('prd') ?? state.prd,
      techSpec: approved('tech_spec') ?? state.techSpec,
      scaffold: approved('scaffold') ?? state.scaffold,
      revision: verdict.decision === 'request_changes' ? state.revision + 1 : state.revision,
    };
  };
}
