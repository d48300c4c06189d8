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
  state: 'done' | 'working' | 'waiting' | 'failed' | 'stopped';
  /** What was decided at a gate. */
  decision: string | null;
  executions: ExecutionView[];
}

const STOPPED = new Set(['cancelled', 'expired', 'rejected', 'abandoned', 'archived', 'pending']);
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
      if (open) close(open, at, open.state === 'failed' ? 'failed' : 'done');
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
        if (open)
          close(open, at, status === 'approved' || status === 'changes_requested' ? 'done' : 'stopped');
      }
    } else if (type === 'status' && open) {
      const status = textOf(data['status']);
      if (FAILED.has(status)) close(open, at, 'failed');
      else if (STOPPED.has(status)) close(open, at, 'stopped');
      else if (status === 'completed' || status === 'complete') close(open, at, 'done');
    }
  }
  for (const execution of executions) legFor(legs, execution)?.executions.push(execution);
  return legs;
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
