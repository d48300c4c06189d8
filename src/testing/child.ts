import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { environmentWith } from './handover.js';

const loader = new URL('./register-typescript.mjs', import.meta.url).href;

/** A real process that runs a TypeScript file of ours. */
export interface TestChild {
  readonly process: ChildProcess;
  readonly pid: number;
  /**
   * The next line of its stdout, parsed as JSON.
   * @throws Error with what it wrote to stderr when it ends without another line
   */
  next(): Promise<Record<string, unknown>>;
  /** Its exit code, or the signal that ended it. */
  ended: Promise<number | NodeJS.Signals>;
}

export interface ChildOptions {
  args?: string[];
  /** Goes before node, such as `['setpriv', …]`. */
  prefix?: string[];
  /** Variables over ours. */
  env?: Record<string, string>;
}

/**
 * Runs a TypeScript file under `src/testing/` as a process of its own, in a process group of its own (so that
 * a signal to `-pid` reaches what a Ctrl-C at a terminal would reach).
 * @param file relative to `src/testing/`, such as `fixtures/embedded-owner.ts`
 */
export function startChild(file: string, { args = [], prefix = [], env }: ChildOptions = {}): TestChild {
  const script = fileURLToPath(new URL(file, import.meta.url));
  const words = [...prefix, process.execPath, '--import', loader, script, ...args];
  const child = spawn(words[0] ?? process.execPath, words.slice(1), {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: env && environmentWith(env),
  });
  let complaints = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaints += text));
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const ended = once(child, 'exit').then(([code, signal]: unknown[]) =>
    typeof code === 'number' ? code : (signal as NodeJS.Signals),
  );
  return {
    process: child,
    pid: child.pid ?? 0,
    ended,
    async next() {
      const { value, done } = await lines.next();
      if (done) throw new Error(`${file} ended without a word:\n${complaints}`);
      return JSON.parse(value) as Record<string, unknown>;
    },
  };
}

/**
 * Starts one of our TypeScript files in a Node process of its own, with its stdout piped, stderr the test's,
 * and an IPC channel, for tests that talk to it and kill it.
 * @param file its `file:` URL, such as `new URL('./x.ts', import.meta.url)`
 */
export function spawnTypescript(file: URL, args: string[] = []): ChildProcess {
  return spawn(process.execPath, ['--import', loader, fileURLToPath(file), ...args], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
}
