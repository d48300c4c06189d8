import { createHash } from 'node:crypto';

/** SHA-256 of the bytes (strings as UTF-8), 64 lower-case hex digits. */
export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/**
 * Everything in a text that may be a SHA-256 in lower-case hexadecimal digits. Of a longer run of such digits every
 * 64 in a row count: where one begins cannot be told.
 */
export function hashesIn(text: string): string[] {
  return [...text.matchAll(/[0-9a-f]{64,}/g)].flatMap(([run]) =>
    Array.from({ length: run.length - 63 }, (_value, at) => run.slice(at, at + 64)),
  );
}
