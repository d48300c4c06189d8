import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { Config } from '../core/config.js';
import { sha256 } from '../core/hash.js';
import { isStillRunning, thisProcess } from '../db/embedded/process-identity.js';

const serverFile = z.object({
  url: z.url(),
  pid: z.number().int().positive(),
  startTime: z.string(),
  /** Which database it serves, so that a command meant for another one does not talk to it. */
  database: z.string(),
  /** Whether it stays until it is told to stop; a command that serves while it runs does not. */
  lasting: z.boolean(),
});

/** A server that runs on a data folder, as it wrote itself down in `<dataDir>/server.json`. */
export type RunningServer = z.infer<typeof serverFile>;

const pathIn = (dataDir: string): string => join(dataDir, 'server.json');

/** Names the database of a configuration without giving its password away. */
function databaseOf(config: Config): string {
  return config.databaseUrl === undefined ? 'embedded' : sha256(config.databaseUrl).slice(0, 16);
}

async function read(dataDir: string): Promise<RunningServer | undefined> {
  try {
    return serverFile.parse(JSON.parse(await readFile(pathIn(dataDir), 'utf8')));
  } catch {
    // Absent, half written by a crash, or of another version: nobody can be found through it.
    return undefined;
  }
}

/** The server of this machine that serves the configured data folder and database; undefined when none runs. */
export async function findServer(config: Config): Promise<RunningServer | undefined> {
  const server = await read(config.dataDir);
  if (!server || server.database !== databaseOf(config)) return undefined;
  return (await isStillRunning(server)) ? server : undefined;
}

/**
 * Writes a file that only its owner may read, whole or not at all, and makes its folder where there is none.
 * @param content ends up as the file's only content
 */
export async function writePrivate(path: string, content: string): Promise<void> {
  const draft = `${path}.${process.pid}`;
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(draft, content, { mode: 0o600 });
  await chmod(draft, 0o600);
  await rename(draft, path);
}

/**
 * Lets commands on this machine find this process's server.
 * @returns takes the announcement back, unless another server has taken its place
 */
export async function announceServer(
  config: Config,
  url: string,
  lasting: boolean,
): Promise<() => Promise<void>> {
  const self = await thisProcess();
  const mine: RunningServer = { url, ...self, database: databaseOf(config), lasting };
  await writePrivate(pathIn(config.dataDir), `${JSON.stringify(mine, null, 2)}\n`);
  return async () => {
    const now = await read(config.dataDir);
    if (now?.pid === mine.pid && now.url === mine.url) await rm(pathIn(config.dataDir), { force: true });
  };
}
