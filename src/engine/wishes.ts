import type { GraphConfig, GraphKind, RunnableGraph } from './graph-kind.js';
import type { Run } from './run.js';

type State = Record<string, unknown>;

const ADVICE_NOT_USED =
  'The work had not come to its end and goes on where it stood, so that nobody was told of your advice. At a gate, ' +
  'request changes; else rerun a phase with an edited document.';

/**
 * Carries out what a person has asked of a session before its run goes on: to retry, or to begin a phase again.
 * Each is done once, however often the run is taken up: the graph's own state tells whether it has been.
 */
export async function carryOutWishes(
  run: Run,
  kind: GraphKind,
  graph: RunnableGraph,
  config: GraphConfig,
): Promise<void> {
  if (run.session.steer) await steer(run, kind, graph, config);
  else if (run.session.retryRequestedAt) await retry(run, kind, graph, config);
}

/** A retry of a graph that has ended goes on from where the kind says; any other where it stood. */
async function retry(run: Run, kind: GraphKind, graph: RunnableGraph, config: GraphConfig): Promise<void> {
  const state = await graph.getState(config);
  const ended = state.metadata !== undefined && state.tasks.length === 0;
  const advice = run.session.retryAdvice;
  const again = ended ? kind.retry?.(state.values as State, advice) : null;
  if (again) await graph.updateState(config, again.update, again.asNode);
  await run.fenced(async (tx) => {
    await tx.sessions.clearRetry(run.session.sessionId);
    // A run that died right here has handed the advice on; this one finds it in the state.
    if (advice !== null && !again && (state.values as State)['advice'] !== advice)
      tx.emit('warning', { code: 'advice_not_used', message: ADVICE_NOT_USED });
  });
}

/**
 * The update and the request's id go into one checkpoint. Should the process die before the request is cleared, the
 * next run finds its id there and does not do it again.
 */
async function steer(run: Run, kind: GraphKind, graph: RunnableGraph, config: GraphConfig): Promise<void> {
  const wish = run.session.steer;
  if (!wish) return;
  const state = await graph.getState(config);
  const values = state.values as State;
  const wanted = wish.ifEnded === true ? state.tasks.length === 0 : true;
  if (wanted && values['steered'] !== wish.id) {
    const again = kind.rerun?.from(values, wish, run);
    if (again) await graph.updateState(config, { ...again.update, steered: wish.id }, again.asNode);
  }
  await run.fenced((tx) => tx.sessions.clearSteer(run.session.sessionId));
}
