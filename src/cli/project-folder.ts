import { execFile } from 'node:child_process';
import { lstat, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ZipFile } from 'yazl';
import { SOURCE_LIMITS, type Skipped, type SourceTree } from '../adapters/source/port.js';
import { createSourceReader } from '../adapters/source/reader.js';
import { TreeBuilder } from '../adapters/source/tree-builder.js';
import { readRegularFile } from '../adapters/sandbox/collect.js';
import { ValidationError } from '../core/errors.js';
import { UsageError } from './errors.js';

const run = promisify(execFile);

/** A local project, packed for the upload. */
export interface PackedFolder {
  /** A zip: the same files give the same bytes. */
  archive: Buffer;
  /** What stayed here, by reason; what git ignores is not counted. */
  skipped: Skipped;
}

/**
 * Packs a local folder. In a git working copy these are the files that git tracks or would add, as they are now;
 * elsewhere all files but git's own, installed dependencies and what `.gitignore` names. Links are not followed,
 * and files that usually hold secrets do not leave the machine.
 * @throws UsageError when there is no such folder, or it is no project that can be taken
 */
export async function packFolder(folder: string): Promise<PackedFolder> {
  const top = await realpath(folder).catch(() => undefined);
  if (top === undefined || !(await lstat(top)).isDirectory())
    throw new UsageError(`There is no folder ${folder}.`);
  const { files, skipped } = await treeOf(top).catch((error: unknown) => {
    if (!(error instanceof ValidationError)) throw error;
    throw new UsageError(`${folder} ${error.problems.map(({ message }) => message).join('; ')}.`);
  });
  const zip = new ZipFile();
  for (const { path, content, executable } of files)
    zip.addBuffer(content, path, { mtime: EPOCH, mode: executable ? 0o100755 : 0o100644 });
  // One folder that holds everything would be taken for the archive's wrapping, and is part of the project here.
  // The studio's own folder is left out on the other side, but stands beside it.
  zip.addBuffer(Buffer.alloc(0), '.atelier/folder', { mtime: EPOCH });
  zip.end();
  const chunks: Buffer[] = [];
  for await (const chunk of zip.outputStream) chunks.push(chunk as Buffer);
  return { archive: Buffer.concat(chunks), skipped };
}

/** Zip's first day. */
const EPOCH = new Date(1980, 0, 1);

async function treeOf(top: string): Promise<SourceTree> {
  const listed = await listedByGit(top);
  if (listed.length === 0) return createSourceReader({ roots: [top], hosts: [] }).folder(top);
  const builder = new TreeBuilder(SOURCE_LIMITS, 'folder');
  for (const path of listed) {
    const full = join(top, path);
    const found = await lstat(full).catch(() => undefined);
    // Tracked, and deleted here since.
    if (!found) continue;
    builder.count();
    if (found.isSymbolicLink()) builder.skip('link', path);
    else if (found.isDirectory()) builder.skip('submodule', path);
    else if (!found.isFile()) builder.skip('special', path);
    else if (builder.wants(path, found.size)) {
      const file = await readRegularFile(full, SOURCE_LIMITS.fileBytes);
      if (file === 'too large') builder.skip('too_large', path);
      else if (file === 'refused') builder.skip('special', path);
      else builder.add({ path, content: file.content, executable: (file.mode & 0o111) !== 0 });
    }
  }
  return builder.finish();
}

/** The paths below a folder that git tracks or would add; none where there is no git, or it ignores the folder. */
async function listedByGit(top: string): Promise<string[]> {
  // A working copy may name a program that git is to ask for changes. It is somebody else's, perhaps.
  const args = ['-c', 'core.fsmonitor=false', 'ls-files', '-co', '--exclude-standard', '-z'];
  try {
    const { stdout } = await run('git', args, { cwd: top, maxBuffer: 64 * 1024 ** 2 });
    return [...new Set(stdout.split('\0'))].filter((path) => path !== '');
  } catch {
    return [];
  }
}
