import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, readdir, readlink, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ConfigError } from '../../core/errors.js';
import { findBinaries, packageFor, repairLinks, thisMachine } from './binaries.js';

const run = promisify(execFile);

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'atelier binaries '));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A copy of the installed package as `npm install --ignore-scripts` leaves it: no links. */
async function packageWithoutLinks(): Promise<{ root: string; targets: string[] }> {
  const installed = createRequire(import.meta.url).resolve(packageFor(thisMachine()));
  const root = join(folder, 'package');
  await mkdir(root);
  await cp(dirname(dirname(installed)), root, { recursive: true, verbatimSymlinks: true });
  const list = JSON.parse(await readFile(join(root, 'native', 'pg-symlinks.json'), 'utf8')) as {
    target: string;
  }[];
  const targets = list.map(({ target }) => target);
  await Promise.all(targets.map((target) => rm(join(root, target), { force: true })));
  return { root, targets };
}

describe('the programs of the embedded Postgres', () => {
  it('are found, and run', async () => {
    const { postgres, initdb, pgCtl } = await findBinaries(folder);
    for (const program of [postgres, initdb, pgCtl])
      expect((await run(program, ['--version'])).stdout).toMatch(/PostgreSQL\) 18\./);
  });

  it.each([
    [{ platform: 'linux', arch: 'x64', glibc: false }, /linux x64 with musl.*DATABASE_URL/],
    [{ platform: 'win32', arch: 'arm64', glibc: false }, /win32 arm64.*DATABASE_URL/],
    [{ platform: 'freebsd', arch: 'x64', glibc: false }, /freebsd x64.*DATABASE_URL/],
  ])('are refused for %j, with the way out', (machine, message) => {
    expect(() => packageFor(machine)).toThrow(ConfigError);
    expect(() => packageFor(machine)).toThrow(message);
  });

  it('say what to install when their package was left out', async () => {
    const other = process.platform === 'darwin' ? 'linux' : 'darwin';
    const absent = findBinaries(folder, { platform: other, arch: 'x64', glibc: true });
    await expect(absent).rejects.toThrow(/is not installed.*DATABASE_URL/);
  });

  it('get the library links back that an install without scripts left out', async () => {
    const { root, targets } = await packageWithoutLinks();
    const broken = run(join(root, 'native', 'bin', 'postgres'), ['--version']);
    if (process.platform === 'linux') await expect(broken).rejects.toThrow(/shared libraries/);
    expect(await repairLinks(root, join(folder, 'cache'))).toBe(root);
    for (const target of targets) expect(await readlink(join(root, target))).not.toContain('/');
    expect((await run(join(root, 'native', 'bin', 'postgres'), ['--version'])).stdout).toContain('18.');
  });

  it('are copied once and mended there when the installation may not be written to', async () => {
    const { root } = await packageWithoutLinks();
    const cache = join(folder, 'cache');
    const readOnly = { mayWrite: () => Promise.resolve(false) };
    const copy = await repairLinks(root, cache, readOnly);
    expect(dirname(copy)).toBe(cache);
    expect((await run(join(copy, 'native', 'bin', 'postgres'), ['--version'])).stdout).toContain('18.');
    expect(await repairLinks(root, cache, readOnly)).toBe(copy);
    expect(await readdir(cache)).toHaveLength(1);
  });
});
