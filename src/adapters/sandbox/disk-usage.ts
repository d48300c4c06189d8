import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** What an entry costs at least, so that a million empty files are not free. */
const ENTRY_BYTES = 1024;

/**
 * Bytes on disk below folders, counted until `limit` is passed (the rest does not matter then). Links are
 * counted, never followed. A folder that the code has made unreadable counts as the whole limit: it could hide
 * anything in it, and opening it up by force would mean following whatever stands at that path by then.
 */
export async function diskUsage(folders: readonly string[], limit: number): Promise<number> {
  let bytes = 0;
  const queue = [...folders];
  for (let folder = queue.pop(); folder !== undefined; folder = queue.pop()) {
    let entries;
    try {
      entries = await readdir(folder, { withFileTypes: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EACCES') return Math.max(bytes, limit + 1);
      continue; // Removed while we looked.
    }
    for (const entry of entries) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) queue.push(path);
      const found = await lstat(path).catch(() => undefined);
      bytes += Math.max(ENTRY_BYTES, (found?.blocks ?? 0) * 512);
      if (bytes > limit) return bytes;
    }
  }
  return bytes;
}
