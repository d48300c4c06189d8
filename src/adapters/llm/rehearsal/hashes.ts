import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { ConfigError, messageOf } from '../../../core/errors.js';
import { sha256 } from '../../../core/hash.js';
import { BUNDLED_RECORDINGS, listFiles, recordingLibrary } from './recordings.js';

/** Beside `recording.json`; written by `scripts/record-hashes.mjs`. */
export const SCAFFOLD_HASHES = 'scaffold-hashes.json';

const hashList = z.array(z.string().regex(/^[0-9a-f]{64}$/));
const known = new Map<string, Promise<ReadonlySet<string>>>();

async function readScaffoldHashes(path: string): Promise<string[]> {
  try {
    return hashList.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    throw new ConfigError(
      `${path} cannot be used (${messageOf(error)}); run node scripts/record-hashes.mjs and commit what it writes.`,
      { cause: error },
    );
  }
}

async function collect(folder: string): Promise<ReadonlySet<string>> {
  const hashes = new Set<string>();
  for (const { slug } of await recordingLibrary(folder).list()) {
    const own = join(folder, slug);
    const files = await Promise.all(
      ['attempt-1', 'attempt-2', 'qa'].map((name) => listFiles(join(own, name))),
    );
    for (const file of [join(own, 'scaffold.sh'), ...files.flat()]) hashes.add(sha256(await readFile(file)));
    for (const hash of await readScaffoldHashes(join(own, SCAFFOLD_HASHES))) hashes.add(hash);
  }
  return hashes;
}

/**
 * The SHA-256 (hex) of every file that a rehearsal can bring into a project: recorded code and tests, scaffold
 * scripts, and what those scripts write. Code made of nothing else was reviewed with this repository.
 * @throws ConfigError when a recording or its list of scaffold hashes is missing or malformed
 */
export function bundledHashes(folder: string = BUNDLED_RECORDINGS): Promise<ReadonlySet<string>> {
  let hashes = known.get(folder);
  if (hashes === undefined) {
    hashes = collect(folder);
    known.set(folder, hashes);
  }
  return hashes;
}
