import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isRunning } from '../db/embedded/process-identity.js';
import { until } from './until.js';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** The compiled programs that people start. */
export const PROGRAMS = {
  atelier: join(root, 'bin', 'atelier.js'),
  demo: join(root, 'dist', 'scripts', 'demo.js'),
  start: join(root, 'dist', 'scripts', 'start.js'),
  migrate: join(root, 'dist', 'scripts', 'migrate.js'),
} as const;

/** A program that has ended. */
export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** A program that was started, with pipes for a terminal. */
export interface Started {
  pid: number;
  stdout(): string;
  stderr(): string;
  /** Waits until what it wrote to either stream has these words. */
  says(words: RegExp): Promise<void>;
  signal(name: NodeJS.Signals): void;
  ended: Promise<Ended>;
}

/** Generous: machines under test are busy. */
const PATIENCE_MS = 120_000;

/** Starts a program in an environment with nothing of ours but `env`. @param input all of its stdin; none by default */
export function start(
  program: keyof typeof PROGRAMS,
  args: string[],
  env: NodeJS.ProcessEnv,
  input?: string,
): Started {
  const child = spawn(process.execPath, [PROGRAMS[program], ...args], {
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env },
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  child.stdin?.end(input);
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = once(child, 'close').then(() => ({ code: child.exitCode, stdout, stderr }));
  return {
    pid: child.pid ?? 0,
    stdout: () => stdout,
    stderr: () => stderr,
    async says(words) {
      const said = (): boolean => words.test(stdout) || words.test(stderr);
      await until(
        `${program} says ${words} (so far: ${stdout}${stderr})`,
        () => said() || child.exitCode !== null,
        PATIENCE_MS,
      );
      if (!said()) throw new Error(`${program} ended without saying ${words}:\n${stdout}${stderr}`);
    },
    signal: (name) => void child.kill(name),
    ended,
  };
}

/** Runs a program to its end. */
export function run(
  program: keyof typeof PROGRAMS,
  args: string[],
  env: NodeJS.ProcessEnv,
  input?: string,
): Promise<Ended> {
  return start(program, args, env, input).ended;
}

/** What of Atelier is still there on a data folder: an owner, a server's announcement, a running Postgres. */
export async function leftovers(dataDir: string): Promise<string[]> {
  const left: string[] = [];
  for (const name of ['owner.json', 'server.json'])
    if (await readFile(join(dataDir, name)).catch(() => null)) left.push(name);
  const file = await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8').catch(() => '');
  const pid = Number(file.split('\n')[0]);
  if (pid > 0 && (await isRunning(pid))) left.push(`postgres ${pid}`);
  return left;
}
