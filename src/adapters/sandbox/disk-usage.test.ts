import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { diskUsage } from './disk-usage.js';

const MEGABYTE = 1024 ** 2;

describe('measuring the disk that a run takes', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'atelier-disk-'));
    await mkdir(join(root, 'work', 'deep', 'er'), { recursive: true });
  });
  afterEach(() => rm(root, { recursive: true, force: true }));
  const usage = (limit = 100 * MEGABYTE) => diskUsage([join(root, 'work')], limit);

  it('adds up what files take at every depth, and not what sparse ones claim', async () => {
    await writeFile(join(root, 'work', 'deep', 'er', 'file'), Buffer.alloc(2 * MEGABYTE, 1));
    await writeFile(join(root, 'work', 'sparse'), '');
    await truncate(join(root, 'work', 'sparse'), 10 ** 10);
    const bytes = await usage();
    expect(bytes).toBeGreaterThanOrEqual(2 * MEGABYTE);
    expect(bytes).toBeLessThan(3 * MEGABYTE);
  });

  it('does not follow links', async () => {
    await mkdir(join(root, 'outside'));
    await writeFile(join(root, 'outside', 'file'), Buffer.alloc(5 * MEGABYTE, 1));
    await symlink(join(root, 'outside'), join(root, 'work', 'link'));
    expect(await usage()).toBeLessThan(MEGABYTE);
  });

  it('counts empty files too, and stops counting past the limit', async () => {
    const before = await usage();
    for (let i = 0; i < 50; i++) await writeFile(join(root, 'work', `empty${i}`), '');
    expect(await usage()).toBe(before + 50 * 1024);
    expect(await usage(10_000)).toBeLessThan(20_000);
  });

  it('counts a folder that is gone as nothing', async () => {
    expect(await diskUsage([join(root, 'gone')], MEGABYTE)).toBe(0);
  });
});
