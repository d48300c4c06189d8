import { execFile } from 'node:child_process';
import { chown, lstat, readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ConfigError } from '../../core/errors.js';

const run = promisify(execFile);

/** How to start Postgres's programs, which refuse to run as root and want a user with a name. */
export interface RunAs {
  /** Goes before the program and its arguments; empty when we are an ordinary user. */
  prefix: string[];
  /** The environment of the children: nothing of ours leaks into the server. */
  env: NodeJS.ProcessEnv | undefined;
  /** Hands a folder and all in it to the user that Postgres runs as. */
  own(path: string): Promise<void>;
}

const NOBODY = 65534;
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const CLEAN_ENV: NodeJS.ProcessEnv = { PATH, LC_ALL: 'C', TZ: 'UTC' };

/** Numeric user ids that have a name here. */
async function namedUsers(): Promise<number[]> {
  const lines = (await readFile('/etc/passwd', 'utf8').catch(() => '')).split('\n');
  return lines.map((line) => Number(line.split(':')[2])).filter((uid) => Number.isInteger(uid));
}

/** Whether a program behind this prefix starts and is no longer root. */
async function works(prefix: string[]): Promise<boolean> {
  const [command = '', ...args] = [...prefix, 'id', '-u'];
  try {
    const { stdout } = await run(command, args, { env: CLEAN_ENV, timeout: 10_000 });
    return stdout.trim() !== '0';
  } catch {
    return false;
  }
}

async function chownAll(path: string, uid: number): Promise<void> {
  const stat = await lstat(path);
  if (stat.uid !== uid) await chown(path, uid, uid);
  if (stat.isDirectory()) for (const name of await readdir(path)) await chownAll(join(path, name), uid);
}

/**
 * Finds out how Postgres can run for this process. An ordinary user runs it as itself. Root on Linux first
 * tries a user namespace (inside, the programs are not root; outside, the files stay root's), and where those
 * are off (most containers) the user `nobody`, which keeps only the capability to pass closed parent folders.
 * @throws ConfigError when root can do neither
 */
export async function chooseUser(): Promise<RunAs> {
  const stay = async (): Promise<void> => undefined;
  // Windows programs do not start without SystemRoot and friends.
  if (process.platform === 'win32') return { prefix: [], env: undefined, own: stay };
  const uid = process.getuid?.() ?? -1;
  const users = process.platform === 'linux' ? await namedUsers() : [];
  const nameless = users.length > 0 && !users.includes(uid) && !(await hasName());
  if (uid !== 0 && !nameless) return { prefix: [], env: CLEAN_ENV, own: stay };

  const ordinary = users.filter((user) => user !== 0 && user !== NOBODY);
  const inside = ordinary.includes(1000) ? 1000 : (ordinary[0] ?? NOBODY);
  const namespace = ['unshare', '-U', `--map-user=${inside}`, `--map-group=${inside}`];
  if (process.platform === 'linux' && (await works(namespace)))
    return { prefix: namespace, env: CLEAN_ENV, own: stay };

  const drop = ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'];
  const passFolders = ['--inh-caps=+dac_override', '--ambient-caps=+dac_override'];
  for (const prefix of [[...drop, ...passFolders], drop])
    if (uid === 0 && (await works(prefix)))
      return { prefix, env: CLEAN_ENV, own: (path) => chownAll(path, NOBODY) };
  throw new ConfigError(
    uid === 0
      ? 'Postgres does not run as root, and neither unshare nor setpriv (package util-linux) works here. ' +
          'Run as an ordinary user, or set DATABASE_URL to a Postgres server.'
      : `Postgres needs a user with a name, and user ${uid} has none in /etc/passwd. ` +
          'Run as a named user, or set DATABASE_URL to a Postgres server.',
    { details: { uid } },
  );
}

/** Whether the system knows this user by some other way than /etc/passwd (LDAP and the like). */
async function hasName(): Promise<boolean> {
  try {
    await run('id', ['-un'], { env: CLEAN_ENV, timeout: 10_000 });
    return true;
  } catch {
    return false;
  }
}
