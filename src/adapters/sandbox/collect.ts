import { constants } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ValidationError } from '../../core/errors.js';

/** What stands at a path, told without following it. */
export type EntryKind = 'file' | 'folder' | 'link' | 'other';

export interface TreeEntry {
  /** Relative to the folder that is walked, with `/` between the segments. */
  path: string;
  kind: EntryKind;
}

export interface CollectedFile {
  path: string;
  content: Buffer;
  /** Permission bits, such as 0o644. */
  mode: number;
}

export interface ReadTreeOptions {
  maxFiles: number;
  /** Bytes of all contents together. */
  maxBytes: number;
  /** Names of folders and files that are left out at every depth; `.git` and `node_modules` by default. */
  skip?: ReadonlySet<string>;
  /** Told of links, devices, pipes, sockets and unreadable entries, which are never in the result. */
  onRefused?: (path: string, kind: EntryKind) => void;
}

const SKIPPED = new Set(['.git', 'node_modules']);

/**
 * Every entry below a folder, in the order of their names, without following links. Only for trees that nothing
 * writes to any more: a folder that turns into a link between two looks would be followed.
 */
export async function* walkTree(
  dir: string,
  skip: (path: string) => boolean = () => false,
): AsyncGenerator<TreeEntry> {
  const queue = [''];
  for (let folder = queue.shift(); folder !== undefined; folder = queue.shift()) {
    const entries = await readdir(join(dir, folder), { withFileTypes: true });
    entries.sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const entry of entries) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (skip(path)) continue;
      if (entry.isDirectory()) queue.push(path);
      yield {
        path,
        kind: entry.isFile()
          ? 'file'
          : entry.isDirectory()
            ? 'folder'
            : entry.isSymbolicLink()
              ? 'link'
              : 'other',
      };
    }
  }
}

/**
 * Reads the regular files below a folder once the run that wrote them is dead.
 * @throws ValidationError when there are more files or bytes than allowed; nothing is returned then
 */
export async function readTree(dir: string, options: ReadTreeOptions): Promise<CollectedFile[]> {
  const skip = options.skip ?? SKIPPED;
  const files: CollectedFile[] = [];
  let bytes = 0;
  for await (const { path, kind } of walkTree(dir, (path) =>
    skip.has(path.slice(path.lastIndexOf('/') + 1)),
  )) {
    if (kind === 'folder') continue;
    if (kind !== 'file') {
      options.onRefused?.(path, kind);
      continue;
    }
    if (files.length >= options.maxFiles)
      throw tooMuch(`more than ${options.maxFiles} files`, 'Write fewer files, or raise maxFiles.');
    const file = await readRegularFile(join(dir, path), options.maxBytes - bytes);
    if (file === 'too large')
      throw tooMuch(`more than ${options.maxBytes} bytes`, 'Write smaller files, or raise maxBytes.');
    if (file === 'refused') {
      options.onRefused?.(path, 'other');
      continue;
    }
    bytes += file.content.length;
    files.push({ path, ...file });
  }
  return files;
}

function tooMuch(what: string, wayOut: string): ValidationError {
  return new ValidationError(`The folder holds ${what}. ${wayOut}`, [
    { field: 'files', message: `holds ${what}` },
  ]);
}

/**
 * Reads one file that hostile code may have put there: no link is followed, no pipe waited for, and never more
 * than `maxBytes` are read, whatever size the file claims.
 */
export async function readRegularFile(
  path: string,
  maxBytes: number,
): Promise<{ content: Buffer; mode: number } | 'too large' | 'refused'> {
  let handle;
  try {
    handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch {
    return 'refused';
  }
  try {
    const stat = await handle.stat();
    if (!stat.isFile()) return 'refused';
    if (stat.size > maxBytes) return 'too large';
    const content = await handle.readFile();
    return { content, mode: stat.mode & 0o777 };
  } finally {
    await handle.close();
  }
}
