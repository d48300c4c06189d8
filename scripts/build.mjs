// Compiles TypeScript into dist/ and copies what is not code beside it. Every npm script calls it first, so it does
// nothing when nothing has changed since the last time.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const stampFile = join(root, 'dist', '.built-from');
/** Folders under src/ that hold data rather than code, and are read beside the compiled module. */
const ASSETS = new Set(['prompts', 'recordings', 'assets']);
/** What dist/ is made of and by, relative to the project. */
const INPUTS = [
  'src',
  'admin',
  'migrations',
  'scripts',
  'ormconfig.ts',
  'package-lock.json',
  'tsconfig.json',
  'tsconfig.build.json',
];

/**
 * @param {string} path file or folder, relative to the project
 * @returns {string[]} a line for each file below: its path, size and time of change
 */
function listing(path) {
  const found = statSync(join(root, path), { throwIfNoEntry: false });
  if (!found) return [];
  if (!found.isDirectory()) return [`${path} ${found.size} ${found.mtimeMs}`];
  return readdirSync(join(root, path)).flatMap((name) => listing(join(path, name)));
}

/** @param {string} dir folder below src, relative to the project */
function copyAssets(dir) {
  for (const entry of readdirSync(join(root, dir), { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const path = join(dir, entry.name);
    if (!ASSETS.has(entry.name)) copyAssets(path);
    else {
      const target = join(root, 'dist', path);
      if (existsSync(target)) rmSync(target, { recursive: true });
      cpSync(join(root, path), target, { recursive: true });
    }
  }
}

const stamp = createHash('sha256').update(INPUTS.flatMap(listing).join('\n')).digest('hex');
if (!existsSync(stampFile) || readFileSync(stampFile, 'utf8') !== stamp) {
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const { status } = spawnSync(process.execPath, [tsc, '-p', join(root, 'tsconfig.build.json')], {
    cwd: root,
    // The compiler's findings go to stderr: stdout belongs to the command that called the build.
    stdio: ['ignore', 2, 2],
  });
  if (status !== 0) process.exit(status ?? 1);
  copyAssets('src');
  await import('./panel.mjs');
  writeFileSync(stampFile, stamp);
}
