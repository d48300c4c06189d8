import { sha256 } from '../../core/hash.js';
import type { FileRef } from './state.js';

/** What an attempt is told apart by: the same value twice means that nothing has moved. */
export interface Fingerprint {
  /** The hash of the project's changes as the attempt left them. */
  diff: string;
  /** The hash of the names of the failing tests; null when no test failed by name. */
  failing: string | null;
  /** The hash of why there is no result, where no failed test says it; null when one does. */
  error: string | null;
}

/** The part of an attempt that came again. */
export const REPEATS = ['diff', 'failing', 'error'] as const;
export type Repeat = (typeof REPEATS)[number];

/** A failing test as a report names it. */
interface FailingTest {
  /** That of its file for one that failed as a whole, before any of its tests could be run. */
  name: string;
  file: string | null;
  message?: string;
}

const TIMING = /\(?\b\d+(?:\.\d+)?\s?(?:ms|µs|us|ns|s|sec|seconds?|minutes?)\b\)?/gi;
const TEMP_PATH = /(?:\/(?:private\/)?(?:tmp|var\/(?:tmp|folders))|[A-Za-z]:\\\S*?\\Temp)[^\s'")\]:,]*/g;

/**
 * An error's text without what differs each time it happens: numbers, hexadecimal addresses, timings and the paths
 * of throw-away folders.
 */
export function normaliseError(text: string): string {
  return text
    .replaceAll(TEMP_PATH, '<temp>')
    .replaceAll(TIMING, '<time>')
    .replaceAll(/\b0x[0-9a-f]+\b/gi, '<n>')
    .replaceAll(/\d+(?:\.\d+)*/g, '<n>')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

/** A test's name without timings and throw-away folders. Its numbers stay: `AC1.1` is not `AC1.2`. */
export function normaliseTestName(name: string): string {
  return name.replaceAll(TEMP_PATH, '<temp>').replaceAll(TIMING, '').replaceAll(/\s+/g, ' ').trim();
}

/**
 * The fingerprint of an attempt that did not pass.
 * @param work the Engineer's files and deletions after the attempt
 * @param failed the tests that failed, those of the project's own that it broke included
 * @param errors why it did not pass, where no failed test says so
 */
export function fingerprintOf(
  work: { files: readonly FileRef[]; deleted: readonly string[] },
  failed: readonly FailingTest[],
  errors: readonly string[],
): Fingerprint {
  const files = work.files.map(({ path, sha256: hash }) => `${path} ${hash}`).toSorted();
  const named = failed.filter(({ name, file }) => name !== file);
  // Why a file could not be loaded tells more than that it could not: one error may have taken another's place.
  const broken = failed
    .filter(({ name, file }) => name === file)
    .map(({ name, message = '' }) => `${name}: ${normaliseError(message)}`);
  const names = named.map(({ name, file }) => `${file ?? ''} > ${normaliseTestName(name)}`);
  const why = [...errors.map(normaliseError), ...broken];
  const hashOf = (texts: readonly string[]): string | null =>
    texts.length === 0 ? null : sha256([...new Set(texts)].toSorted().join('\n'));
  return {
    diff: sha256([...files, ...work.deleted.map((path) => `${path} deleted`).toSorted()].join('\n')),
    failing: names.length === 0 ? null : hashOf([...names, ...broken]),
    error: names.length === 0 ? hashOf(why) : null,
  };
}

/** What an attempt has in common with an earlier one: nothing, when something has moved. */
export function repeatsOf(one: Fingerprint, other: Fingerprint): Repeat[] {
  return REPEATS.filter((part) => one[part] !== null && one[part] === other[part]);
}
