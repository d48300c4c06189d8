// Runs the scaffold of each recording in an empty folder and writes the SHA-256 of every file it makes to
// scaffold-hashes.json beside it. Run by hand after a scaffold changed; a test compares.
//   node scripts/record-hashes.mjs [folder with recordings]
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = resolve(process.argv[2] ?? join(root, 'src/adapters/llm/rehearsal/recordings'));

/** @param {string} script absolute path of a scaffold.sh */
function hashesOf(script) {
  const project = mkdtempSync(join(tmpdir(), 'atelier-scaffold-'));
  try {
    execFileSync('sh', [script], { cwd: project, env: { PATH: process.env.PATH, HOME: project } });
    const files = readdirSync(project, { withFileTypes: true, recursive: true }).filter((entry) =>
      entry.isFile(),
    );
    const hashes = files.map((entry) =>
      createHash('sha256')
        .update(readFileSync(join(entry.parentPath, entry.name)))
        .digest('hex'),
    );
    return [...new Set(hashes)].toSorted((a, b) => (a < b ? -1 : 1));
  } finally {
    rmSync(project, { recursive: true });
  }
}

for (const entry of readdirSync(folder, { withFileTypes: true })) {
  if (!entry.isDirectory()) continue;
  const hashes = hashesOf(join(folder, entry.name, 'scaffold.sh'));
  writeFileSync(join(folder, entry.name, 'scaffold-hashes.json'), `${JSON.stringify(hashes, null, 2)}\n`);
  console.log(`${entry.name}: ${hashes.length} files`);
}
