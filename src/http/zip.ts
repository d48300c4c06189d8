import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Response } from 'express';
import { ZipFile } from 'yazl';
import type { Session } from '../db/entities/session.js';
import type { ProjectEntry } from '../services/source/exports.js';

/**
 * Streams files as a ZIP. Each is read when its turn has come and the client has taken what came before. The
 * same files and time give the same bytes.
 * @param mtime the time of every entry
 * @throws what reading throws; the response is destroyed then, so that no client takes a part for the whole
 */
export async function sendZip(
  res: Response,
  gone: AbortSignal,
  entries: readonly ProjectEntry[],
  mtime: Date,
): Promise<void> {
  const zip = new ZipFile();
  const failed = new AbortController();
  zip.on('error', (error: Error) => failed.abort(error));
  for (const { path, read, executable } of entries)
    zip.addReadStreamLazy(path, { mtime, mode: executable ? 0o100755 : 0o100644 }, (give) => {
      read().then(
        (content) => give(null, Readable.from([content])),
        (error: Error) => give(error, Readable.from([])),
      );
    });
  zip.end();
  try {
    await pipeline(zip.outputStream, res, { signal: AbortSignal.any([gone, failed.signal]) });
  } catch (error) {
    throw failed.signal.aborted ? failed.signal.reason : error;
  }
}

/** The archive's file name: the session's name in plain letters, and the end of its id. */
export function exportName(session: Pick<Session, 'sessionId' | 'name' | 'projectName' | 'kind'>): string {
  const words = (session.name ?? session.projectName ?? session.kind)
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 60);
  return `${words || session.kind}-${session.sessionId.slice(-8)}.zip`;
}
