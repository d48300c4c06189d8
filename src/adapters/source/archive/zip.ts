import { fromBufferPromise, type Entry, type ZipFile } from 'yauzl';
import { plainName, type ArchiveEntry } from './entry.js';

const TYPE = 0o170000;

/**
 * The entries of a zip, read from its central directory.
 * @param maxEntries more are refused
 * @throws Error when it is damaged, encrypted, or holds too many entries
 */
export async function zipEntries(bytes: Buffer, maxEntries: number): Promise<ArchiveEntry[]> {
  const zip = await fromBufferPromise(bytes, {
    lazyEntries: true,
    autoClose: false,
    strictFileNames: true,
    validateEntrySizes: true,
  });
  const entries: ArchiveEntry[] = [];
  for await (const entry of zip.eachEntry()) {
    if (entries.length >= maxEntries) throw new Error(`it has more than ${maxEntries} entries`);
    if (entry.isEncrypted()) throw new Error(`${JSON.stringify(entry.fileName)} is encrypted`);
    const mode = entry.externalFileAttributes >>> 16;
    entries.push({
      name: plainName(entry.fileName),
      kind: kindOf(entry, mode),
      size: entry.uncompressedSize,
      executable: (mode & 0o111) !== 0,
      read: () => contentOf(zip, entry),
    });
  }
  return entries;
}

function kindOf(entry: Entry, mode: number): ArchiveEntry['kind'] {
  if (entry.fileName.endsWith('/')) return 'folder';
  const type = mode & TYPE;
  if (type === 0o120000) return 'link';
  return type === 0 || type === 0o100000 ? 'file' : 'special';
}

/** Never more than the entry claims: yauzl ends the stream with an error at the first byte beyond. */
async function contentOf(zip: ZipFile, entry: Entry): Promise<Buffer> {
  const stream = await zip.openReadStreamPromise(entry);
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
