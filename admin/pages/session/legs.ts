import type { EventView } from '../../../src/http/presenters/event.js';
import type { ExecutionView } from '../../../src/http/presenters/execution.js';

/** One stretch of a session in one phase, from when it came there until it went on. */
export interface Leg {
  key: string;
  phase: string;
  /** The Engineer's attempt it belongs to; 0 outside of these. */
  iteration: number;
  /** Milliseconds; `to` is null while it lasts. */
  from: number;
  to: number | null;
  /** `back`: done, and sent back to the phase before. */
  state: 'done' | 'back' | 'working' | 'waiting' | 'paused' | 'failed' | 'stopped';
  /** What was decided at a gate. */
  decision: string | null;
  executions: ExecutionView[];
}

const GATE_ENDS: Readonly<Record<string, Leg['state']>> = { approved: 'done', changes_requested: 'back' };
const STOPPED = new Set(['cancelled', 'expired', 'rejected', 'abandoned', 'archived', 'pending']);
/** Problems after which the same step goes on. */
const PAUSES = new Set(['budget_reached', 'limit_reached']);
const FAILED = new Set(['failed', 'needs_attention', 'error']);

/** The way a session has gone, from its events. Rounds come as often as they were gone. */
export function legsOf(events: readonly EventView[], executions: readonly ExecutionView[]): Leg[] {
  const legs: Leg[] = [];
  for (const { type, data, createdAt, seq } of events) {
    const at = createdAt === null ? Date.now() : Date.parse(createdAt);
    const last = legs.at(-1);
    const open = last?.to === null ? last : undefined;
    if (type === 'phase') {
      const phase = textOf(data['phase']);
      const iteration = typeof data['iteration'] === 'number' ? data['iteration'] : 0;
      if (open && open.phase === phase && (iteration === 0 || open.iteration === iteration)) continue;
      // The next attempt begins only when QA has not passed the one before.
      if (open) close(open, at, iteration > open.iteration && open.iteration > 0 ? 'back' : 'done');
      legs.push({
        key: `${seq ?? at}`,
        phase,
        iteration,
        from: at,
        to: null,
        state: 'working',
        decision: null,
        executions: [],
      });
    } else if (type === 'approval' && last) {
      const status = textOf(data['status']);
      if (status === 'pending') last.state = 'waiting';
      else {
        last.decision = status;
        if (open) close(open, at, GATE_ENDS[status] ?? 'stopped');
      }
    } else if (type === 'status' && open) {
      const status = textOf(data['status']);
      if (FAILED.has(status)) close(open, at, PAUSES.has(problemCode(data)) ? 'paused' : 'failed');
      else if (STOPPED.has(status)) close(open, at, 'stopped');
      else if (status === 'completed' || status === 'complete') close(open, at, 'done');
    }
  }
  for (const execution of executions) legFor(legs, execution)?.executions.push(execution);
  return legs;
}

function problemCode(data: Readonly<Record<string, unknown>>): string {
  const { problem } = data;
  return typeof problem === 'object' && problem !== null && 'code' in problem ? textOf(problem.code) : '';
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

function close(leg: Leg, at: number, state: Leg['state']): void {
  leg.to = at;
  leg.state = state;
}

function legFor(legs: readonly Leg[], execution: ExecutionView): Leg | undefined {
  const at = Date.parse(execution.startedAt);
  // The execution's row and the event have the same moment, to the millisecond or so.
  return legs.findLast(({ phase, from }) => phase === execution.phase && from <= at + 50);
}
