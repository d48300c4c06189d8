import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/**
 * Starts one of our TypeScript files in a Node process of its own, for tests that kill it. Its stdout is piped
 * and it has an IPC channel; stderr goes to the test's.
 * @param file its `file:` URL, such as `new URL('./x.ts', import.meta.url)`
 */
export function spawnTypescript(file: URL, args: string[] = []): ChildProcess {
  const register = new URL('./register-typescript.mjs', import.meta.url).href;
  return spawn(process.execPath, ['--import', register, fileURLToPath(file), ...args], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
}
