#!/usr/bin/env node
import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { build } from './build.js';
import { BuildError } from './errors.js';

/**
 * Runs the command.
 *
 * @param {string[]} argv source and output folder
 * @param {{ stdout: import('node:stream').Writable, stderr: import('node:stream').Writable }} io
 * @returns {Promise<number>} exit code: 0, 1 for a mistake in the source, 2 for wrong arguments
 */
export async function main(argv, { stdout, stderr }) {
  const [source, output, ...rest] = argv;
  if (source === undefined || output === undefined || rest.length > 0) {
    stderr.write('usage: static-site <source> <output>\n');
    return 2;
  }
  try {
    const { files, posts } = await build(source, output);
    stdout.write(`built ${posts} posts, ${files} files\n`);
    return 0;
  } catch (error) {
    if (!(error instanceof BuildError)) throw error;
    stderr.write(`error: ${error.message}\n`);
    return 1;
  }
}

// Importing this file, as a test may do, must not start a build. realpath: an installed bin is a symbolic link.
if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  process.exitCode = await main(process.argv.slice(2), process);
}
