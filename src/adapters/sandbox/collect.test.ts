import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ValidationError } from '../../core/errors.js';
import { readTree } from './collect.js';

describe('collecting the files of a run', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'atelier-collect-'));
  });
  afterEach(() => rm(root, { recursive: true, force: true }));
  const limits = { maxFiles: 10, maxBytes: 1000 };

  it('reads regular files with their mode, by paths with slashes', async () => {
    await mkdir(join(root, 'a', 'b'), { recursive: true });
    await writeFile(join(root, 'a', 'b', 'run.sh'), 'x');
    await chmod(join(root, 'a', 'b', 'run.sh'), 0o755);
    await writeFile(join(root, 'top.txt'), 'top', { mode: 0o644 });
    expect(await readTree(root, limits)).toEqual([
      { path: 'top.txt', content: Buffer.from('top'), mode: 0o644 },
      { path: 'a/b/run.sh', content: Buffer.from('x'), mode: 0o755 },
    ]);
  });

  it('follows no link, waits for no pipe, and reports both', async () => {
    await symlink('/etc/passwd', join(root, 'passwd'));
    await symlink('/etc', join(root, 'etc'));
    execFileSync('mkfifo', [join(root, 'pipe')]);
    const refused: string[] = [];
    const onRefused = (path: string, kind: string) => void refused.push(`${path} ${kind}`);
    expect(await readTree(root, { ...limits, onRefused })).toEqual([]);
    expect(refused).toEqual(['etc link', 'passwd link', 'pipe other']);
  });

  it('leaves out .git and node_modules at every depth, or what it is told to', async () => {
    for (const folder of ['.git', 'sub/.git', 'sub/node_modules', 'dist']) {
      await mkdir(join(root, folder), { recursive: true });
      await writeFile(join(root, folder, 'file'), 'x');
    }
    expect((await readTree(root, limits)).map(({ path }) => path)).toEqual(['dist/file']);
    const all = await readTree(root, { ...limits, skip: new Set(['dist']) });
    expect(all.map(({ path }) => path)).toEqual(['.git/file', 'sub/.git/file', 'sub/node_modules/file']);
  });

  it('refuses more files or bytes than allowed, also in a sparse file that takes no disk', async () => {
    await writeFile(join(root, 'a'), 'x');
    await writeFile(join(root, 'b'), 'x');
    await expect(readTree(root, { ...limits, maxFiles: 1 })).rejects.toThrow('more than 1 files');
    await expect(readTree(root, { ...limits, maxBytes: 1 })).rejects.toThrow(ValidationError);
    expect(await readTree(root, { maxFiles: 2, maxBytes: 2 })).toHaveLength(2);
    await truncate(join(root, 'a'), 10 ** 12);
    await expect(readTree(root, limits)).rejects.toThrow('more than 1000 bytes');
  });
});
