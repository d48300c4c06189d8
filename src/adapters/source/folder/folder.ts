import { readdir, realpath, stat } from 'node:fs/promises';
import { isAbsolute, join, sep } from 'node:path';
import { ForbiddenError, ValidationError } from '../../../core/errors.js';
import { readRegularFile } from '../../sandbox/collect.js';
import { judgeName } from '../names.js';
import type { SkipReason, SourceLimits, SourceTree } from '../port.js';
import { TreeBuilder } from '../tree-builder.js';

/**
 * Where a folder really is, once that is known to be below an allowed root.
 * @param field what errors name
 * @returns the path with every link resolved
 * @throws ForbiddenError when no root allows it; whether it exists is not told then
 * @throws ValidationError when it is allowed and no folder
 */
export async function insideRoots(path: string, roots: readonly string[], field: string): Promise<string> {
  checkBelow(path, roots, field);
  const real = await realpath(path).catch(() => undefined);
  const realRoots = await Promise.all(roots.map((root) => realpath(root).catch(() => undefined)));
  const allowed = real !== undefined && realRoots.some((root) => root !== undefined && isBelow(real, root));
  if (real !== undefined && !allowed) throw forbidden(path, field);
  if (real === undefined || !(await stat(real)).isDirectory())
    throw new ValidationError(`There is no folder ${JSON.stringify(path)} that the server can read.`, [
      { field, message: 'is not a folder that the server can read' },
    ]);
  return real;
}

/** The part of the check that needs no look at the disk. @throws ForbiddenError, ValidationError as above */
export function checkBelow(path: string, roots: readonly string[], field: string): void {
  if (!isAbsolute(path) || path.split(sep).includes('..'))
    throw new ValidationError('The path of the source must be absolute, without "..".', [
      { field, message: 'must be an absolute path without ".."' },
    ]);
  if (!roots.some((root) => isBelow(path, root))) throw forbidden(path, field);
}

function isBelow(path: string, root: string): boolean {
  const top = root.endsWith(sep) ? root : root + sep;
  return path === root || `${path}${sep}` === top || path.startsWith(top);
}

function forbidden(path: string, field: string): ForbiddenError {
  return new ForbiddenError(
    `The folder ${JSON.stringify(path)} is not below a root that this server allows. An administrator lists the ` +
      'allowed roots in ATELIER_SOURCE_ROOTS; or upload the folder as an archive.',
    { details: { field } },
  );
}

/**
 * Reads a folder of the server: regular files only, links never followed, `.gitignore` honoured.
 * @param roots absolute folders below which missions may start
 * @throws ForbiddenError, ValidationError for `source.path`
 */
export async function readFolder(
  path: string,
  roots: readonly string[],
  limits: SourceLimits,
  signal?: AbortSignal,
): Promise<SourceTree> {
  const top = await insideRoots(path, roots, 'source.path');
  const builder = new TreeBuilder(limits, 'source.path');
  const queue = [''];
  for (let folder = queue.shift(); folder !== undefined; folder = queue.shift()) {
    signal?.throwIfAborted();
    await takeIgnoreFile(builder, top, folder);
    const entries = await readdir(join(top, folder), { withFileTypes: true }).catch(() => undefined);
    if (!entries) builder.skip('special', folder);
    for (const entry of entries ?? []) {
      builder.count();
      const path = folder + entry.name;
      if (entry.isDirectory()) {
        const reason = reasonToPrune(builder, path);
        if (reason) builder.skip(reason, path);
        else queue.push(`${path}/`);
      } else if (entry.isFile()) await takeFile(builder, top, path);
      else builder.skip(entry.isSymbolicLink() ? 'link' : 'special', path);
    }
  }
  return builder.finish();
}

/** Why a folder need not be walked, if so. */
function reasonToPrune(builder: TreeBuilder, path: string): SkipReason | undefined {
  const reason = judgeName(path);
  if (reason === 'git' || reason === 'dependencies' || reason === 'studio') return reason;
  return builder.ignored.ignoresFolder(path) ? 'ignored' : undefined;
}

async function takeIgnoreFile(builder: TreeBuilder, top: string, folder: string): Promise<void> {
  const path = `${folder}.gitignore`;
  const file = await readRegularFile(join(top, path), builder.limits.fileBytes);
  if (typeof file !== 'string') builder.ignored.add(path, file.content);
}

async function takeFile(builder: TreeBuilder, top: string, path: string): Promise<void> {
  if (!builder.wants(path, 0)) return;
  const full = join(top, path);
  const file = await readRegularFile(full, builder.limits.fileBytes);
  if (file === 'too large') return builder.skip('too_large', path);
  // A folder above it may have become a link since the walk saw it.
  if (file === 'refused' || (await realpath(full).catch(() => '')) !== full)
    return builder.skip('special', path);
  builder.add({ path, content: file.content, executable: (file.mode & 0o111) !== 0 });
}
