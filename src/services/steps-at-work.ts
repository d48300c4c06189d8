import type { StreamedEvent } from './event-hub.js';

/**
 * Which steps are at work, as a reader of a session's stream knows it. Live tokens travel by another way than events
 * and may come after the end of their step, which would then seem to be still writing.
 */
export class StepsAtWork {
  /** Phases of running executions, by execution. */
  private readonly phases = new Map<unknown, unknown>();

  /** @param known whether the stream begins at the session's beginning; else steps may run that it never tells of */
  constructor(private known: boolean) {}

  /** Takes in an event of the stream. */
  take({ type, data }: Pick<StreamedEvent, 'type' | 'data'>): void {
    if (type !== 'status' && type !== 'execution') return;
    this.known = true;
    // Whatever ran before: a run that died tells of no end.
    if (type === 'status') this.phases.clear();
    else if (data['status'] === 'running') this.phases.set(data['id'], data['phase']);
    else this.phases.delete(data['id']);
  }

  /** Whether a step of this phase may be writing. */
  writes(phase: unknown): boolean {
    return !this.known || [...this.phases.values()].includes(phase);
  }
}
