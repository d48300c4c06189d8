import type { GoOn, Outcome } from '../../engine/graph-kind.js';
import type { StudioState, StudioUpdate } from './state.js';
import { becauseWords, triedWords } from './strategy.js';

/** How a mission whose graph has ended ended, with what was tried when it is no success. */
export function outcome(state: StudioState): Outcome {
  if (state.qaPassed) return { status: 'completed' };
  if (state.testsRefused)
    return {
      status: 'needs_attention',
      problem: {
        code: 'tests_worthless',
        message:
          "QA's tests would say nothing about the product, and QA could not mend them. " +
          `${state.testsRefused.join(' ')} Retry to have QA write them anew, or sharpen the PRD's criteria.`,
        details: { reasons: state.testsRefused },
      },
    };
  const failed = state.best?.counts.failed ?? 0;
  // A person may have sent an attempt back that had passed.
  const best =
    failed === 0 && state.best
      ? `attempt ${state.best.iteration} had passed`
      : `${failed} test${failed === 1 ? '' : 's'} still fail in the best one`;
  const attempts = state.attempts ?? [];
  const tried = triedWords(attempts);
  const stuck = state.plan ? ` It is stuck: ${becauseWords(state.plan.because)}.` : '';
  const strategies = tried === '' ? '' : ` Other ways that were tried: ${tried}; see docs/stuck-report.md.`;
  return {
    status: 'needs_attention',
    problem: {
      code: 'qa_not_passed',
      message:
        `QA did not pass in ${state.iteration} attempts; ${best}, which is kept.${stuck}${strategies} Read the bug report, then retry for more attempts, with ` +
        'advice for the Engineer if you have any.',
      details: {
        iterations: state.iteration,
        best: state.best?.iteration ?? null,
        failing: state.best?.counts.failing ?? [],
        stuck: state.plan?.because ?? [],
        tried: attempts.flatMap(({ iteration, strategy, model }) =>
          strategy ? [{ iteration, strategy, model }] : [],
        ),
      },
    },
  };
}

/**
 * More rounds for a mission that ran out of them: as many again. New tests for one whose tests were of no use.
 * @param advice what the person said along with it: it goes to the Engineer, who then goes on in the usual way
 */
export function retry(state: StudioState, advice: string | null): GoOn<StudioState> | null {
  if (state.qaPassed) return null;
  // The code stays as it is: the route back from the Engineer's node leads to QA, which has no tests now.
  if (state.testsRefused)
    return {
      asNode: 'eng',
      update: {
        ...{ tests: [], testsRefused: null, testsRound: (state.testsRound ?? 0) + 1, done: false },
        ...(advice !== null && { advice }),
      },
    };
  // Strategies that are left are gone on with; with advice, or when all were tried, they can all be had again.
  const anew: StudioUpdate =
    advice !== null || state.plan?.strategy === null ? { plan: null, roundAfter: state.iteration } : {};
  return {
    asNode: 'qa',
    update: {
      ...anew,
      ...(advice !== null && { advice }),
      maxIterations: state.iteration + Math.max(1, state.maxIterations),
      done: false,
    },
  };
}
