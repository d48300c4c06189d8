import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { gzipSync } from 'node:zlib';
import { ValidationError } from '../../../core/errors.js';
import { tarOf, zipOf, type TestFiles } from '../../../testing/archives.js';
import { SOURCE_LIMITS, type SourceTree } from '../port.js';
import { createSourceReader } from '../reader.js';

const reader = createSourceReader({ roots: [], hosts: [] });
const paths = (tree: SourceTree) => tree.files.map(({ path }) => path);
const PROJECT: TestFiles = {
  'package.json': '{"name":"sum"}',
  'src/sum.js': 'export const add = (a, b) => a + b;\n',
  'bin/run.sh': { content: '#!/bin/sh\n', mode: 0o755 },
  'logo.png': Buffer.from([0x89, 0x50, 0, 1, 2, 255]),
};
const LONG = `${'deep/'.repeat(40)}${'a'.repeat(120)}.js`;

const formats: [string, (files: TestFiles) => Promise<Buffer>][] = [
  ['a zip', zipOf],
  ['a tar (ustar)', (files) => tarOf(files, ['--format=ustar'])],
  ['a tar (PAX)', (files) => tarOf(files, ['--format=pax'])],
  ['a tar (GNU)', (files) => tarOf(files, ['--format=gnu'])],
  ['a tar.gz', (files) => tarOf(files, ['-z'])],
];

describe.each(formats)('%s', (name, pack) => {
  it('gives its files to the byte, sorted, with what is executable', async () => {
    const { files, root } = await reader.archive(await pack(PROJECT));
    expect(root).toBe('');
    expect(files.map(({ path, executable }) => [path, executable])).toEqual([
      ['bin/run.sh', true],
      ['logo.png', false],
      ['package.json', false],
      ['src/sum.js', false],
    ]);
    expect(files[1]?.content).toEqual(PROJECT['logo.png']);
  });

  it('leaves out links, git metadata, dependencies, secrets, our own folder and what .gitignore names', async () => {
    const tree = await reader.archive(
      await pack({
        ...PROJECT,
        '.git/config': '[core]\n\tfsmonitor = evil\n',
        '.git/hooks/pre-commit': { content: 'evil', mode: 0o755 },
        'vendor/.git/HEAD': 'x',
        'node_modules/a/index.js': 'x',
        '.atelier/project.git/HEAD': 'x',
        '.env': 'KEY=1',
        '.env.example': 'KEY=',
        '.gitignore': 'dist/\n*.log\n!keep.log\n',
        'dist/out.js': 'x',
        'a.log': 'x',
        'keep.log': 'x',
        'sub/.gitignore': 'dist.js\n',
        'sub/dist.js': 'x',
        'sub/dist': 'a file called dist',
        'link.js': { linkTo: '/etc/passwd' },
      }),
    );
    expect(paths(tree)).toEqual([
      '.env.example',
      '.gitignore',
      'bin/run.sh',
      'keep.log',
      'logo.png',
      'package.json',
      'src/sum.js',
      'sub/.gitignore',
      'sub/dist',
    ]);
    expect(tree.skipped).toMatchObject({
      git: { count: 3 },
      dependencies: { count: 1, examples: ['node_modules/a/index.js'] },
      studio: { count: 1 },
      secret: { count: 1, examples: ['.env'] },
      ignored: { count: 3 },
      link: { count: 1, examples: ['link.js'] },
    });
  });

  it('takes the one folder that holds a project for its top, and no other folder', async () => {
    const wrapped = await reader.archive(await pack({ 'sum-main/README.md': '# Sum', 'sum-main/a.js': 'x' }));
    expect([wrapped.root, ...paths(wrapped)]).toEqual(['sum-main/', 'README.md', 'a.js']);
    const plain = await reader.archive(await pack({ 'src/a.js': 'x', 'src/b.js': 'x' }));
    expect([plain.root, ...paths(plain)]).toEqual(['', 'src/a.js', 'src/b.js']);
  });

  it('is refused when two of its names are one file where case does not count', async () => {
    await expect(reader.archive(await pack({ 'src/Sum.js': 'x', 'src/sum.js': 'y' }))).rejects.toMatchObject({
      problems: [{ field: 'archive', message: expect.stringContaining('is the same file as') }],
    });
  });

  it('is refused when it holds too many files, too many bytes or nothing', async () => {
    const small = createSourceReader(
      { roots: [], hosts: [] },
      { ...SOURCE_LIMITS, files: 2, bytes: 100, archiveBytes: 50_000, fileBytes: 90 },
    );
    await expect(small.archive(await pack({ a: '1', b: '2', c: '3' }))).rejects.toThrow(/more than 2 files/);
    await expect(small.archive(await pack({ a: 'x'.repeat(60), b: 'x'.repeat(60) }))).rejects.toThrow(
      /more than 100 bytes/,
    );
    expect((await small.archive(await pack({ a: 'x'.repeat(91), b: 'x' }))).skipped.too_large?.count).toBe(1);
    await expect(small.archive(Buffer.alloc(50_001, 'PK\u0003\u0004'))).rejects.toThrow(/larger than 50000/);
    await expect(reader.archive(await pack({ '.git/HEAD': 'x' }))).rejects.toThrow(/no files/);
  });

  it('that is a bomb is refused without being kept', async () => {
    const zeros = Buffer.alloc(24 * 1024 ** 2);
    const bomb = await pack({ a: zeros, b: zeros, c: zeros });
    const packed = name === 'a zip' || name === 'a tar.gz' ? bomb : gzipSync(bomb);
    await expect(reader.archive(packed)).rejects.toThrow(/unpacks to more than/);
    const narrow = createSourceReader(
      { roots: [], hosts: [] },
      { ...SOURCE_LIMITS, unpackedBytes: 1024 ** 2 },
    );
    await expect(narrow.archive(packed)).rejects.toThrow(/unpacks to more than 1048576 bytes/);
  });

  it('that was cut off or damaged is refused, never half taken', async () => {
    const whole = await pack(PROJECT);
    const strange: unknown[] = [];
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 4, max: whole.length - 1 }), fc.boolean(), async (at, cut) => {
        const bytes = Buffer.from(cut ? whole.subarray(0, at) : whole);
        if (!cut) bytes.writeUInt8((bytes[at] ?? 0) ^ 0xff, at);
        const result: unknown = await reader.archive(bytes).catch((error: unknown) => error);
        if (result instanceof Error && !(result instanceof ValidationError)) strange.push(result);
      }),
      { numRuns: 60 },
    );
    expect(strange).toEqual([]);
  });
});

describe('a hostile archive', () => {
  /** A name put in by hand, as honest tools refuse to write it. Both names have the same length. */
  const renamed = (bytes: Buffer, from: string, to: string) => {
    const out = Buffer.from(bytes);
    for (let at = out.indexOf(from); at !== -1; at = out.indexOf(from, at + 1)) out.write(to, at, 'latin1');
    return out;
  };

  it.each([
    ['xx/evil.js', '../evil.js'],
    ['xx/evil.js', '/x/evil.js'],
    ['xx/evil.js', 'C:\\evil.js'],
    ['xx/evil.js', 'a\\..\\b.js'],
    ['a/xx/b.js', 'a/../b.js'],
  ])('as a zip with %s made %s is refused', async (from, to) => {
    const bytes = renamed(await zipOf({ [from]: 'x', 'ok.js': 'x' }), from, to);
    await expect(reader.archive(bytes)).rejects.toMatchObject({ problems: [{ field: 'archive' }] });
  });

  it.each([
    ['-C', '../../evil.js'],
    ['-P', '/tmp/evil.js'],
  ])('as a tar (%s) that leads to %s is refused', async (_how, target) => {
    const bytes = await tarOf({ 'evil.js': 'x' }, ['-P', `--transform=s#^./evil.js#${target}#`]);
    await expect(reader.archive(bytes)).rejects.toThrow(/leads out|is absolute/);
  });

  it('with one name twice is refused: tools disagree about which one counts', async () => {
    const bytes = renamed(await zipOf({ 'a.js': '1', 'b.js': '2' }), 'b.js', 'a.js');
    await expect(reader.archive(bytes)).rejects.toThrow(/"a.js" twice/);
  });

  it('with a link and a file below it gives only what stands in the archive', async () => {
    const bytes = renamed(await zipOf({ dirr: { linkTo: '/tmp' }, 'xirr/evil.js': 'x' }), 'xirr', 'dirr');
    const tree = await reader.archive(bytes);
    expect(paths(tree)).toEqual(['dirr/evil.js']);
    expect(tree.skipped.link?.examples).toEqual(['dirr']);
  });

  it.each(['rar', 'not an archive at all', '', '\u001f\u008b but no gzip', 'PK\u0003\u0004 but no zip'])(
    'that is "%s" is refused with the formats that are known',
    async (text) => {
      await expect(reader.archive(Buffer.from(text, 'latin1'))).rejects.toMatchObject({
        httpStatus: 400,
        problems: [{ field: 'archive' }],
      });
    },
  );
});

describe('a tar', () => {
  it('keeps names beyond a hundred bytes in each of its forms', async () => {
    for (const format of ['pax', 'gnu'])
      expect(
        paths(await reader.archive(await tarOf({ [LONG]: 'x', a: 'y' }, [`--format=${format}`]))),
      ).toEqual(['a', LONG]);
  });
});
