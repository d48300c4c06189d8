import { ValidationError } from './errors.js';
import { checkFilePath, fold } from './safe-path.js';

/**
 * Paths of files that stand in one folder, to be asked whether another could stand beside them: on a file system
 * that ignores case or Unicode forms, and without one being a file where the other needs a folder.
 */
export class PathSet {
  private readonly files = new Map<string, string>();
  private readonly folders = new Map<string, string>();

  /** @param paths files that stand there; they are not checked themselves */
  constructor(paths: Iterable<string> = []) {
    for (const path of paths) this.add(path);
  }

  add(path: string): void {
    const folded = fold(path);
    this.files.set(folded, path);
    for (const folder of parentsOf(folded)) this.folders.set(folder, path);
  }

  /** The file of the set that a path cannot stand beside; undefined when it can, or is in the set itself. */
  clash(path: string): string | undefined {
    const folded = fold(path);
    const twin = this.files.get(folded);
    if (twin !== undefined) return twin === path ? undefined : twin;
    const below = this.folders.get(folded);
    if (below !== undefined) return below;
    for (const folder of parentsOf(folded)) {
      const file = this.files.get(folder);
      if (file !== undefined) return file;
    }
    return undefined;
  }
}

function* parentsOf(path: string): Generator<string> {
  for (let end = path.indexOf('/'); end !== -1; end = path.indexOf('/', end + 1)) yield path.slice(0, end);
}

/**
 * Of files from several hands those that can stand in one folder. The first come first: a file is unfit when its
 * path cannot be used, or not beside those before it, or is there already. Never throws for a path.
 */
export function fittingFiles<T extends { path: string }>(files: Iterable<T>): { fit: T[]; unfit: T[] } {
  const fit = new Map<string, T>();
  const unfit: T[] = [];
  const set = new PathSet();
  for (const file of files) {
    if (!fit.has(file.path) && isUsable(file.path) && set.clash(file.path) === undefined) {
      set.add(file.path);
      fit.set(file.path, file);
    } else unfit.push(file);
  }
  return { fit: [...fit.values()], unfit };
}

function isUsable(path: string): boolean {
  try {
    checkFilePath(path);
    return true;
  } catch (error) {
    if (!(error instanceof ValidationError)) throw error;
    return false;
  }
}
