import { execFile } from 'node:child_process';
import { lchown, lstat, readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ConfigError } from '../../core/errors.js';

const run = promisify(execFile);

/** How to start Postgres's programs, which refuse to run as root and want a user with a name. */
export interface RunAs {
  /** The command that runs a program as the right user. */
  wrap(program: string, args: string[]): { command: string; args: string[] };
  /** The environment of the children: nothing of ours leaks into the server. Absent: ours (Windows). */
  env?: NodeJS.ProcessEnv;
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

/** Runs programs behind `prefix` (a command and its arguments), or plainly. */
function behind(prefix: [string, ...string[]] | undefined, own: RunAs['own'] = async () => undefined): RunAs {
  return {
    wrap(program, args) {
      if (!prefix) return { command: program, args };
      const [command, ...rest] = prefix;
      return { command, args: [...rest, program, ...args] };
    },
    env: CLEAN_ENV,
    own,
  };
}

/** Whether a program started this way starts at all, and is not root. */
async function works(runAs: RunAs): Promise<boolean> {
  const { command, args } = runAs.wrap('id', ['-u']);
  try {
    const { stdout } = await run(command, args, { env: runAs.env, timeout: 10_000 });
    return stdout.trim() !== '0';
  } catch {
    return false;
  }
}

/** Whether the system has a name for this process's user; initdb asks for it. */
async function hasName(): Promise<boolean> {
  try {
    await run('id', ['-un'], { env: CLEAN_ENV, timeout: 10_000 });
    return true;
  } catch {
    return false;
  }
}

/** Gives a folder and all in it to a user. The folder itself comes last, so that it shows whether all is done. */
async function handOver(path: string, uid: number): Promise<void> {
  const found = await lstat(path);
  if (found.uid === uid) return;
  if (found.isDirectory()) for (const name of await readdir(path)) await handOver(join(path, name), uid);
  await lchown(path, uid, uid);
}

/**
 * A user namespace: inside, the programs are an ordinary user with a name; outside, all files stay ours.
 * @returns absent where the kernel or the container does not allow it
 */
export async function inUserNamespace(): Promise<RunAs | undefined> {
  const ordinary = (await namedUsers()).filter((user) => user !== 0 && user !== NOBODY);
  const self = process.getuid?.() ?? 0;
  // It may have been nobody's, when namespaces were still off.
  const own = (path: string): Promise<void> => handOver(path, self);
  const inside = ordinary.includes(1000) ? 1000 : (ordinary[0] ?? NOBODY);
  const runAs = behind(['unshare', '-U', `--map-user=${inside}`, `--map-group=${inside}`], own);
  return (await works(runAs)) ? runAs : undefined;
}

/**
 * The user `nobody`, who is given the cluster's folder, and keeps of root's powers only the passing of closed
 * folders: the data folder, and Atelier itself, may lie below a home that only root may enter.
 * @returns absent where we are not root or lack setpriv
 */
export async function asNobody(): Promise<RunAs | undefined> {
  const drop = ['--clear-groups', `--reuid=${NOBODY}`, `--regid=${NOBODY}`];
  const pass = ['--inh-caps=+dac_override', '--ambient-caps=+dac_override'];
  // initdb asks access(2) whether it may read its own programs, which leaves capabilities out of account for a
  // user who is not root, but for this bit. Some containers forbid to set it; most need it not.
  for (const bits of [['--securebits=+no_setuid_fixup'], []]) {
    const runAs = behind(['setpriv', ...bits, ...drop, ...pass], (path) => handOver(path, NOBODY));
    if (await works(runAs)) return runAs;
  }
  return undefined;
}

/**
 * Finds out how Postgres can run for this process. An ordinary user runs it as itself; root on Linux through a
 * user namespace, or as `nobody` where those are off (most containers).
 * @throws ConfigError when none of it works
 */
export async function chooseUser(): Promise<RunAs> {
  // Windows programs do not start without SystemRoot and friends.
  if (process.platform === 'win32') return { ...behind(undefined), env: undefined };
  const uid = process.getuid?.();
  if (uid !== 0 && (await hasName())) return behind(undefined);
  const runAs = (await inUserNamespace()) ?? (await asNobody());
  if (runAs) return runAs;
  throw new ConfigError(
    uid === 0
      ? 'Postgres does not run as root, and neither unshare nor setpriv (package util-linux) works here. ' +
          'Run as an ordinary user, or set DATABASE_URL to a Postgres server.'
      : `Postgres needs a user with a name, and user ${uid} has none here. ` +
          'Run as a user known to the system, or set DATABASE_URL to a Postgres server.',
    { details: { uid } },
  );
}
