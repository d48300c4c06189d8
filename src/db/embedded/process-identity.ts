import { execFile } from 'node:child_process';
import { readFile, readlink } from 'node:fs/promises';
import { promisify } from 'node:util';
import { codeOf } from '../../core/error-code.js';

const run = promisify(execFile);

/** A process, told apart from a later one that was given the same pid. */
export interface ProcessIdentity {
  pid: number;
  /** When it started, in a form only fit for comparison; empty where the system does not say. */
  startTime: string;
}

/** The fields of `/proc/<pid>/stat` from the third on; the second (the name) may hold spaces and brackets. */
async function procStat(pid: number): Promise<string[] | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}

/** Whether a signal could be delivered to `pid`. True also for processes of other users and for zombies. */
function receivesSignals(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

/**
 * Whether `pid` is a running process. A zombie is not: where process 1 reaps nothing (a container without an
 * init), ended orphans keep their pid for ever.
 */
export async function isRunning(pid: number): Promise<boolean> {
  if (!receivesSignals(pid)) return false;
  if (process.platform !== 'linux') return true;
  const state = (await procStat(pid))?.[0];
  return state !== undefined && state !== 'Z' && state !== 'X';
}

/** When `pid` started: field 22 of its stat on Linux, what `ps` says elsewhere, empty when nobody knows. */
export async function startTimeOf(pid: number): Promise<string> {
  if (process.platform === 'linux') return (await procStat(pid))?.[19] ?? '';
  if (process.platform === 'win32') return '';
  try {
    return (await run('ps', ['-o', 'lstart=', '-p', String(pid)])).stdout.trim();
  } catch {
    return '';
  }
}

/** Who this process is. */
export async function thisProcess(): Promise<ProcessIdentity> {
  return { pid: process.pid, startTime: await startTimeOf(process.pid) };
}

/** Whether the very process that was written down still runs, and not a namesake of its pid. */
export async function isStillRunning(identity: ProcessIdentity): Promise<boolean> {
  if (!(await isRunning(identity.pid))) return false;
  const startTime = await startTimeOf(identity.pid);
  return identity.startTime === '' || startTime === '' || startTime === identity.startTime;
}

/**
 * Whether `pid` is a Postgres on this data folder: its working directory on Linux, its command line elsewhere.
 * @param dataDirectory absolute, with links resolved
 */
export async function isPostmasterOf(pid: number, dataDirectory: string): Promise<boolean> {
  if (!(await isRunning(pid))) return false;
  if (process.platform === 'win32') return true;
  try {
    if (process.platform === 'linux') return (await readlink(`/proc/${pid}/cwd`)) === dataDirectory;
    return (await run('ps', ['-o', 'command=', '-p', String(pid)])).stdout.includes(dataDirectory);
  } catch {
    // Another user's process, or one that ended while we looked: not ours in either case.
    return false;
  }
}
