import { ValidationError } from '../../../core/errors.js';
import type { SourceLimits, SourceTree } from '../port.js';
import { TreeBuilder } from '../tree-builder.js';
import { git } from './git.js';

const utf8 = new TextDecoder('utf-8', { fatal: true });
/** Listing lines and batch headers beside the contents. */
const OVERHEAD = 16 * 1024 ** 2;

interface TreeLine {
  mode: string;
  oid: string;
  size: number;
  path: string;
}

/**
 * The tree of a commit, read from the object database: nothing is checked out, so no filter, attribute or hook
 * of the source takes part.
 * @param gitDir a bare repository that holds the commit
 * @param ref what was asked for, kept for people
 * @param field what errors name
 */
export async function readCommit(
  gitDir: string,
  commit: string,
  ref: string,
  field: string,
  limits: SourceLimits,
  signal?: AbortSignal,
): Promise<SourceTree> {
  const call = { gitDir, timeoutMs: limits.gitMs, signal };
  const builder = new TreeBuilder(limits, field);
  const listing = await git({
    ...call,
    args: ['ls-tree', '-r', '-z', '-l', '--full-tree', commit],
    maxOutput: OVERHEAD,
  });
  const wanted = linesOf(listing).filter((line) => {
    builder.count();
    if (line.mode === '120000') builder.skip('link', line.path);
    else if (line.mode === '160000') builder.skip('submodule', line.path);
    else return builder.wants(line.path, line.size);
    return false;
  });
  if (wanted.reduce((sum, { size }) => sum + size, 0) > limits.bytes)
    throw builder.refusal(`holds more than ${limits.bytes} bytes of files`);
  const contents = await git({
    ...call,
    args: ['cat-file', '--batch', '--buffer'],
    input: wanted.map(({ oid }) => `${oid}\n`),
    maxOutput: limits.bytes + OVERHEAD,
  });
  let at = 0;
  for (const { path, mode } of wanted) {
    const lineEnd = contents.indexOf(10, at);
    const [, type, size] = contents.toString('latin1', at, lineEnd).split(' ');
    if (type !== 'blob')
      throw builder.refusal(`is damaged: the content of ${JSON.stringify(path)} is missing`);
    const end = lineEnd + 1 + Number(size);
    builder.add({
      path,
      content: Buffer.from(contents.subarray(lineEnd + 1, end)),
      executable: mode === '100755',
    });
    at = end + 1;
  }
  const pack = await git({
    ...call,
    args: ['pack-objects', '--revs', '--stdout', '-q', '--threads=1'],
    input: [`${commit}\n`],
    maxOutput: limits.archiveBytes,
  });
  return builder.finish({ git: { commit, ref, pack } });
}

function linesOf(listing: Buffer): TreeLine[] {
  const lines: TreeLine[] = [];
  for (let at = 0; at < listing.length;) {
    const tab = listing.indexOf(9, at);
    const end = listing.indexOf(0, tab);
    if (tab === -1 || end === -1)
      throw new ValidationError('The tree of the commit cannot be read.', [
        { field: 'source', message: 'has a damaged tree' },
      ]);
    const [mode = '', , oid = '', size = ''] = listing.toString('latin1', at, tab).split(/ +/);
    lines.push({ mode, oid, size: Number(size) || 0, path: nameOf(listing.subarray(tab + 1, end)) });
    at = end + 1;
  }
  return lines;
}

/** Names that are not UTF-8 get a lone surrogate, which no path check lets pass. */
function nameOf(bytes: Buffer): string {
  try {
    return utf8.decode(bytes);
  } catch {
    return `${bytes.toString('latin1')}\uD800`;
  }
}
