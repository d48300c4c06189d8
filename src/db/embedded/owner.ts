import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { ConfigError } from '../../core/errors.js';
import { codeOf } from '../../core/error-code.js';
import { isStillRunning, thisProcess, type ProcessIdentity } from './process-identity.js';

const ownerFile = z.object({
  pid: z.number().int().positive(),
  startTime: z.string(),
  claimedAt: z.string(),
  /** Tells two claims of one process apart. */
  claim: z.string(),
});
type Owner = z.infer<typeof ownerFile>;

/** The right to start and stop the server in a data folder. */
export interface Ownership {
  /** Gives the folder back; does nothing if it was given back before. */
  release(): Promise<void>;
}

/** The owner written in a file; absent when there is no file, `'unreadable'` when a crash left half of one. */
async function readOwner(path: string): Promise<Owner | 'unreadable' | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return ownerFile.parse(JSON.parse(text));
  } catch {
    return 'unreadable';
  }
}

/** Puts `draft` at `path` if nothing stands there. The content appears whole or not at all. */
async function putIfAbsent(draft: string, path: string): Promise<boolean> {
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Replaces a dead owner's file. Several processes may see the same dead owner at once: the one that puts the
 * `.takeover` file may replace it, after it has looked again. The others start over.
 */
async function replaceDead(path: string, dead: Owner | 'unreadable', draft: string): Promise<boolean> {
  const takeover = `${path}.takeover`;
  if (!(await putIfAbsent(draft, takeover))) {
    const taker = await readOwner(takeover);
    if (taker === 'unreadable' || (taker && !(await isStillRunning(taker))))
      await rm(takeover, { force: true });
    return false;
  }
  try {
    const now = await readOwner(path);
    const same =
      now === dead || (typeof now === 'object' && typeof dead === 'object' && now.claim === dead.claim);
    if (!same) return false;
    await rename(draft, path);
    return true;
  } finally {
    await rm(takeover, { force: true });
  }
}

/**
 * Claims a data folder for this process through `<dataDir>/owner.json`. A dead owner's claim is taken over.
 * @param dataDir absolute, must exist
 * @throws ConfigError when a process that still runs owns the folder (this one included)
 */
export async function claimOwnership(dataDir: string): Promise<Ownership> {
  const path = join(dataDir, 'owner.json');
  const self: ProcessIdentity = await thisProcess();
  const mine: Owner = { ...self, claimedAt: new Date().toISOString(), claim: randomUUID() };
  const draft = `${path}.${mine.claim}`;
  await writeFile(draft, `${JSON.stringify(mine, null, 2)}\n`, { mode: 0o600 });
  try {
    for (;;) {
      if (await putIfAbsent(draft, path)) break;
      const owner = await readOwner(path);
      if (owner === undefined) continue;
      if (owner !== 'unreadable' && (await isStillRunning(owner)))
        throw new ConfigError(
          `The data folder ${dataDir} is in use by process ${owner.pid} since ${owner.claimedAt}. ` +
            'Stop that process, or set ATELIER_DATA_DIR to another folder, or set DATABASE_URL to share one server.',
          { details: { dataDir, pid: owner.pid } },
        );
      if (await replaceDead(path, owner, draft)) break;
    }
  } finally {
    await rm(draft, { force: true });
  }
  return {
    async release() {
      const owner = await readOwner(path);
      if (typeof owner === 'object' && owner.claim === mine.claim) await rm(path, { force: true });
    },
  };
}
