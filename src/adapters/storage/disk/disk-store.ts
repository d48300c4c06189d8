import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { codeOf } from '../../../core/error-code.js';
import { AppError, NotFoundError } from '../../../core/errors.js';
import { sha256 } from '../../../core/hash.js';
import type { CollectableStore } from '../port.js';

const HASH = /^[0-9a-f]{64}$/;

/** Artifacts as files named by their hash, in folders of the first two digits. The default. */
export class DiskStore implements CollectableStore {
  /** @param root absolute folder; made when first needed */
  constructor(private readonly root: string) {}

  async put(content: Uint8Array): Promise<string> {
    const hash = sha256(content);
    const path = this.pathOf(hash);
    const found = await stat(path).catch(() => null);
    if (found?.size === content.byteLength && (await touch(path))) return hash;
    await mkdir(dirname(path), { recursive: true });
    // Whoever reads sees a whole file or none: written beside, synced, then renamed.
    const draft = `${path}.${randomBytes(6).toString('hex')}`;
    try {
      const file = await open(draft, 'wx', 0o600);
      try {
        await file.writeFile(content);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(draft, path);
    } catch (error) {
      await rm(draft, { force: true });
      throw error;
    }
    return hash;
  }

  async get(hash: string): Promise<Buffer> {
    if (!HASH.test(hash)) throw new NotFoundError('artifact content', hash);
    const content = await readFile(this.pathOf(hash)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') throw new NotFoundError('artifact content', hash);
      throw error;
    });
    if (sha256(content) !== hash)
      throw new AppError('artifact_damaged', 500, `The stored content of ${hash} has changed on disk.`, {
        details: { hash },
      });
    return content;
  }

  async *list(before: Date): AsyncGenerator<{ hash: string; bytes: number }> {
    for (const folder of await namesIn(this.root))
      for (const hash of await namesIn(join(this.root, folder))) {
        if (!HASH.test(hash)) continue;
        const found = await stat(this.pathOf(hash)).catch(() => null);
        if (found?.isFile() && found.mtime < before) yield { hash, bytes: found.size };
      }
  }

  async remove(hash: string, before: Date): Promise<boolean> {
    if (!HASH.test(hash)) return false;
    const path = this.pathOf(hash);
    const found = await stat(path).catch(() => null);
    if (!found || found.mtime >= before) return false;
    // Taken aside first, then looked at again: whoever puts it meanwhile has either touched it before, which shows
    // now, or finds nothing to touch, and writes it anew.
    const aside = `${path}.${randomBytes(6).toString('hex')}.gone`;
    try {
      await rename(path, aside);
    } catch (error) {
      if (isMissing(error)) return false;
      throw error;
    }
    const young = (await stat(aside)).mtime >= before;
    if (young) await link(aside, path).catch(ignoreExisting);
    await rm(aside, { force: true });
    return !young;
  }

  private pathOf(hash: string): string {
    return join(this.root, hash.slice(0, 2), hash);
  }
}

const isMissing = (error: unknown): boolean => codeOf(error) === 'ENOENT';

function ignoreExisting(error: unknown): void {
  if (codeOf(error) !== 'EEXIST') throw error;
}

/** Marks a file as put just now, so that no collection takes it. @returns false when it is gone */
async function touch(path: string): Promise<boolean> {
  const now = new Date();
  try {
    await utimes(path, now, now);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch((error: unknown) => {
    if (isMissing(error) || codeOf(error) === 'ENOTDIR') return [];
    throw error;
  });
}
