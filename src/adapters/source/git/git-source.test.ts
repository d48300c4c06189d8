import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gitIn, makeRepository } from '../../../testing/git-repository.js';
import { SOURCE_LIMITS } from '../port.js';
import { createSourceReader } from '../reader.js';
import { git, GitError } from './git.js';
import { isPublicAddress } from '../../../core/public-address.js';
import { resolveHost } from './host-policy.js';
import { parseGitUrl } from './url.js';

let base: string;
let repository: string;
let first: string;
let last: string;
beforeAll(async () => {
  base = await realpath(await mkdtemp(join(tmpdir(), 'atelier-git-test-')));
  repository = join(base, 'sum');
  first = await makeRepository(repository, { 'package.json': '{}', 'old.js': 'old' });
  await gitIn(repository, 'tag', '-a', 'v1', '-m', 'one');
  await gitIn(repository, 'rm', '--quiet', 'old.js');
  last = await makeRepository(repository, {
    'src/sum.js': 'export const add = (a, b) => a - b;\r\n',
    'run.sh': { content: '#!/bin/sh\n', mode: 0o755 },
    'link.js': { linkTo: '/etc/passwd' },
    '.gitattributes': '*.js filter=evil\n',
    '.gitignore': 'package.json\n',
  });
});
afterAll(async () => rm(base, { recursive: true, force: true }));

const readerOf = (hosts: string[] = [], limits = SOURCE_LIMITS) =>
  createSourceReader({ roots: [base], hosts }, limits);
const paths = (tree: { files: { path: string }[] }) => tree.files.map(({ path }) => path);

describe('a git repository below an allowed root', () => {
  it('gives the files of its HEAD as they are in the commit, and the commit itself', async () => {
    const tree = await readerOf().git(`file://${repository}`, undefined);
    expect(tree.files.map(({ path, executable }) => [path, executable])).toEqual([
      ['.gitattributes', false],
      ['.gitignore', false],
      ['package.json', false],
      ['run.sh', true],
      ['src/sum.js', false],
    ]);
    expect(tree.files.at(-1)?.content.toString()).toBe('export const add = (a, b) => a - b;\r\n');
    expect(tree.git).toMatchObject({ commit: last, ref: 'HEAD' });
    expect(tree.skipped.link?.examples).toEqual(['link.js']);
  });

  it('gives a branch, a tag or a commit when asked for one', async () => {
    for (const ref of ['v1', first])
      expect(paths(await readerOf().git(`file://${repository}`, ref))).toEqual(['old.js', 'package.json']);
    expect((await readerOf().git(`file://${repository}`, 'main')).git?.commit).toBe(last);
    await expect(readerOf().git(`file://${repository}`, 'no-such-branch')).rejects.toMatchObject({
      problems: [{ field: 'source.ref' }],
    });
  });

  it('keeps one commit without its history, enough to build on', async () => {
    const tree = await readerOf().git(`file://${repository}`, undefined);
    const copy = join(base, 'copy.git');
    await git({ args: ['init', '--quiet', '--bare', '--template=', copy], timeoutMs: 10_000 });
    await git({
      gitDir: copy,
      args: ['unpack-objects', '-q'],
      input: [tree.git?.pack ?? ''],
      timeoutMs: 10_000,
    });
    await expect(gitIn(copy, 'cat-file', '-e', first)).rejects.toThrow(/Command failed/);
    expect(await gitIn(copy, 'show', `${last}:src/sum.js`)).toContain('add');
  });

  it('runs nothing that the repository holds: hooks, filters, file system monitors', async () => {
    const trap = join(base, 'trapped');
    const script = join(base, 'trap.sh');
    await writeFile(script, `#!/bin/sh\ntouch ${trap}\ncat\n`);
    await chmod(script, 0o755);
    for (const name of [
      'core.fsmonitor',
      'filter.evil.smudge',
      'filter.evil.clean',
      'uploadpack.packObjectsHook',
    ])
      await gitIn(repository, 'config', name, script);
    for (const hook of ['post-checkout', 'post-merge', 'reference-transaction', 'pre-receive']) {
      await writeFile(join(repository, '.git/hooks', hook), `#!/bin/sh\ntouch ${trap}\n`);
      await chmod(join(repository, '.git/hooks', hook), 0o755);
    }
    await readerOf().git(`file://${repository}`, undefined);
    expect(existsSync(trap)).toBe(false);
  });

  it('is refused outside the roots, and when there is nothing to read', async () => {
    const reader = createSourceReader({ roots: [join(base, 'elsewhere')], hosts: [] });
    await expect(reader.git(`file://${repository}`, undefined)).rejects.toMatchObject({ code: 'forbidden' });
    await expect(readerOf().git(`file://${base}`, undefined)).rejects.toMatchObject({
      problems: [{ field: 'source.url' }],
    });
  });

  it('is refused when it is larger than a project may be', async () => {
    const small = readerOf([], { ...SOURCE_LIMITS, bytes: 20 });
    await expect(small.git(`file://${repository}`, undefined)).rejects.toThrow(/more than 20 bytes/);
  });
});

describe('a git bundle', () => {
  it('gives the files of its HEAD, and one commit without its history', async () => {
    const file = join(base, 'all.bundle');
    await gitIn(repository, 'bundle', 'create', '-q', file, 'HEAD', 'main');
    const tree = await readerOf().archive(await readFile(file));
    expect(tree.git?.commit).toBe(last);
    expect(paths(tree)).toContain('src/sum.js');
    const copy = join(base, 'from-bundle.git');
    await git({ args: ['init', '--quiet', '--bare', '--template=', copy], timeoutMs: 10_000 });
    await git({
      gitDir: copy,
      args: ['unpack-objects', '-q'],
      input: [tree.git?.pack ?? ''],
      timeoutMs: 10_000,
    });
    await expect(gitIn(copy, 'cat-file', '-e', first)).rejects.toThrow(/Command failed/);
  });

  it('that builds on commits it does not hold is refused with the way out', async () => {
    const file = join(base, 'thin.bundle');
    await gitIn(repository, 'bundle', 'create', '-q', file, `${first}..main`);
    await expect(readerOf().archive(await readFile(file))).rejects.toThrow(/git bundle create/);
  });

  it('that is damaged is refused', async () => {
    const broken = Buffer.from(`# v2 git bundle\n${last} refs/heads/main\n\nPACK but no pack`);
    await expect(readerOf().archive(broken)).rejects.toMatchObject({ problems: [{ field: 'archive' }] });
  });
});

describe('a git URL', () => {
  it.each([
    'ext::sh -c touch% /tmp/x',
    'ext::sh',
    '--upload-pack=touch /tmp/x',
    '-oProxyCommand=x',
    'http://github.com/a/b',
    'git://github.com/a/b',
    'ftp://github.com/a/b',
    'https://user:secret@github.com/a/b',
    'https://token@github.com/a/b',
    'ssh://git:secret@github.com/a/b',
    'ssh://-oProxyCommand=x/a',
    'ssh://a$(touch%20x).org/a',
    "ssh://a';touch.org/a",
    'ssh://git@github.com/-oProxyCommand',
    'https://github.com/',
    'https://github.com/a/b?x=1',
    'https://github.com/a\nb',
    'file://host/a',
    '/etc',
    'github.com/a/b',
    '',
  ])('%j is refused with the field named, and never repeated', (url) => {
    expect(() => parseGitUrl(url)).toThrow(
      expect.objectContaining({
        code: 'validation_failed',
        problems: [expect.objectContaining({ field: 'source.url' })],
      }),
    );
    if (url.includes('secret')) expect(() => parseGitUrl(url)).not.toThrow(/secret/);
  });

  it.each([
    ['https://GitHub.com/a/b.git', 'https://github.com/a/b.git'],
    ['https://host.example:8443/a', 'https://host.example:8443/a'],
    ['git@github.com:a/b.git', 'ssh://git@github.com/a/b.git'],
    ['ssh://me@host.example:2222/srv/a', 'ssh://me@host.example:2222/srv/a'],
  ])('%s is read as %s', (text, url) => {
    expect(parseGitUrl(text)).toMatchObject({ url });
  });

  it('with ssh needs a host that an administrator listed, as the key would be the server’s', () => {
    const source = { kind: 'git', url: 'git@github.com:a/b.git' } as const;
    expect(() => readerOf().admit(source)).toThrow(/ATELIER_GIT_HOSTS/);
    expect(() => readerOf(['github.com']).admit(source)).not.toThrow();
  });

  it.each([
    '127.0.0.1',
    '10.1.2.3',
    '192.168.0.1',
    '172.31.0.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
    '224.0.0.1',
    '255.255.255.255',
    '::1',
    '::',
    '::ffff:127.0.0.1',
    'fe80::1',
    'fc00::1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    '2001:db8::1',
  ])('leading to %s does not lead to the internet', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  it.each(['1.1.1.1', '140.82.121.4', '2606:4700::1111'])('leading to %s does', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  it.each([
    'https://127.0.0.1/a/b',
    'https://localhost/a/b',
    'https://2130706433/a/b',
    'https://0x7f.1/a/b',
    'https://[::1]/a/b',
    'https://[::ffff:10.0.0.1]/a/b',
  ])('%s is refused, as it leads into the own network', async (url) => {
    await expect(readerOf().git(url, undefined)).rejects.toMatchObject({ code: 'forbidden' });
  });

  it('of a listed host may lead into the own network, on that port alone', async () => {
    await expect(resolveHost('127.0.0.1', 8443, ['127.0.0.1:8443'])).resolves.toEqual({
      address: '127.0.0.1',
    });
    await expect(resolveHost('127.0.0.1', 22, ['127.0.0.1:8443'])).rejects.toMatchObject({
      code: 'forbidden',
    });
  });
});

describe('a git server', () => {
  let server: Server;
  let port: number;
  const sockets = new Set<{ destroy(): unknown }>();
  beforeAll(async () => {
    server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    port = typeof address === 'object' && address ? address.port : 0;
  });
  afterAll(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });

  it('that never answers is given up, and git and its helpers are gone', async () => {
    const reader = readerOf([`127.0.0.1:${port}`], { ...SOURCE_LIMITS, gitMs: 700 });
    await expect(reader.git(`https://127.0.0.1:${port}/a/b`, undefined)).rejects.toMatchObject({
      code: 'unavailable',
      retryable: true,
    });
  });

  it('is left when the run is stopped', async () => {
    const reader = readerOf([`127.0.0.1:${port}`]);
    const signal = AbortSignal.timeout(300);
    await expect(reader.git(`https://127.0.0.1:${port}/a/b`, undefined, signal)).rejects.toMatchObject({
      name: 'TimeoutError',
    });
  });
});

describe('git as it is called', () => {
  it('uses no transport that was not named', async () => {
    const target = join(base, 'none.git');
    await git({ args: ['init', '--quiet', '--bare', '--template=', target], timeoutMs: 10_000 });
    const error = await git({
      gitDir: target,
      args: ['fetch', `file://${repository}`],
      timeoutMs: 10_000,
    }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(GitError);
    expect(error).toMatchObject({ stderr: expect.stringContaining("transport 'file' not allowed") });
  });

  it('is stopped when it puts more on disk or says more than it may', async () => {
    const target = join(base, 'watched.git');
    await git({ args: ['init', '--quiet', '--bare', '--template=', target], timeoutMs: 10_000 });
    await expect(
      git({ gitDir: target, args: ['version'], timeoutMs: 10_000, maxOutput: 3 }),
    ).rejects.toMatchObject({ stoppedBy: 'output' });
    const endless = (async function* () {
      yield 'blob\ndata 100000000\n';
      for (;;) {
        yield Buffer.alloc(65_536, 'x');
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    })();
    await writeFile(join(target, 'big'), Buffer.alloc(2_000_000));
    await expect(
      git({
        gitDir: target,
        args: ['fast-import', '--quiet'],
        input: endless,
        timeoutMs: 20_000,
        watch: { folder: target, maxBytes: 1_000_000 },
      }),
    ).rejects.toMatchObject({ stoppedBy: 'disk' });
  });
});
