import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SandboxError } from '../../../core/errors.js';
import { sha256 } from '../../../core/hash.js';
import { sandboxConformance } from '../conformance.js';
import { PlainSandbox } from './plain.js';

sandboxConformance('plain', () => new PlainSandbox({ allowedHashes: new Set(), allowAnything: true }));

describe('the plain sandbox', () => {
  const KNOWN = 'console.log("known")';
  const sandbox = new PlainSandbox({ allowedHashes: new Set([sha256(KNOWN)]) });
  const command = () => ['node', 'src/known.js'];
  let root: string;
  let workDir: string;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'atelier-plain-'));
    workDir = join(root, 'work');
    await mkdir(join(workDir, 'src'), { recursive: true });
    await writeFile(join(workDir, 'src', 'known.js'), KNOWN);
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  it('runs a folder in which every file is known', async () => {
    expect(await sandbox.run({ workDir, command })).toMatchObject({ exitCode: 0, output: 'known\n' });
  });

  it('leaves git’s own folder out of the check', async () => {
    await mkdir(join(workDir, '.git'));
    await writeFile(join(workDir, '.git', 'HEAD'), 'ref: refs/heads/main');
    expect(await sandbox.run({ workDir, command })).toMatchObject({ exitCode: 0 });
    expect(await readdir(workDir)).toContain('.git');
  });

  it('refuses to run next to a single unknown file, even one that the command does not name', async () => {
    await writeFile(join(workDir, 'src', 'extra.js'), 'console.log("unknown")');
    const run = sandbox.run({ workDir, command });
    await expect(run).rejects.toThrow(SandboxError);
    await expect(run).rejects.toThrow(/"src\/extra\.js".*bubblewrap.*Docker/);
  });

  it('refuses a known file with one byte changed', async () => {
    await writeFile(join(workDir, 'src', 'known.js'), `${KNOWN} `);
    await expect(sandbox.run({ workDir, command })).rejects.toThrow('src/known.js');
  });

  it('refuses links, also those to known files and to folders', async () => {
    await symlink('known.js', join(workDir, 'src', 'link.js'));
    await expect(sandbox.run({ workDir, command })).rejects.toThrow('src/link.js');
    await rm(join(workDir, 'src', 'link.js'));
    await symlink(root, join(workDir, 'folder'));
    await expect(sandbox.run({ workDir, command })).rejects.toThrow('"folder"');
  });

  it('refuses a .git that is a link', async () => {
    await symlink(root, join(workDir, '.git'));
    await expect(sandbox.run({ workDir, command })).rejects.toThrow(SandboxError);
  });
});
