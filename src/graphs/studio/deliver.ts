import { lstat, mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFilesAtomically, type FileToWrite } from '../../adapters/sandbox/write-tree.js';
import { ValidationError } from '../../core/errors.js';
import { sha256 } from '../../core/hash.js';
import { fittingFiles } from '../../core/path-set.js';

/** Where our file goes when a person's work stands in its place. */
export const SET_ASIDE = '.atelier/undelivered';

/** What a delivery did. */
export interface Delivery {
  /** Paths where a person's work was left alone; our files for them are below `SET_ASIDE`. */
  kept: string[];
  /** Whether all of ours that had to go elsewhere could be written there; a person may have blocked that as well. */
  setAside: boolean;
}

/**
 * Lays files out in a work folder that people may have worked in. A file there that is none of our versions is
 * somebody's work: it is neither replaced nor removed, and ours goes beside it.
 * @param files what is to be delivered
 * @param ours every version of every file that this session has made or started from, by path
 * @param clashing files that cannot stand where they belong beside the others: they go aside from the start
 */
export async function deliver(
  folder: string,
  files: readonly FileToWrite[],
  ours: ReadonlyMap<string, ReadonlySet<string>>,
  clashing: readonly FileToWrite[] = [],
): Promise<Delivery> {
  await mkdir(folder, { recursive: true });
  const wanted = new Set(files.map(({ path }) => path));
  // What is ours and not wanted any more goes first: it may stand where a folder is needed.
  for (const [path, versions] of ours)
    if (!wanted.has(path) && (await stateOf(folder, path, versions, '')) === 'ours')
      await rm(join(folder, path), { force: true });
  const kept: string[] = [];
  const writes: FileToWrite[] = [];
  const apart = [...clashing];
  for (const file of files) {
    const there = await stateOf(folder, file.path, ours.get(file.path), sha256(file.content));
    if (there === 'same') continue;
    if (there === 'foreign') {
      kept.push(file.path);
      apart.push(file);
    } else writes.push(file);
  }
  await writeFilesAtomically(folder, writes);
  return { kept, setAside: await setAside(folder, apart) };
}

/** Writes what cannot stand in its place below `SET_ASIDE`, as far as that can be done. */
async function setAside(folder: string, files: readonly FileToWrite[]): Promise<boolean> {
  const { fit, unfit } = fittingFiles(files.map((file) => ({ ...file, path: `${SET_ASIDE}/${file.path}` })));
  try {
    await writeFilesAtomically(folder, fit);
    return unfit.length === 0;
  } catch (error) {
    if (!(error instanceof ValidationError)) throw error;
    return false;
  }
}

/** What stands at a path: nothing, the very file, a version of ours, or something of somebody else's. */
async function stateOf(
  folder: string,
  path: string,
  versions: ReadonlySet<string> | undefined,
  wanted: string,
): Promise<'free' | 'same' | 'ours' | 'foreign'> {
  const segments = path.split('/');
  for (let depth = 1; depth <= segments.length; depth += 1) {
    const part = join(folder, ...segments.slice(0, depth));
    const found = await lstat(part).catch(() => undefined);
    if (!found) return 'free';
    if (depth < segments.length) {
      // A link or a file where we need a folder was put there by somebody.
      if (!found.isDirectory()) return 'foreign';
      continue;
    }
    if (!found.isFile()) return 'foreign';
    const hash = sha256(await readFile(part));
    if (hash === wanted) return 'same';
    return versions?.has(hash) ? 'ours' : 'foreign';
  }
  return 'free';
}
