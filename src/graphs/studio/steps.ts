import type { FileRef } from './state.js';

/** The key of the step that brings the code in; the session's history finds its base under it. */
export const SOURCE_STEP = 'source';

/** What the keys of the Engineer's steps begin with; the session's history finds its attempts under them. */
export const ATTEMPT_STEPS = 'eng:';

/** What a committed attempt says of itself, enough to write its commit on any machine. */
export interface AttemptResult extends Record<string, unknown> {
  summary: string;
  iteration: number;
  files: FileRef[];
  deleted: string[];
  /** The model that wrote it, as `provider:model`. */
  model: string;
}
