import { randomBytes } from 'node:crypto';

/** A key that secrets at rest are encrypted under, by its short name. */
export interface RootKey {
  kid: string;
  key: Buffer;
}

/** Shortest root key in bytes: as long as the AES-256 keys derived from it. */
export const ROOT_KEY_BYTES = 32;

const KID = /^[A-Za-z0-9_-]{1,32}$/;
const BASE64 = /^[A-Za-z0-9+/_-]+={0,2}$/;
/** Words of keys that somebody copied from a document or typed by hand. */
const EXAMPLE = /example|change.?me|secret|passw|atelier|default|replace|0123456789|1234567|abcdefgh|qwert/i;

/** What is wrong with keys: `broken` ones cannot work at all, `weak` ones must not protect anything real. */
export interface RootKeyProblems {
  broken: string[];
  weak: string[];
}

/**
 * Reads `kid:base64,kid:base64`, the first of which encrypts. The text itself is never part of a problem.
 * @returns the keys that can be used, and every problem at once
 */
export function parseRootKeys(text: string): { keys: RootKey[] } & RootKeyProblems {
  const keys: RootKey[] = [];
  const broken: string[] = [];
  const weak: string[] = [];
  for (const [index, entry] of text.split(',').entries()) {
    const at = `entry ${index + 1}`;
    const [kid = '', encoded = '', ...rest] = entry.trim().split(':');
    if (rest.length > 0 || encoded === '' || !KID.test(kid)) {
      broken.push(`${at} is not kid:base64, with a kid of 1 to 32 letters, digits, "_" or "-"`);
      continue;
    }
    if (!BASE64.test(encoded)) {
      broken.push(`${at} (${kid}) is not base64`);
      continue;
    }
    if (keys.some((other) => other.kid === kid)) {
      broken.push(`${at} has the kid "${kid}" a second time`);
      continue;
    }
    const key = Buffer.from(encoded, 'base64');
    if (key.byteLength < ROOT_KEY_BYTES)
      broken.push(
        `${at} (${kid}) has ${key.byteLength} bytes, and needs ${ROOT_KEY_BYTES}: openssl rand -base64 32`,
      );
    else {
      const why = weakness(key, encoded);
      if (why) weak.push(`${at} (${kid}) ${why}; make one with: openssl rand -base64 32`);
      if (keys.some((other) => other.key.equals(key)))
        weak.push(`${at} (${kid}) is the same key as another kid`);
    }
    keys.push({ kid, key });
  }
  return { keys, broken, weak };
}

/**
 * Why these bytes do not look random, or undefined. Of 32 random bytes about 30 differ; that fewer than 16 do has
 * a chance below 10^-17, so no generated key is ever refused.
 */
function weakness(key: Buffer, encoded: string): string | undefined {
  if (key.every((byte) => byte === 0)) return 'is all zeros';
  if (new Set(key).size < 16) return 'repeats itself: it is not random';
  const step = ((key[1] ?? 0) - (key[0] ?? 0) + 256) % 256;
  if (key.every((byte, i) => i === 0 || (byte - (key[i - 1] ?? 0) + 256) % 256 === step))
    return 'is a plain sequence of bytes';
  const text = key.toString('latin1');
  if (/^[\x20-\x7e\r\n]+$/.test(text)) return 'is readable text, such as an example or a passphrase';
  if (EXAMPLE.test(encoded) || EXAMPLE.test(text)) return 'looks like an example';
  return undefined;
}

/** A new root key, named after the day it was made. */
export function newRootKey(today: Date = new Date()): RootKey {
  const suffix = randomBytes(3).toString('hex');
  return {
    kid: `k${today.toISOString().slice(0, 10).replaceAll('-', '')}-${suffix}`,
    key: randomBytes(ROOT_KEY_BYTES),
  };
}

/** The text that `parseRootKeys` reads. */
export function formatRootKeys(keys: readonly RootKey[]): string {
  return keys.map(({ kid, key }) => `${kid}:${key.toString('base64')}`).join(',');
}
