import type { Skipped, SkipReason } from './port.js';

/** Paths named per reason: enough to recognise, few enough to show. */
const EXAMPLES = 20;

/** Counts what is left out of a source, with a few names for each reason. */
export class SkipLog {
  private readonly reasons: Skipped = {};

  /** Notes one entry. */
  add(reason: SkipReason, path: string): void {
    const entry = (this.reasons[reason] ??= { count: 0, examples: [] });
    entry.count += 1;
    if (entry.examples.length < EXAMPLES && path.isWellFormed()) entry.examples.push(path.slice(0, 300));
  }

  /** What was noted so far. */
  get skipped(): Skipped {
    return this.reasons;
  }
}
