import type { RunnableConfig } from '@langchain/core/runnables';
import { waitAtGate } from '../../../engine/graph-context.js';
import type { Run } from '../../../engine/run.js';
import { afterVerdict, type GateName, STUDIO_GATES } from '../gates.js';
import { roundsOf } from '../options.js';
import type { StudioState, StudioUpdate } from '../state.js';

/** Waits for a person. */
export function gate({ session, settings }: Run, name: GateName) {
  return (state: StudioState, config: RunnableConfig): StudioUpdate => {
    const verdict = waitAtGate(config, {
      gate: name,
      phase: 'human_gate',
      artifacts: STUDIO_GATES[name].shows(state).filter((artifact) => artifact !== null),
    });
    return afterVerdict(name, state, verdict, roundsOf(session, settings));
  };
}
