import { lstat, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { FieldProblem } from '../../core/errors.js';
import { ValidationError } from '../../core/errors.js';
import { newId } from '../../core/ids.js';
import { checkFileSet } from '../../core/safe-path.js';

export interface FileToWrite {
  /** Relative to the root; checked with `checkFileSet`. */
  path: string;
  content: string | Uint8Array;
  /** Whether it may be run as a program. */
  executable?: boolean;
}

/** What stands in the way of a file on disk, or undefined. */
async function obstacle(root: string, path: string): Promise<string | undefined> {
  const segments = path.split('/');
  for (let depth = 1; depth <= segments.length; depth++) {
    const part = segments.slice(0, depth).join('/');
    const found = await lstat(join(root, part)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    if (!found) return undefined;
    const last = depth === segments.length;
    if (last && found.isDirectory()) return `"${part}" is a folder there`;
    if (!last && found.isSymbolicLink()) return `"${part}" is a link there, and links are not followed`;
    if (!last && !found.isDirectory()) return `"${part}" is a file there`;
  }
  return undefined;
}

/**
 * Writes files below a folder. All paths are checked before anything is written, also against what is on disk;
 * then each file is written beside its place and renamed into it, so a reader sees the old or the new content
 * and never half of one. A link at a file's place is replaced, not followed. Other files stay as they are.
 * Nothing else may write to the folder at the same time.
 * @throws ValidationError when a path is refused; then nothing has been written
 */
export async function writeFilesAtomically(root: string, files: readonly FileToWrite[]): Promise<void> {
  checkFileSet(files.map((file) => file.path));
  const problems: FieldProblem[] = [];
  for (const [index, { path }] of files.entries()) {
    const message = await obstacle(root, path);
    if (message !== undefined) problems.push({ field: `files[${index}].path`, message });
  }
  if (problems.length > 0)
    throw new ValidationError(
      `The files cannot be written to the work folder:\n` +
        problems.map(({ field, message }) => `  - ${field}: ${message}`).join('\n'),
      problems,
    );
  for (const { path, content, executable } of files)
    await writeInPlace(join(root, path), content, executable ? 0o755 : 0o644);
}

async function writeInPlace(target: string, content: string | Uint8Array, mode: number): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  const draft = join(dirname(target), `.atelier-${newId()}.tmp`);
  try {
    // `wx` never opens what is there already, so a link with that name cannot lead the bytes elsewhere.
    const handle = await open(draft, 'wx', mode);
    try {
      await handle.writeFile(content);
    } finally {
      await handle.close();
    }
    await rename(draft, target);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}
