import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gitIn } from '../../testing/git-repository.js';
import { BareRepository, type NewCommit } from './repository.js';

let room: string;
beforeEach(async () => (room = await mkdtemp(join(tmpdir(), 'atelier-bare-'))));
afterEach(async () => rm(room, { recursive: true, force: true }));

const file = (path: string, text: string, executable = false) => ({
  path,
  executable,
  read: async () => Buffer.from(text),
});
const ODD = ['a "quoted" name.js', 'with space.js', 'ünï/côde.js', '-dash.js', "it's.js", 'tab$HOME`x`.js'];
const COMMITS: NewCommit[] = [
  { message: 'one\n', seconds: 1_700_000_000, changes: [file('a.js', '1'), file('run.sh', 'x', true)] },
  { message: 'two\n\nüber\n', seconds: 1_700_000_001, changes: ODD.map((path) => file(path, path)) },
  {
    message: 'three\n',
    seconds: 1_700_000_002,
    changes: [{ path: 'a.js', delete: true }, file('a.js/b.js', '2')],
  },
];
const open = (name = 'project.git') => BareRepository.open(join(room, name));

describe('a bare repository', () => {
  it('gets commits with files of any name, which git itself finds sound', async () => {
    const repository = await open();
    const ids = await repository.commit(COMMITS, undefined);
    await repository.advance('main', ids[2] ?? '');
    await gitIn(repository.folder, 'fsck', '--strict');
    const list = await gitIn(
      repository.folder,
      '-c',
      'core.quotePath=false',
      'ls-tree',
      '-r',
      '-z',
      '--name-only',
      'main',
    );
    expect(list.split('\0').filter(Boolean).toSorted()).toEqual([...ODD, 'a.js/b.js', 'run.sh'].toSorted());
    expect(await gitIn(repository.folder, 'log', '--format=%an %ae %at %s', 'main')).toBe(
      ['three', 'two', 'one']
        .map((word, n) => `Atelier atelier@localhost ${1_700_000_002 - n} ${word}`)
        .join('\n'),
    );
    expect(await gitIn(repository.folder, 'ls-tree', 'main', 'run.sh')).toMatch(/^100755/);
    expect(await gitIn(repository.folder, 'for-each-ref', 'refs/atelier')).toBe('');
  });

  it('makes the same commits again, here and elsewhere', async () => {
    const first = await (await open()).commit(COMMITS, undefined);
    expect(await (await open()).commit(COMMITS, undefined)).toEqual(first);
    expect(await (await open('other.git')).commit(COMMITS, undefined)).toEqual(first);
    expect(new Set(first).size).toBe(3);
  });

  it('never moves a branch away from commits that somebody has put on it', async () => {
    const repository = await open();
    const ids = await repository.commit(COMMITS, undefined);
    await repository.advance('work', ids[0] ?? '');
    const clone = join(room, 'clone');
    await gitIn(room, 'clone', '-q', '-b', 'work', repository.folder, clone);
    await writeFile(join(clone, 'mine.txt'), 'mine');
    await gitIn(clone, 'add', '.');
    await gitIn(clone, 'commit', '-q', '-m', 'mine');
    await gitIn(clone, 'push', '-q', 'origin', 'work');
    expect(await repository.advance('work', ids[2] ?? '')).toBe(false);
    expect(await gitIn(repository.folder, 'log', '-1', '--format=%s', 'work')).toBe('mine');
    expect(await repository.advance('other', ids[2] ?? '')).toBe(true);
    expect(await repository.advance('other', ids[2] ?? '')).toBe(true);
  });

  it('runs no hook and heeds no setting that was planted in it', async () => {
    const repository = await open();
    const trap = join(room, 'trapped');
    const { mkdir, chmod, stat } = await import('node:fs/promises');
    await mkdir(join(repository.folder, 'hooks'), { recursive: true });
    for (const hook of ['reference-transaction', 'update', 'post-update']) {
      await writeFile(join(repository.folder, 'hooks', hook), `#!/bin/sh\ntouch ${trap}\n`);
      await chmod(join(repository.folder, 'hooks', hook), 0o755);
    }
    const ids = await repository.commit(COMMITS, undefined);
    await repository.advance('main', ids[2] ?? '');
    await repository.bundle(['main'], ids[0]);
    await expect(stat(trap)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
