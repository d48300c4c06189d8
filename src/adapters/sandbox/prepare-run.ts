import { lstat, realpath, rm } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { SandboxError, ValidationError } from '../../core/errors.js';
import type { SandboxLimits, SandboxRun } from './port.js';
import { DEFAULT_LIMITS } from './port.js';

/** A run whose folders exist and are real paths. */
export interface PreparedRun {
  workDir: string;
  toolsDir?: string;
  resultsDir?: string;
  socket?: string;
  limits: SandboxLimits;
  /** Whether `workDir` holds a `.git`, which then has to be bound read-only. */
  hasGit: boolean;
}

async function folder(field: string, path: string): Promise<string> {
  const problem = !isAbsolute(path)
    ? 'must be an absolute path'
    : await lstat(path).then(
        (found) => (found.isDirectory() ? undefined : 'must be a folder, and no link to one'),
        () => 'does not exist',
      );
  if (problem !== undefined)
    throw new ValidationError(`The sandbox cannot use ${field} "${path}": it ${problem}.`, [
      { field, message: problem },
    ]);
  return realpath(path);
}

async function socketPath(path: string): Promise<string> {
  const found = isAbsolute(path) ? await lstat(path).catch(() => undefined) : undefined;
  if (found?.isSocket()) return realpath(path);
  throw new ValidationError(`The sandbox cannot use socket "${path}": it is none.`, [
    { field: 'socket', message: 'must be the absolute path of a unix socket' },
  ]);
}

/** @throws SandboxError when a run names a socket: only drivers that can bind one alone may be given it */
export function refuseSocket(run: SandboxRun, driver: string): void {
  if (run.socket !== undefined)
    throw new SandboxError(`The sandbox "${driver}" cannot give code a socket. Use bubblewrap.`);
}

/**
 * Checks a run's folders and fills in its limits.
 * @throws ValidationError when a folder is relative, missing or a link, or a limit is not a positive number
 * @throws SandboxError when `.git` is a link: binding it would follow it out of the work folder
 */
export async function prepareRun(run: SandboxRun): Promise<PreparedRun> {
  const limits = { ...DEFAULT_LIMITS };
  for (const name of Object.keys(DEFAULT_LIMITS) as (keyof SandboxLimits)[]) {
    const value = run.limits?.[name];
    if (value === undefined) continue;
    if (!Number.isFinite(value) || value <= 0)
      throw new ValidationError(`The limit ${name} must be a positive number, not ${value}.`, [
        { field: `limits.${name}`, message: 'must be a positive number' },
      ]);
    limits[name] = value;
  }
  const workDir = await folder('workDir', run.workDir);
  const git = await lstat(join(workDir, '.git')).catch(() => undefined);
  if (git?.isSymbolicLink())
    throw new SandboxError(`"${join(workDir, '.git')}" is a link. Remove it, then run again.`);
  return {
    workDir,
    toolsDir: run.toolsDir === undefined ? undefined : await folder('toolsDir', run.toolsDir),
    resultsDir: run.resultsDir === undefined ? undefined : await folder('resultsDir', run.resultsDir),
    ...(run.socket !== undefined && { socket: await socketPath(run.socket) }),
    limits,
    hasGit: git !== undefined,
  };
}

/**
 * Removes a `.git` that the code made where there was none: git runs programs that its configuration names, so
 * the next git command of ours in this folder would run hostile code outside. Call it once the tree is dead.
 */
export async function removeForeignGit(run: PreparedRun): Promise<void> {
  if (!run.hasGit) await rm(join(run.workDir, '.git'), { recursive: true, force: true });
}

/**
 * The program and arguments of a run.
 * @throws ValidationError when there is no program
 */
export function programOf(command: readonly string[]): [program: string, ...args: string[]] {
  const [program, ...args] = command;
  if (program === undefined || program === '')
    throw new ValidationError('The command of a sandbox run is empty.', [
      { field: 'command', message: 'must name a program' },
    ]);
  return [program, ...args];
}
