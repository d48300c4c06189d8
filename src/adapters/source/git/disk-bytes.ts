import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Bytes of the files below a folder, counted until `limit` is passed. What vanishes meanwhile counts nothing. */
export async function diskBytes(folder: string, limit: number): Promise<number> {
  let bytes = 0;
  const queue = [folder];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    for (const entry of await readdir(next, { withFileTypes: true }).catch(() => [])) {
      const path = join(next, entry.name);
      if (entry.isDirectory()) queue.push(path);
      bytes += (await lstat(path).catch(() => undefined))?.size ?? 0;
      if (bytes > limit) return bytes;
    }
  }
  return bytes;
}
