import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SandboxError } from '../../../core/errors.js';
import { sandboxConformance } from '../conformance.js';
import { HOST_PATH, findExecutable } from '../environment.js';
import { bubblewrapArguments, hostLayout } from './arguments.js';
import { BubblewrapSandbox } from './bubblewrap.js';

/** Asked of bwrap itself, so that a fault of our driver never looks like a machine without user namespaces. */
function missing(): string | undefined {
  const bwrap = findExecutable('bwrap', HOST_PATH);
  if (bwrap === undefined) return 'bwrap is not installed here';
  const trial = spawnSync(bwrap, ['--unshare-all', '--ro-bind', '/', '/', 'true'], { encoding: 'utf8' });
  return trial.status === 0 ? undefined : `bwrap may not make namespaces here (${trial.stderr.trim()})`;
}

const reason = missing();
const sandbox = new BubblewrapSandbox();

if (reason === undefined) {
  sandboxConformance('bubblewrap', () => sandbox);
  isolation();
} else {
  // oxlint-disable-next-line jest/no-disabled-tests
  it.skip(`the bubblewrap sandbox: skipped, since ${reason}`, () =>
    expect(sandbox.probe()).resolves.toBeUndefined());
}

describe('the bubblewrap driver', () => {
  it('says what to install when bwrap is missing', async () => {
    const absent = new BubblewrapSandbox({ path: '/nonexistent' });
    await expect(absent.probe()).rejects.toThrow(SandboxError);
    await expect(absent.probe()).rejects.toThrow(/bwrap.*not found.*apt install bubblewrap/);
  });

  it('lets in only the binary and npm of a Node.js outside /usr', async () => {
    const prefix = await mkdtemp(join(tmpdir(), 'atelier-node-'));
    await mkdir(join(prefix, 'bin'));
    await mkdir(join(prefix, 'lib', 'node_modules', 'npm'), { recursive: true });
    await writeFile(join(prefix, 'bin', 'node'), '');
    const { binds, path } = hostLayout(join(prefix, 'bin', 'node'));
    expect(path).toBe('/opt/node/bin:/usr/local/bin:/usr/bin:/bin');
    expect(binds.filter((word) => word.startsWith(prefix))).toEqual([
      join(prefix, 'bin', 'node'),
      join(prefix, 'lib', 'node_modules', 'npm'),
    ]);
    await rm(prefix, { recursive: true });
  });

  it('passes the command as separate words after the last option', () => {
    const limits = { wallMs: 1, memoryBytes: 10, processes: 2, workDirBytes: 30, outputBytes: 40 };
    const words = bubblewrapArguments(
      { workDir: '/w', limits, hasGit: false },
      { binds: [], path: '' },
      '/etc-dir',
      ['node', '--share-net; $(evil)'],
    );
    expect(words.slice(words.indexOf('prlimit'))).toEqual([
      'prlimit',
      '--nproc=16',
      '--fsize=30',
      '--data=536870932',
      '--core=0',
      '--',
      'nice',
      '-n',
      '10',
      'node',
      '--share-net; $(evil)',
    ]);
    expect(words.join(' ')).not.toContain('.git');
  });
});

function isolation(): void {
  describe('the bubblewrap sandbox', () => {
    let root: string;
    let workDir: string;
    beforeEach(async () => {
      root = await mkdtemp(join(tmpdir(), 'atelier-bwrap-'));
      workDir = join(root, 'work');
      await mkdir(workDir);
    });
    afterEach(() => rm(root, { recursive: true, force: true }));
    const shell = (script: string) => sandbox.run({ workDir, command: () => ['sh', '-c', script] });
    const node = (script: string, ...args: string[]) =>
      sandbox.run({ workDir, command: () => ['node', '-e', script, ...args] });

    it('proves itself', async () => {
      await expect(sandbox.probe()).resolves.toBeUndefined();
    });

    it('shows nothing of the host but /usr and its own few files', async () => {
      const canary = join(root, 'canary');
      await writeFile(canary, 'secret');
      const { output } = await node(
        `const fs = require('node:fs');
         for (const path of process.argv.slice(1))
           try { fs.readdirSync(path); console.log('READ', path); }
           catch (error) { if (error.code === 'ENOTDIR') console.log('READ', path); }
         console.log(fs.readdirSync('/').sort().join(), fs.readdirSync('/etc').sort().join());`,

        canary,
        root,
        homedir(),
        '/etc/shadow',
        '/etc/ssh',
        '/root',
        '/var',
        '/run',
        '/sys',
        '/proc/1/root/var',
      );
      expect(output).toMatch(
        /^bin,dev,etc,[a-z0-9,]*proc,[a-z,]*tmp,usr,work group,hosts,nsswitch.conf,passwd\n$/,
      );
    });

    it('has no way to a port of the host, nor any interface but its loopback', async () => {
      const server = createServer((socket) => socket.destroy());
      await new Promise<void>((resolve) => {
        server.listen(0, '127.0.0.1', resolve);
      });
      const { output } = await node(
        `const socket = require('node:net').connect(Number(process.argv[1]), '127.0.0.1');
         socket.on('connect', () => console.log('CONNECTED')).on('error', (error) => console.log(error.code));
         console.log(Object.keys(require('node:os').networkInterfaces()).join());`,
        String((server.address() as AddressInfo).port),
      ).finally(() => server.close());
      expect(output).toBe('lo\nECONNREFUSED\n');
    });

    it('lets nothing be written but the work folder and two small folders in memory', async () => {
      const { output } = await shell(
        `for f in /x /usr/x /etc/x /dev/x /proc/sys/kernel/core_pattern /tools/x "${root}/x" /tmp/x /dev/shm/x x; do
           (: >> $f) 2>/dev/null && echo $f; done; true`,
      );
      expect(output).toBe('/tmp/x\n/dev/shm/x\nx\n');
      expect(await readdir(root)).toEqual(['work']);
    });

    it('limits what /tmp and /dev/shm may take of the memory', async () => {
      const { output } = await shell('df -m --output=size /tmp /dev/shm | tail -n +2');
      expect(output.trim().split(/\s+/).map(Number)).toEqual([64, 16]);
    });

    it('keeps .git readable and unchanged, and it cannot be moved away', async () => {
      await mkdir(join(workDir, '.git'));
      await writeFile(join(workDir, '.git', 'config'), 'ours');
      const { output } = await shell(
        'cat .git/config; for c in "mv .git moved" "rm -rf .git" "touch .git/hooks" "ln -sf /tmp .git/config"; do $c 2>/dev/null && echo "DID $c"; done; true',
      );
      expect(output).toBe('ours');
      expect(await readFile(join(workDir, '.git', 'config'), 'utf8')).toBe('ours');
      expect(await readdir(join(workDir, '.git'))).toEqual(['config']);
    });

    it('has no capabilities, gains none, and makes no further user namespace', async () => {
      const { output } = await shell(
        'grep -E "^(Cap(Prm|Eff|Bnd|Amb)|NoNewPrivs)" /proc/self/status; unshare --user true 2>/dev/null && echo NAMESPACE; id -u',
      );
      expect(output.replaceAll(/\s+/g, ' ')).toBe(
        'CapPrm: 0000000000000000 CapEff: 0000000000000000 CapBnd: 0000000000000000 CapAmb: 0000000000000000 NoNewPrivs: 1 1000 ',
      );
    });

    it('hides our environment in every process that the code can see', async () => {
      process.env.ATELIER_TEST_SECRET = 'do-not-leak';
      const { output } = await shell(
        'cat /proc/[0-9]*/environ | tr "\\0" "\\n" | sort -u; ls -d /proc/[0-9]* | wc -l',
      );
      delete process.env.ATELIER_TEST_SECRET;
      expect(output).not.toContain('do-not-leak');
      expect(output).toContain('TMPDIR=/tmp');
      expect(Number(output.trim().split('\n').at(-1))).toBeLessThan(8);
    });

    it('answers the questions that programs ask a system: who am I, where is home, what is localhost', async () => {
      const { output } = await node(
        `const os = require('node:os'); console.log(os.userInfo().username, os.homedir(), os.tmpdir());
         require('node:dns').lookup('localhost', (error, address) => console.log(error ?? address));`,
      );
      expect(output).toMatch(/^sandbox \/tmp \/tmp\n(127\.0\.0\.1|::1)\n$/);
    });

    it('says that the sandbox failed, and not the command, when it cannot be set up', async () => {
      await writeFile(
        join(root, 'bwrap'),
        '#!/bin/sh\necho "bwrap: No permissions to create new namespace" >&2; exit 1\n',
        {
          mode: 0o755,
        },
      );
      const broken = new BubblewrapSandbox({ path: `${root}:/usr/bin` });
      await expect(broken.probe()).rejects.toThrow(/No permissions to create new namespace.*AppArmor/);
    });
  });
}
