import { readFile, stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { SKIP_REASONS, SOURCE_LIMITS, type Skipped, type SkipReason } from '../adapters/source/port.js';
import type { SourceOption } from '../adapters/source/port.js';
import { messageOf } from '../core/errors.js';
import type { ImportedSourceView } from '../http/presenters/source.js';
import type { AtelierClient } from './client.js';
import { UsageError } from './errors.js';
import type { Output } from './output.js';
import { packFolder } from './project-folder.js';
import { bytes, count, oneLine, plural } from './text.js';

/** A large project over a slow line; the server waits no longer either. */
const UPLOAD_MS = 10 * 60_000;
/** Paths shown per reason. */
const SHOWN = 3;

/** The options of `submit` that say what to start from. */
export interface ExistingCodeOptions {
  folder?: string;
  archive?: string;
  git?: string;
  ref?: string;
}

/** Something local that is ready to be uploaded. */
interface Ready {
  name: string;
  content: Buffer;
  mediaType: string;
  /** What stays here. */
  skipped: Skipped;
  /** Entries that were put in for the journey, and that the server leaves out again. */
  ours: Partial<Record<SkipReason, number>>;
}

/** What a mission starts from, all local work done: `bring` sends it and gives the mission's option `source`. */
export type ExistingCode = (client: AtelierClient, output: Output) => Promise<SourceOption | undefined>;

/**
 * Looks at what the options name, before any server is asked.
 * @throws UsageError when they contradict each other, or there is nothing that can be read
 */
export async function existingCode(options: ExistingCodeOptions): Promise<ExistingCode> {
  const { folder, archive, git, ref } = options;
  if ([folder, archive, git].filter((given) => given !== undefined).length > 1)
    throw new UsageError('Give one of --folder, --archive and --git: a mission starts from one project.');
  if (ref !== undefined && git === undefined) throw new UsageError('--ref goes with --git.');
  if (git !== undefined) return async () => ({ kind: 'git', url: git, ...(ref !== undefined && { ref }) });
  if (folder === undefined && archive === undefined) return async () => undefined;
  const ready = folder !== undefined ? await readyFolder(folder) : await readyArchive(archive ?? '');
  if (ready.content.byteLength > SOURCE_LIMITS.archiveBytes)
    throw new UsageError(
      `${ready.name} has ${bytes(ready.content.byteLength)} packed; ${bytes(SOURCE_LIMITS.archiveBytes)} are possible. ` +
        'Leave dependencies, data and build output out.',
    );
  return async (client, output) => {
    const made = await client.write<ImportedSourceView>('POST', '/sources', {
      query: { name: ready.name },
      file: ready.content,
      headers: { 'content-type': ready.mediaType },
      timeoutMs: UPLOAD_MS,
    });
    output.hint(`Uploaded ${plural(made.files, 'file')} (${bytes(made.bytes)}) of ${oneLine(ready.name)}.`);
    for (const line of leftOut(ready, made.skipped)) output.hint(line);
    return { kind: 'archive', sourceId: made.sourceId };
  };
}

async function readyFolder(folder: string): Promise<Ready> {
  const { archive, skipped } = await packFolder(folder);
  const name = basename(resolve(folder)) || 'folder';
  return { name, content: archive, mediaType: 'application/zip', skipped, ours: { studio: 1 } };
}

async function readyArchive(file: string): Promise<Ready> {
  try {
    // Before it is read: it may be no archive, and of any size.
    const { size } = await stat(file);
    if (size > SOURCE_LIMITS.archiveBytes)
      throw new Error(`it has ${bytes(size)}, and ${bytes(SOURCE_LIMITS.archiveBytes)} are possible`);
    return {
      name: basename(file),
      content: await readFile(file),
      mediaType: 'application/octet-stream',
      skipped: {},
      ours: {},
    };
  } catch (error) {
    throw new UsageError(`The archive cannot be taken: ${messageOf(error)}`);
  }
}

/** A line per reason why something is not part of the project, such as `Left out: 2 × a link (a.js, b.js)`. */
function leftOut({ skipped, ours }: Ready, there: ImportedSourceView['skipped']): string[] {
  return (Object.keys(SKIP_REASONS) as SkipReason[]).flatMap((reason) => {
    const total = (skipped[reason]?.count ?? 0) + (there[reason]?.count ?? 0) - (ours[reason] ?? 0);
    const names = [...(skipped[reason]?.examples ?? []), ...(there[reason]?.examples ?? [])].slice(
      0,
      Math.min(SHOWN, total),
    );
    const more = total > names.length ? ', …' : '';
    return total > 0
      ? [`Left out: ${count(total)} × ${SKIP_REASONS[reason]} (${names.map(oneLine).join(', ')}${more})`]
      : [];
  });
}
