import { STUDIO_PHASES, type StudioPhase } from '../core/vocabulary.js';
import type { EventView } from '../http/presenters/event.js';
import type { SessionView } from '../http/presenters/session.js';
import { textOf } from './text.js';

/** Phases as people call them. */
export const PHASE_LABELS: Readonly<Record<StudioPhase, string>> = {
  pm: 'Product Manager',
  arch: 'Architect',
  human_gate: 'Human gate',
  eng: 'Engineer',
  qa: 'QA',
  complete: 'Complete',
};

/** Gates that stand in the phase `human_gate` without being all of it. */
const GATE_LABELS: Readonly<Record<string, string>> = {
  after_prd: 'PRD gate',
  stuck: 'Stuck',
  before_delivery: 'Delivery gate',
};

/** The name of a gate for people. */
export function gateLabel(gate: string): string {
  return Object.hasOwn(GATE_LABELS, gate) ? (GATE_LABELS[gate] ?? gate) : phaseLabel(gate);
}

/** The name of a phase for people; phases of kinds we do not know keep their own. */
export function phaseLabel(phase: string): string {
  return Object.hasOwn(PHASE_LABELS, phase) ? PHASE_LABELS[phase as StudioPhase] : phase;
}

/** `again`: it was done, and has to be done once more. */
export type PhaseState = 'ahead' | 'working' | 'waiting' | 'done' | 'again' | 'stopped';

export interface PhaseProgress {
  phase: StudioPhase;
  state: PhaseState;
  /** Time spent in it, over all visits that have ended. */
  seconds: number;
  /** When the visit that is under way began, in ms since 1970. */
  since?: number;
  /** The latest word on it. */
  summary: string;
}

/** Statuses in which nothing goes on by itself any more. */
const ENDED: ReadonlySet<string> = new Set([
  'completed',
  'failed',
  'expired',
  'rejected',
  'cancelled',
  'needs_attention',
]);

/** Whether a session in this status has come to its end. */
export function hasEnded(status: string): boolean {
  return ENDED.has(status);
}

/** Where a mission stands, as its events tell, oldest first. No clock of its own: times are the events'. */
export class MissionProgress {
  readonly phases: PhaseProgress[] = STUDIO_PHASES.map((phase) => ({
    phase,
    state: 'ahead',
    seconds: 0,
    summary: '',
  }));
  readonly startedAt: number;
  endedAt: number | undefined;
  status: string;
  /** The attempt of the Engineer that is under way or was the last; 0 before the first. */
  iteration = 0;
  tokens = 0;
  /** Characters that the model has written for the step under way. */
  writing = 0;
  problem: string | undefined;

  constructor(readonly session: SessionView) {
    this.startedAt = Date.parse(session.createdAt);
    this.status = session.status;
  }

  /** The phase where things happen, if any. */
  get current(): PhaseProgress | undefined {
    return this.phases.find(({ since }) => since !== undefined);
  }

  /** Seconds of a phase up to `now`, the visit under way included. */
  secondsOf({ seconds, since }: PhaseProgress, now: number): number {
    return seconds + (since === undefined ? 0 : Math.max(0, now - since) / 1000);
  }

  /** Seconds since the mission was accepted, until its end or `now`. */
  elapsed(now: number): number {
    return Math.max(0, (this.endedAt ?? now) - this.startedAt) / 1000;
  }

  /** Takes in the next event. */
  apply({ type, data, createdAt }: EventView): void {
    const at = createdAt === null ? Date.now() : Date.parse(createdAt);
    if (type === 'phase') this.enter(textOf(data['phase']), at);
    else if (type === 'execution') this.execution(data);
    else if (type === 'token') this.writing += textOf(data['text']).length;
    else if (type === 'status') this.changeStatus(textOf(data['status']), data['problem'], at);
  }

  private enter(phase: string, at: number): void {
    const index = this.phases.findIndex((known) => known.phase === phase);
    const target = this.phases[index];
    if (!target || target.since !== undefined) return;
    const from = this.leave(at);
    this.writing = 0;
    this.phases.forEach((known, place) => {
      if (place < index && known.state !== 'ahead') known.state = 'done';
      // A gate before the delivery, or of a mission that is stuck, is visited in between.
      if (place > index && known.state !== 'ahead' && phase !== 'human_gate')
        known.state = known.phase === from || known.state === 'again' ? 'again' : 'ahead';
    });
    target.since = at;
    target.state = phase === 'human_gate' ? 'waiting' : 'working';
  }

  /** Ends the visit under way. @returns its phase */
  private leave(at: number): StudioPhase | undefined {
    const { current } = this;
    if (!current) return undefined;
    current.seconds = this.secondsOf(current, at);
    current.since = undefined;
    current.state = 'done';
    return current.phase;
  }

  private execution(data: EventView['data']): void {
    const target = this.phases.find(({ phase }) => phase === data['phase']);
    const { status, iteration, summary, tokens, error } = data;
    if (typeof iteration === 'number' && iteration > 0) this.iteration = iteration;
    if (typeof tokens === 'number') this.tokens += tokens;
    this.writing = 0;
    if (target && status === 'completed' && typeof summary === 'string') target.summary = summary;
    if (target && status === 'failed') target.summary = `failed: ${textOf(error)}`;
  }

  private changeStatus(status: string, problem: unknown, at: number): void {
    this.status = status;
    this.problem = undefined;
    const { current } = this;
    if (hasEnded(status)) {
      this.endedAt = at;
      const last = this.leave(at);
      const target = this.phases.find(({ phase }) => phase === last);
      if (target && status !== 'completed') target.state = 'stopped';
      if (typeof problem === 'object' && problem !== null && 'message' in problem)
        this.problem = textOf(problem.message);
      return;
    }
    this.endedAt = undefined;
    // Between the decision and the next phase nobody waits for a person any more.
    if (status !== 'awaiting_approval' && current?.phase === 'human_gate') this.leave(at);
  }
}
