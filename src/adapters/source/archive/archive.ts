import { promisify } from 'node:util';
import { gunzip as gunzipCallback } from 'node:zlib';
import { messageOf, ValidationError } from '../../../core/errors.js';
import { judgeName, escapes } from '../names.js';
import type { SourceLimits, SourceTree } from '../port.js';
import { TreeBuilder } from '../tree-builder.js';
import type { ArchiveEntry } from './entry.js';
import { tarEntries } from './tar.js';
import { zipEntries } from './zip.js';

const gunzip = promisify(gunzipCallback);

/** What the first bytes of an upload say it is. */
export type ArchiveFormat = 'zip' | 'tar' | 'tar.gz' | 'bundle';

/** Below this an archive may grow by any factor: small texts pack well. */
const RATIO_FROM = 10 * 1024 ** 2;

/** Something at the top of a folder that says "here is a project". */
const PROJECT_TOP =
  /^(readme(\..*)?|license(\..*)?|\.gitignore|package\.json|pyproject\.toml|setup\.py|requirements\.txt|go\.mod|cargo\.toml|pom\.xml|build\.gradle(\.kts)?|gemfile|composer\.json|makefile|tsconfig\.json)$/i;

/** `PK` and the kind of the first record: a file, or the end of an empty zip. */
const ZIP_STARTS = ['504b0304', '504b0506'];

/** The format of an upload, told by its content. @throws ValidationError when it is none that is known */
export function formatOf(bytes: Buffer): ArchiveFormat {
  if (ZIP_STARTS.includes(bytes.toString('hex', 0, 4))) return 'zip';
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return 'tar.gz';
  if (/^# v[23] git bundle\n/.test(bytes.toString('latin1', 0, 16))) return 'bundle';
  if (bytes.length >= 512 && bytes.toString('latin1', 257, 262) === 'ustar') return 'tar';
  throw refusal('is none of the formats known here: zip, tar, tar.gz or a git bundle');
}

/**
 * Reads a zip, tar or tar.gz into memory. Nothing is written to disk, no link followed, no permission kept but
 * "executable". When everything stands in one folder that looks like a project, that folder is taken as the top.
 * @throws ValidationError for `archive` when it is damaged, a bomb, too large, or when a name in it leads out
 */
export async function readArchive(
  bytes: Buffer,
  format: Exclude<ArchiveFormat, 'bundle'>,
  limits: SourceLimits,
): Promise<SourceTree> {
  const builder = new TreeBuilder(limits, 'archive');
  try {
    const entries = await listEntries(bytes, format, limits);
    checkEntries(entries, bytes.length, limits);
    const root = commonRoot(entries);
    await fill(builder, entries, root);
    return builder.finish({ root });
  } catch (error) {
    if (error instanceof ValidationError) throw error;
    throw refusal(`cannot be read: ${messageOf(error)}`, error);
  }
}

async function listEntries(
  bytes: Buffer,
  format: Exclude<ArchiveFormat, 'bundle'>,
  limits: SourceLimits,
): Promise<ArchiveEntry[]> {
  if (format === 'zip') return zipEntries(bytes, limits.entries);
  if (format === 'tar') return tarEntries(bytes, limits.entries);
  const unpacked = await gunzip(bytes, { maxOutputLength: limits.unpackedBytes }).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooMuch(limits);
    throw error;
  });
  checkRatio(unpacked.length, bytes.length, limits);
  return tarEntries(unpacked, limits.entries);
}

function checkEntries(entries: readonly ArchiveEntry[], packed: number, limits: SourceLimits): void {
  let unpacked = 0;
  for (const { name, size } of entries) {
    const problem = escapes(name);
    if (problem) throw refusal(`holds the name ${JSON.stringify(name)}, which ${problem}`);
    unpacked += size;
  }
  if (unpacked > limits.unpackedBytes) throw tooMuch(limits);
  checkRatio(unpacked, packed, limits);
}

function checkRatio(unpacked: number, packed: number, limits: SourceLimits): void {
  if (unpacked > RATIO_FROM && unpacked > packed * limits.ratio)
    throw refusal(`unpacks to more than ${limits.ratio} times its size, as no honest project does`);
}

function tooMuch(limits: SourceLimits): ValidationError {
  return refusal(
    `unpacks to more than ${limits.unpackedBytes} bytes; leave dependencies, data and build output out`,
  );
}

/** The one folder that holds everything, when it looks like a project's own; else nothing. */
function commonRoot(entries: readonly ArchiveEntry[]): string {
  const files = entries.filter(({ kind }) => kind !== 'folder').map(({ name }) => name);
  const first = files[0]?.split('/')[0] ?? '';
  if (first === '' || !files.every((name) => name.startsWith(`${first}/`))) return '';
  const looksRight = files.some((name) => PROJECT_TOP.test(name.slice(first.length + 1)));
  return looksRight && judgeName(first) === undefined ? `${first}/` : '';
}

async function fill(builder: TreeBuilder, entries: readonly ArchiveEntry[], root: string): Promise<void> {
  const inside = entries
    .filter(({ name }) => name.length > root.length && name.startsWith(root))
    .map((entry) => ({ entry, path: entry.name.slice(root.length) }));
  for (const { entry, path } of inside)
    if (entry.kind === 'file' && /(^|\/)\.gitignore$/.test(path) && entry.size <= builder.limits.fileBytes)
      builder.ignored.add(path, await entry.read());
  for (const { entry, path } of inside) {
    builder.count();
    if (entry.kind === 'folder') continue;
    if (entry.kind !== 'file') builder.skip(entry.kind, path);
    else if (builder.wants(path, entry.size))
      builder.add({ path, content: await entry.read(), executable: entry.executable });
  }
}

function refusal(message: string, cause?: unknown): ValidationError {
  return new ValidationError(`The archive ${message}.`, [{ field: 'archive', message }], { cause });
}
