import { diffLines, diffWordsWithSpace } from 'diff';
import type { PromptModelSettings, PromptVersion } from '../../db/entities/prompt-version.js';
import { parsePrompt } from '../prompts.js';

/** How long comparing word by word may take, in ms; texts with little in common are compared by lines instead. */
const WORDS_MS = 500;

/** A piece of two texts laid over each other. The kept and removed ones make the first, kept and added the second. */
export interface DiffPart {
  type: 'same' | 'added' | 'removed';
  text: string;
}

/** What differs between two versions of a prompt. */
export interface PromptDiff {
  unit: 'words' | 'lines';
  parts: DiffPart[];
  variables: { added: string[]; removed: string[] };
  /** Settings that the versions were written with and that differ; null is "not set". */
  modelSettings: { setting: string; before: string | number | null; after: string | number | null }[];
}

/** Lays two versions over each other: from `before` to `after`. */
export function diffPrompts(before: PromptVersion, after: PromptVersion): PromptDiff {
  const words = diffWordsWithSpace(before.promptContent, after.promptContent, { timeout: WORDS_MS });
  const changes = words ?? diffLines(before.promptContent, after.promptContent);
  const [old, now] = [variablesOf(before), variablesOf(after)];
  return {
    unit: words ? 'words' : 'lines',
    parts: changes.map(({ added, removed, value }) => ({
      type: added ? 'added' : removed ? 'removed' : 'same',
      text: value,
    })),
    variables: {
      added: now.filter((name) => !old.includes(name)),
      removed: old.filter((name) => !now.includes(name)),
    },
    modelSettings: SETTINGS.map((setting) => ({
      setting,
      before: before.modelSettings[setting] ?? null,
      after: after.modelSettings[setting] ?? null,
    })).filter((one) => one.before !== one.after),
  };
}

const SETTINGS = [
  'provider',
  'model',
  'fallbackProvider',
  'fallbackModel',
  'maxOutputTokens',
  'timeoutMs',
] as const satisfies readonly (keyof PromptModelSettings)[];

/** The variables a version declares; none for an imported text that is no prompt of ours. */
export function variablesOf({ promptContent }: Pick<PromptVersion, 'promptContent'>): string[] {
  try {
    return parsePrompt(promptContent).variables;
  } catch {
    return [];
  }
}
