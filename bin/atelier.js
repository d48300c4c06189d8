#!/usr/bin/env node
// The command `atelier`. It runs the compiled code, so that it starts at once and needs no loader.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const main = new URL('../dist/src/cli/main.js', import.meta.url);
if (existsSync(fileURLToPath(main))) {
  const { main: run } = await import(main.href);
  process.exitCode = await run(process.argv.slice(2));
} else {
  process.stderr.write('atelier: it is not built yet. Run "npm run build" in its folder first.\n');
  process.exitCode = 1;
}
