import type { PromptProfileView, PromptVersionView } from '../../../src/http/presenters/prompt.js';

/** What every part of the page is given. */
export interface Part {
  profile: PromptProfileView;
  version: PromptVersionView;
  /** Goes to another view of the profile: sets what stands in the page's address, null takes it out. */
  go: (change: Readonly<Record<string, string | null>>, replace?: boolean) => void;
}
