import { describe, expect, it } from '@jest/globals';
import { mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256 } from '../../core/hash.js';
import { inFolder, layOut } from '../../testing/archives.js';
import { deliver, SET_ASIDE } from './deliver.js';

const versions = (entries: Record<string, string[]>) =>
  new Map(Object.entries(entries).map(([path, texts]) => [path, new Set(texts.map(sha256))]));
const text = (folder: string, path: string) => readFile(join(folder, path), 'utf8').catch(() => undefined);

describe('a delivery into a work folder', () => {
  it('writes what is not there, replaces our older versions, and removes what we do not want any more', async () => {
    await inFolder(async (folder) => {
      await layOut(folder, { 'a.js': 'old', 'gone.js': 'ours', 'was-file': 'ours' });
      const ours = versions({
        'a.js': ['old', 'new'],
        'gone.js': ['ours'],
        'was-file': ['ours'],
        'run.sh': ['x'],
      });
      const files = [
        { path: 'a.js', content: 'new' },
        { path: 'run.sh', content: 'x', executable: true },
        { path: 'was-file/b.js', content: 'b' },
      ];
      expect(await deliver(folder, files, ours)).toEqual({ kept: [], setAside: true });
      expect(await text(folder, 'a.js')).toBe('new');
      expect(await text(folder, 'gone.js')).toBeUndefined();
      expect(await text(folder, 'was-file/b.js')).toBe('b');
      expect((await stat(join(folder, 'run.sh'))).mode & 0o111).not.toBe(0);
      expect(await deliver(folder, files, ours)).toEqual({ kept: [], setAside: true });
    });
  });

  it('leaves alone what somebody has put there or changed, and puts ours beside it', async () => {
    await inFolder(async (folder) => {
      await layOut(folder, { 'a.js': 'edited by a person', 'gone.js': 'edited too', 'notes.md': 'mine' });
      await symlink('/etc/hostname', join(folder, 'link.js'));
      await symlink('/tmp', join(folder, 'linked'));
      await mkdir(join(folder, 'folder.js'));
      await writeFile(join(folder, 'in-the-way'), 'mine');
      const files = ['a.js', 'link.js', 'folder.js', 'in-the-way/b.js', 'linked/c.js'].map((path) => ({
        path,
        content: `ours: ${path}`,
      }));
      const { kept } = await deliver(folder, files, versions({ 'a.js': ['old'], 'gone.js': ['old'] }));
      expect(kept).toEqual(files.map(({ path }) => path));
      expect(await text(folder, 'a.js')).toBe('edited by a person');
      expect(await text(folder, 'gone.js')).toBe('edited too');
      expect(await text(folder, 'notes.md')).toBe('mine');
      for (const path of kept) expect(await text(folder, `${SET_ASIDE}/${path}`)).toBe(`ours: ${path}`);
    });
  });

  it('puts files that clash with others aside, and says when a person’s work stands there too', async () => {
    await inFolder(async (folder) => {
      const files = [{ path: 'test/a.test.js', content: 'a test' }];
      const clashing = ['test', 'TEST', '../out', 'x:y'].map((path) => ({ path, content: `at ${path}` }));
      expect(await deliver(folder, files, new Map(), clashing)).toEqual({ kept: [], setAside: false });
      expect(await text(folder, 'test/a.test.js')).toBe('a test');
      expect(await text(folder, `${SET_ASIDE}/test`)).toBe('at test');
      expect(await text(folder, '../out')).toBeUndefined();
    });
    await inFolder(async (folder) => {
      await writeFile(join(folder, '.atelier'), 'mine');
      const clashing = [{ path: 'test', content: 'x' }];
      expect(await deliver(folder, [{ path: 'b.js', content: 'b' }], new Map(), clashing)).toEqual({
        kept: [],
        setAside: false,
      });
      expect(await text(folder, 'b.js')).toBe('b');
      expect(await text(folder, '.atelier')).toBe('mine');
    });
  });
});
