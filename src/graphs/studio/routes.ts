import type { Session } from '../../db/entities/session.js';
import { isClosed, passedGates } from './gates.js';
import { gatesOf } from './options.js';
import type { StudioState } from './state.js';

type Options = Pick<Session, 'options'>;

/** A mission on existing code brings that in first. */
export function fromStart({ options }: Options) {
  return (): 'source' | 'pm' => (options['source'] === undefined ? 'pm' : 'source');
}

/** A new PRD goes to a person, where the mission asks for that. */
export function afterPm(session: Options) {
  return (state: StudioState): 'after_prd' | 'arch' =>
    isClosed('after_prd', state, gatesOf(session)) ? 'after_prd' : 'arch';
}

/** An approved PRD goes to the Architect, any other back. */
export function afterPrd(state: StudioState): 'pm' | 'arch' {
  return passedGates(state).includes('after_prd') ? 'arch' : 'pm';
}

/** The documents go to a person, unless the mission stops elsewhere only. */
export function afterArch(session: Options) {
  return (state: StudioState): 'human_gate' | 'eng' =>
    isClosed('human_gate', state, gatesOf(session)) ? 'human_gate' : 'eng';
}

/** Approved documents go to the Engineer; changes go to the phase the approver named. */
export function afterGate(state: StudioState): 'pm' | 'arch' | 'eng' {
  if (passedGates(state).includes('human_gate')) return 'eng';
  return state.verdict?.target === 'arch' ? 'arch' : 'pm';
}

/**
 * Back to the Engineer until the tests pass, the iterations are used up, or there are no tests worth running; to a
 * person when every strategy came to nothing new, and before the delivery where the mission asks for that.
 */
export function afterQa(session: Options) {
  return (state: StudioState): 'eng' | 'stuck' | 'before_delivery' | 'complete' => {
    if (state.qaPassed)
      return isClosed('before_delivery', state, gatesOf(session)) ? 'before_delivery' : 'complete';
    if (state.testsRefused || state.iteration >= state.maxIterations) return 'complete';
    return state.plan?.strategy === null ? 'stuck' : 'eng';
  };
}

/** Where a person sends work that is stuck: on, or back to the phase they named. */
export function afterStuck({ verdict }: StudioState): 'pm' | 'arch' | 'eng' {
  return verdict?.target === 'pm' || verdict?.target === 'arch' ? verdict.target : 'eng';
}

/** Work that a person agrees to is delivered; changes go to the phase they named. */
export function afterDelivery(state: StudioState): 'pm' | 'arch' | 'eng' | 'complete' {
  return passedGates(state).includes('before_delivery') ? 'complete' : afterStuck(state);
}
