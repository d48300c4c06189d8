import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdtemp, mkdir, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { layOut } from '../../../testing/archives.js';
import { createSourceReader } from '../reader.js';

let base: string;
let root: string;
beforeAll(async () => {
  base = await realpath(await mkdtemp(join(tmpdir(), 'atelier-folder-')));
  root = join(base, 'projects');
  await layOut(join(root, 'sum'), {
    'package.json': '{}',
    'src/sum.js': 'x',
    'run.sh': { content: 'x', mode: 0o755 },
    '.git/HEAD': 'x',
    '.gitignore': 'target/\n/build\n',
    'target/debug/big': 'x',
    'build/out': 'x',
    'src/build': 'a file that the rule does not mean',
    'src/passwd': { linkTo: '/etc/passwd' },
    'src/up': { linkTo: '../..' },
    '.env': 'KEY=1',
  });
  await mkdir(join(base, 'projects-secret'));
  await writeFile(join(base, 'projects-secret', 'a.js'), 'x');
  await symlink(join(base, 'projects-secret'), join(root, 'way-out'));
  execFileSync('mkfifo', [join(root, 'sum', 'pipe')]);
});
afterAll(async () => rm(base, { recursive: true, force: true }));
const read = (path: string, roots = [root]) => createSourceReader({ roots, hosts: [] }).folder(path);

describe('a folder of the server', () => {
  it('gives its regular files, and says what it left out', async () => {
    const { files, skipped } = await read(join(root, 'sum'));
    expect(files.map(({ path, executable }) => [path, executable])).toEqual([
      ['.gitignore', false],
      ['package.json', false],
      ['run.sh', true],
      ['src/build', false],
      ['src/sum.js', false],
    ]);
    expect(skipped).toEqual({
      git: { count: 1, examples: ['.git'] },
      ignored: { count: 2, examples: expect.arrayContaining(['target', 'build']) },
      link: { count: 2, examples: expect.arrayContaining(['src/passwd', 'src/up']) },
      secret: { count: 1, examples: ['.env'] },
      special: { count: 1, examples: ['pipe'] },
    });
  });

  it('is refused when no root allows it, also through a link or a name that only begins alike', async () => {
    for (const path of [join(base, 'projects-secret'), join(root, 'way-out'), '/etc', '/nowhere/at/all'])
      await expect(read(path)).rejects.toMatchObject({
        code: 'forbidden',
        details: { field: 'source.path' },
      });
    await expect(read(join(root, 'sum'), [])).rejects.toMatchObject({ code: 'forbidden' });
  });

  it('is refused when it is no folder, or its path is not plain', async () => {
    for (const path of [
      join(root, 'none'),
      join(root, 'sum/package.json'),
      `${root}/sum/../sum`,
      'projects/sum',
    ])
      await expect(read(path)).rejects.toMatchObject({ problems: [{ field: 'source.path' }] });
  });
});
