import { lstat, mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ValidationError } from '../../core/errors.js';
import { writeFilesAtomically } from './write-tree.js';

describe('writing files to a work folder', () => {
  let base: string;
  let root: string;
  beforeEach(async () => {
    base = await mkdtemp(join(tmpdir(), 'atelier-write-'));
    root = join(base, 'root');
    await mkdir(root);
  });
  afterEach(() => rm(base, { recursive: true, force: true }));
  const everything = async () => (await readdir(base, { recursive: true })).toSorted();

  it('makes folders, replaces files, and leaves others and no drafts', async () => {
    await writeFile(join(root, 'old.txt'), 'old');
    await writeFile(join(root, 'kept.txt'), 'kept');
    await writeFilesAtomically(root, [
      { path: 'old.txt', content: 'new' },
      { path: 'a/b/c.bin', content: Buffer.from([0, 255]) },
    ]);
    expect(await readFile(join(root, 'old.txt'), 'utf8')).toBe('new');
    expect(await readFile(join(root, 'a/b/c.bin'))).toEqual(Buffer.from([0, 255]));
    expect(await everything()).toEqual(
      ['root', 'root/a', 'root/a/b', 'root/a/b/c.bin', 'root/kept.txt', 'root/old.txt'].toSorted(),
    );
  });

  it.each(['../out.txt', '.git/hooks/post-commit', 'ok.txt/below', 'OK.txt'])(
    'writes nothing at all when one path is %j',
    async (path) => {
      const files = [
        { path: 'ok.txt', content: 'fine' },
        { path, content: 'x' },
      ];
      await expect(writeFilesAtomically(root, files)).rejects.toThrow(ValidationError);
      expect(await everything()).toEqual(['root']);
    },
  );

  it('writes nothing when a folder on the way is a link, wherever it leads', async () => {
    await mkdir(join(base, 'outside'));
    await symlink(join(base, 'outside'), join(root, 'lib'));
    const files = [
      { path: 'ok.txt', content: 'fine' },
      { path: 'lib/x.js', content: 'x' },
    ];
    const writing = writeFilesAtomically(root, files);
    await expect(writing).rejects.toThrow(ValidationError);
    await expect(writing).rejects.toMatchObject({ problems: [{ field: 'files[1].path' }] });
    expect(await everything()).toEqual(['outside', 'root', 'root/lib']);
  });

  it('replaces a link at a file’s place and leaves what it led to alone', async () => {
    await writeFile(join(base, 'outside.txt'), 'untouched');
    await symlink(join(base, 'outside.txt'), join(root, 'x.txt'));
    await writeFilesAtomically(root, [{ path: 'x.txt', content: 'ours' }]);
    expect(await readFile(join(base, 'outside.txt'), 'utf8')).toBe('untouched');
    expect((await lstat(join(root, 'x.txt'))).isFile()).toBe(true);
  });

  it('names the file or folder that is in the way', async () => {
    await mkdir(join(root, 'src'));
    await writeFile(join(root, 'lib'), 'a file');
    const writing = writeFilesAtomically(root, [
      { path: 'src', content: 'x' },
      { path: 'lib/a.js', content: 'x' },
    ]);
    await expect(writing).rejects.toThrow(/"src" is a folder there[^]*"lib" is a file there/);
  });
});
