import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ConfigError, messageOf } from '../../core/errors.js';
import type { Binaries } from './binaries.js';
import type { RunAs } from './run-as.js';

const run = promisify(execFile);

/** The server's only role, and the database made in it. */
export const ROLE = 'atelier';
export const DATABASE = 'atelier';

/** A data folder that initdb has finished. */
export interface Cluster {
  directory: string;
  password: string;
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/** The password of the server's role; made on first use, kept in a file only its owner may read. */
async function passwordIn(path: string, mayMake: boolean): Promise<string> {
  if (!(await exists(path))) {
    if (!mayMake)
      throw new ConfigError(
        `The password file ${path} is missing, so the database beside it cannot be opened. ` +
          'Restore the file from a backup, or set ATELIER_DATA_DIR to another folder.',
        { details: { path } },
      );
    const draft = `${path}.${process.pid}`;
    await writeFile(draft, randomBytes(24).toString('base64url'), { mode: 0o600 });
    // A whole file or none: a crash between opening and writing must not leave an empty password.
    await link(draft, path);
    await rm(draft);
  }
  return (await readFile(path, 'utf8')).trim();
}

/**
 * Opens the cluster in `<dataDir>/postgres`, or makes it. initdb works in a folder of its own name that is
 * renamed when all is done, so a crash (or an initdb that outlives its parent) never leaves half a cluster.
 * @param sync whether a new cluster is flushed to disk (tests need not wait for it)
 * @throws ConfigError when initdb fails, with its last words, or the password file is gone
 */
export async function openCluster(
  dataDir: string,
  binaries: Binaries,
  runAs: RunAs,
  sync: boolean,
): Promise<Cluster & { created: boolean }> {
  const directory = join(dataDir, 'postgres');
  const passwordFile = join(dataDir, 'postgres-password');
  for (const name of await readdir(dataDir))
    if (name.startsWith('postgres.new-'))
      // What another initdb still writes to may resist; the next start tries again.
      await rm(join(dataDir, name), { recursive: true, force: true }).catch(() => undefined);

  if (await exists(join(directory, 'PG_VERSION'))) {
    const password = await passwordIn(passwordFile, false);
    await runAs.own(directory);
    return { directory, password, created: false };
  }
  const password = await passwordIn(passwordFile, true);
  const draft = join(dataDir, `postgres.new-${randomBytes(6).toString('hex')}`);
  await mkdir(draft, { mode: 0o700 });
  await runAs.own(draft);
  const [command = '', ...args] = [
    ...runAs.prefix,
    binaries.initdb,
    `--pgdata=${draft}`,
    `--username=${ROLE}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--no-instructions',
    ...(sync ? [] : ['--no-sync']),
  ];
  try {
    await run(command, args, { env: runAs.env, cwd: dataDir });
    await rename(draft, directory);
  } catch (cause) {
    await rm(draft, { recursive: true, force: true }).catch(() => undefined);
    throw new ConfigError(
      `The embedded Postgres could not be set up in ${dataDir}: ${messageOf(cause)}\n` +
        'Mend what it names, or set DATABASE_URL to a Postgres server.',
      { cause, details: { dataDir } },
    );
  }
  return { directory, password, created: true };
}
