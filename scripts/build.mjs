// Compiles TypeScript into dist/ (about a second, so every npm script can call it
// first) and copies what is not code beside it.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
const { status } = spawnSync(process.execPath, [tsc, '-p', join(root, 'tsconfig.build.json')], {
  cwd: root,
  // The compiler's findings go to stderr: stdout belongs to the command that called the build.
  stdio: ['ignore', 2, 2],
});
if (status !== 0) process.exit(status ?? 1);

/** Folders under src/ that hold data rather than code, and are read beside the compiled module. */
const ASSETS = new Set(['prompts', 'recordings', 'assets']);

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
copyAssets('src');
