import { spawn, type ChildProcess } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

/**
 * Lets a plain Node run our TypeScript: `.js` imports resolve to their `.ts`, and swc compiles what is loaded,
 * with the options the tests are compiled with. Written as source text because a loader has to be JavaScript.
 */
const swc = pathToFileURL(createRequire(import.meta.url).resolve('@swc/core')).href;
const LOADER = `
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import swc from ${JSON.stringify(swc)};
export async function resolve(specifier, context, next) {
  if (/^\\.{1,2}\\/.*\\.js$/.test(specifier) && context.parentURL?.endsWith('.ts')) {
    const url = new URL(specifier.replace(/\\.js$/, '.ts'), context.parentURL);
    if (existsSync(url)) return { url: url.href, format: 'module', shortCircuit: true };
  }
  return next(specifier, context);
}
export async function load(url, context, next) {
  if (!url.endsWith('.ts')) return next(url, context);
  const { code } = swc.transformSync(readFileSync(new URL(url), 'utf8'), {
    filename: fileURLToPath(url),
    sourceMaps: 'inline',
    module: { type: 'es6' },
    jsc: {
      target: 'es2022',
      parser: { syntax: 'typescript', decorators: true },
      transform: { legacyDecorator: true, decoratorMetadata: false, useDefineForClassFields: false },
    },
  });
  return { format: 'module', source: code, shortCircuit: true };
}`;
const asModule = (source: string) => `data:text/javascript;base64,${Buffer.from(source).toString('base64')}`;
const REGISTER = asModule(
  `import { register } from 'node:module'; register(${JSON.stringify(asModule(LOADER))});`,
);

/**
 * Starts one of our TypeScript files in a Node process of its own, for tests that kill it. Its stdout is piped
 * and it has an IPC channel; stderr goes to the test's.
 * @param file its `file:` URL, such as `new URL('./x.ts', import.meta.url)`
 */
export function spawnTypescript(file: URL, args: string[] = []): ChildProcess {
  return spawn(process.execPath, ['--import', REGISTER, fileURLToPath(file), ...args], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
}
