import type { StudioState, StudioUpdate } from './state.js';

/** What the Engineer begins with: nothing but the documents and, on existing code, the base. */
export const NO_CODE: StudioUpdate = {
  files: [],
  deleted: [],
  before: null,
  attempts: [],
  plan: null,
  advice: null,
  counts: null,
  coverage: null,
  testReport: null,
  reportJson: null,
  bugReport: null,
  stuckReport: null,
  delivery: null,
  best: null,
  qaPassed: false,
};

/** QA writes its tests anew. */
export const NO_TESTS: StudioUpdate = {
  tests: [],
  testsRound: 0,
  testsRefused: null,
  rewritten: [],
  provesNothing: 0,
};

/** The gates that were passed before each phase of the documents, whether or not the mission stops there. */
const PASSED: Readonly<Record<'pm' | 'arch' | 'human_gate' | 'eng', readonly string[]>> = {
  pm: [],
  arch: ['after_prd'],
  human_gate: ['after_prd'],
  eng: ['after_prd', 'human_gate'],
};

/**
 * How a state goes on when the PM, the Architect, the gate after them or the Engineer begins again: a new revision, so
 * that no step's key comes again, and no code. Attempts are counted on: commits, reports and the budget go by their
 * number.
 * @param rounds how many attempts the Engineer then has
 * @param keepTests whether QA's tests still say something: PRD and spec are what they were
 */
export function beginAgain(
  state: StudioState,
  phase: 'pm' | 'arch' | 'human_gate' | 'eng',
  rounds: number,
  keepTests = false,
): StudioUpdate {
  return {
    revision: state.revision + 1,
    ...NO_CODE,
    ...(!keepTests && NO_TESTS),
    passed: [...PASSED[phase]],
    verdict: null,
    attemptsBefore: state.iteration,
    roundAfter: state.iteration,
    maxIterations: state.iteration + rounds,
  };
}
