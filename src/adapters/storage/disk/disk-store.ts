import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AppError, NotFoundError } from '../../../core/errors.js';
import { sha256 } from '../../../core/hash.js';
import type { ArtifactStore } from '../port.js';

/** Artifacts as files named by their hash, in folders of the first two digits. The default. */
export class DiskStore implements ArtifactStore {
  /** @param root absolute folder; made when first needed */
  constructor(private readonly root: string) {}

  async put(content: Uint8Array): Promise<string> {
    const hash = sha256(content);
    const path = this.pathOf(hash);
    const found = await stat(path).catch(() => null);
    if (found?.size === content.byteLength) return hash;
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
    if (!/^[0-9a-f]{64}$/.test(hash)) throw new NotFoundError('artifact content', hash);
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

  private pathOf(hash: string): string {
    return join(this.root, hash.slice(0, 2), hash);
  }
}
