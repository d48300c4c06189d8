import type { Session } from '../../db/entities/session.js';
import type { StudioState } from './state.js';

/** A mission on existing code brings that in first. */
export function fromStart({ options }: Pick<Session, 'options'>) {
  return (): 'source' | 'pm' => (options['source'] === undefined ? 'pm' : 'source');
}

/** Approved work goes to the Engineer; changes go to the phase the approver named. */
export function afterGate(state: StudioState): 'pm' | 'arch' | 'eng' {
  if (state.verdict?.decision !== 'request_changes') return 'eng';
  return state.verdict.target === 'arch' ? 'arch' : 'pm';
}

/** Back to the Engineer until the tests pass, the iterations are used up, or there are no tests worth running. */
export function afterQa(state: StudioState): 'eng' | 'complete' {
  return state.qaPassed || state.testsRefused || state.iteration >= state.maxIterations ? 'complete' : 'eng';
}
