import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { ConfigError } from '../../../core/errors.js';
import { sha256 } from '../../../core/hash.js';
import { fixtureRecordings } from '../../../testing/recordings.js';
import { SCAFFOLD_HASHES, bundledHashes } from './hashes.js';
import { BUNDLED_RECORDINGS, listFiles } from './recordings.js';

const recorded = [fixtureRecordings, BUNDLED_RECORDINGS].filter(existsSync).flatMap((folder) =>
  readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => ({ slug: name, folder, own: join(folder, name) })),
);

describe('the hashes of bundled code', () => {
  it.each(recorded)('hold every file that the scaffold of $slug writes', async ({ own, folder }) => {
    const project = mkdtempSync(join(tmpdir(), 'atelier-scaffold-'));
    try {
      // Twice, as the scaffold must not change what it made.
      for (let run = 0; run < 2; run += 1) execFileSync('sh', [join(own, 'scaffold.sh')], { cwd: project });
      const written = (await listFiles(project)).map((file) => sha256(readFileSync(file)));
      expect([...new Set(written)].toSorted()).toEqual(
        JSON.parse(readFileSync(join(own, SCAFFOLD_HASHES), 'utf8')),
      );
      const hashes = await bundledHashes(folder);
      expect(written.filter((hash) => !hashes.has(hash))).toEqual([]);
    } finally {
      rmSync(project, { recursive: true });
    }
  });

  it.each(recorded)('hold the scaffold, both attempts and the tests of $slug', async ({ own, folder }) => {
    const hashes = await bundledHashes(folder);
    const files = [join(own, 'scaffold.sh')];
    for (const part of ['attempt-1', 'attempt-2', 'qa']) {
      const found = await listFiles(join(own, part));
      expect(found.length).toBeGreaterThan(0);
      files.push(...found);
    }
    expect(files.filter((file) => !hashes.has(sha256(readFileSync(file))))).toEqual([]);
  });

  it('hold nothing else', async () => {
    const hashes = await bundledHashes(fixtureRecordings);
    expect(hashes.size).toBe(12);
    expect(hashes.has(sha256('export const other = 1;\n'))).toBe(false);
  });

  it('are refused for a folder without recordings', async () => {
    const empty = mkdtempSync(join(tmpdir(), 'atelier-recordings-'));
    try {
      await expect(bundledHashes(empty)).rejects.toThrow(ConfigError);
    } finally {
      rmSync(empty, { recursive: true });
    }
  });
});
