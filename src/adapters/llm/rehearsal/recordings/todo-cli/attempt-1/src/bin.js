#!/usr/bin/env node
import { run } from './cli.js';
import { localDay } from './dates.js';

// exitCode instead of exit(): output to a pipe may still be on its way.
process.exitCode = await run(process.argv.slice(2), {
  stdout: (text) => process.stdout.write(text),
  stderr: (text) => process.stderr.write(text),
  env: process.env,
  cwd: process.cwd(),
  today: localDay(new Date()),
});
