import type { Fingerprint, Repeat } from './fingerprint.js';
import { repeatsOf } from './fingerprint.js';

/** The ways to go on when nothing moves, in the order in which they are tried. */
export const STRATEGIES = ['fresh_context', 'other_model', 'smaller_step'] as const;
export type Strategy = (typeof STRATEGIES)[number];

/** Strategies as people call them. */
export const STRATEGY_LABELS: Readonly<Record<Strategy, string>> = {
  fresh_context: 'fresh context',
  other_model: 'other model',
  smaller_step: 'smaller step',
};

/** One attempt of the Engineer, as the ladder of strategies needs it. */
export interface AttemptRecord {
  iteration: number;
  /** The strategy it was made with; null for the usual way. */
  strategy: Strategy | null;
  /** The model that wrote it, as `provider:model`. */
  model: string;
  /** What the Engineer said of it. */
  summary: string;
  /** Null until QA has judged it, and when it passed. */
  print: Fingerprint | null;
  counts: { passed: number; failed: number; skipped: number } | null;
  repeats: RepeatOf[];
}

/** What an attempt repeats, and of which earlier ones. */
export interface RepeatOf {
  what: Repeat;
  /** The numbers of the attempts, the earliest first. */
  of: number[];
}

/** How the next attempt is to go, as the last one came to nothing new. */
export interface Plan {
  /** Null when all strategies were tried: a person is to be asked. */
  strategy: Strategy | null;
  because: RepeatOf[];
  /** Strategies that were passed over, and why. */
  skipped: { strategy: Strategy; reason: string }[];
}

const NO_OTHER_MODEL = 'The Engineer has no fallback model.';

/** What an attempt has in common with those before it, oldest first. */
export function repeatsAmong(print: Fingerprint, earlier: readonly AttemptRecord[]): RepeatOf[] {
  const found = new Map<Repeat, number[]>();
  for (const { print: other, iteration } of earlier)
    for (const what of other ? repeatsOf(print, other) : [])
      found.set(what, [...(found.get(what) ?? []), iteration]);
  return [...found].map(([what, of]) => ({ what, of }));
}

/**
 * How to go on after an attempt.
 * @param round the attempts since the strategies were last to be had, the last one judged
 * @param hasOtherModel whether the Engineer has a fallback model
 * @returns null while something moves: the Engineer goes on as usual
 */
export function planFor(round: readonly AttemptRecord[], hasOtherModel: boolean): Plan | null {
  const because = round.at(-1)?.repeats ?? [];
  if (because.length === 0) return null;
  const used = new Set(round.map(({ strategy }) => strategy));
  // Strategies are a ladder: one that was passed over is not gone back to.
  const lowest = Math.max(-1, ...STRATEGIES.map((name, rung) => (used.has(name) ? rung : -1)));
  const skipped: Plan['skipped'] = [];
  for (const strategy of STRATEGIES.slice(lowest + 1)) {
    if (strategy !== 'other_model' || hasOtherModel) return { strategy, because, skipped };
    skipped.push({ strategy, reason: NO_OTHER_MODEL });
  }
  return { strategy: null, because, skipped };
}

const SAME: Readonly<Record<Repeat, (of: string) => string>> = {
  diff: (of) => `the code is the same as after ${of}`,
  failing: (of) => `the same tests fail as in ${of}`,
  error: (of) => `the same error stopped the tests as in ${of}`,
};

/** Why a strategy changes, in a sentence's part: `the same tests fail as in attempt 1`. */
export function becauseWords(because: readonly RepeatOf[]): string {
  return because
    .map(({ what, of }) => SAME[what](`attempt${of.length === 1 ? '' : 's'} ${of.join(', ')}`))
    .join('; ');
}

/** The strategies that were tried, for people: `fresh context (attempt 3)`; empty when none was. */
export function triedWords(attempts: readonly AttemptRecord[]): string {
  return attempts
    .flatMap(({ strategy, iteration }) =>
      strategy ? [`${STRATEGY_LABELS[strategy]} (attempt ${iteration})`] : [],
    )
    .join(', ');
}
