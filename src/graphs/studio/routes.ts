import type { StudioState } from './state.js';

/** Approved work goes to the Engineer; changes go to the phase the approver named. */
export function afterGate(state: StudioState): 'pm' | 'arch' | 'eng' {
  if (state.verdict?.decision !== 'request_changes') return 'eng';
  return state.verdict.target === 'arch' ? 'arch' : 'pm';
}

/** Back to the Engineer until the tests pass, the iterations are used up, or there are no tests worth running. */
export function afterQa(state: StudioState): 'eng' | 'complete' {
  return state.qaPassed || state.testsRefused || state.iteration >= state.maxIterations ? 'complete' : 'eng';
}
