import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startTestRegistry, type TestRegistry } from '../../../testing/npm-registry.js';
import { BubblewrapSandbox } from '../bubblewrap/bubblewrap.js';
import { HOST_PATH, findExecutable } from '../environment.js';
import { PlainSandbox } from '../plain/plain.js';
import { DependencyInstaller, type INSTALL_LIMITS } from './installer.js';
import { startRegistryProxy } from './registry-proxy.js';

/** Why the parts with a sandbox are left out here, if they are. */
const missing = ((): string | undefined => {
  const bwrap = findExecutable('bwrap', HOST_PATH);
  if (bwrap === undefined) return 'bwrap is not installed here';
  const trial = spawnSync(bwrap, ['--unshare-all', '--ro-bind', '/', '/', 'true'], { encoding: 'utf8' });
  if (trial.status !== 0) return `bwrap may not make namespaces here (${trial.stderr.trim()})`;
  return spawnSync('npm', ['--version']).status === 0 ? undefined : 'npm is not installed here';
})();

let registry: TestRegistry;
let root: string;
let workDir: string;

beforeAll(async () => {
  registry = await startTestRegistry({
    'left-side': { version: '1.2.0', files: { 'index.js': `module.exports = 'left';\n` } },
    scripted: {
      version: '1.0.0',
      files: {
        'index.js': '',
        'install.js': `require('node:fs').writeFileSync(process.env.INIT_CWD + '/ran', '');`,
      },
    },
    huge: { version: '1.0.0', files: { 'index.js': '', 'blob.bin': noise(3_000_000) } },
  });
});
afterAll(async () => registry.close());
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'atelier-install-'));
  workDir = join(root, 'project');
  await mkdir(workDir);
  registry.asked.length = 0;
});
afterEach(async () => rm(root, { recursive: true, force: true }));

/** Bytes that no compression makes smaller, the same every time. */
function noise(size: number): Buffer {
  const bytes = Buffer.alloc(size);
  for (let at = 0, state = 1; at < size; at += 1) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    bytes[at] = state >>> 16;
  }
  return bytes;
}

const asks = async (dependencies: Record<string, string>): Promise<void> =>
  writeFile(join(workDir, 'package.json'), JSON.stringify({ name: 'p', version: '1.0.0', dependencies }));
const exists = async (path: string): Promise<boolean> =>
  access(join(workDir, path)).then(
    () => true,
    () => false,
  );

describe('the way to the registry', () => {
  const ask = async (method: string, path: string, headers: Record<string, string> = {}) => {
    const socketPath = join(root, 'r.sock');
    const proxy = await startRegistryProxy({ registries: [registry.url], socketPath, maxBytes: 1_000_000 });
    try {
      const sent = request({ socketPath, method, path, headers: { host: '127.0.0.1:1', ...headers } });
      const answered = new Promise<{ status: number; text: string }>((resolve, reject) => {
        sent.on('error', reject);
        sent.on('connect', (response) => resolve({ status: response.statusCode ?? 0, text: '' }));
        sent.on('response', (response) => {
          let text = '';
          response.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')));
          response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
          response.on('error', reject);
        });
      });
      sent.end();
      return { ...(await answered), refused: proxy.refused };
    } finally {
      await proxy.close();
    }
  };

  it('gives metadata whose archives are to be fetched the same way', async () => {
    const { status, text } = await ask('GET', '/left-side');
    expect(status).toBe(200);
    expect(text).toContain('"tarball":"http://127.0.0.1:1/left-side/-/left-side-1.2.0.tgz"');
    expect(text).not.toContain(registry.url);
  });

  it('tells the registry nothing but the name', async () => {
    await ask('GET', '/left-side?secret=1', { authorization: 'Bearer x', 'x-secret': 'y', cookie: 'z' });
    expect(registry.asked).toEqual(['GET /left-side']);
    expect(JSON.stringify(registry.headers())).not.toMatch(/Bearer|x-secret|cookie/);
  });

  it.each([
    ['POST', '/left-side'],
    ['PUT', '/left-side'],
    ['DELETE', '/left-side'],
    ['CONNECT', 'example.org:443'],
    ['GET', 'http://example.org/left-side'],
    ['GET', '//example.org/left-side'],
    ['GET', '/-/whoami'],
    ['GET', '/../../etc/passwd'],
    ['GET', '/a/b/c'],
  ])('refuses %s %s, and asks nobody', async (method, path) => {
    const { status, refused } = await ask(method, path);
    expect([404, 405]).toContain(status);
    expect(refused).toHaveLength(1);
    expect(registry.asked).toEqual([]);
  });
});

describe('installing without a sandbox that can bind one socket', () => {
  const plain = new PlainSandbox({ allowedHashes: new Set(), allowAnything: true });

  it('is refused in words, before anything is asked', async () => {
    await asks({ 'left-side': '^1.0.0' });
    const { ran, problem } = await new DependencyInstaller(plain, [registry.url]).install(workDir, signal());
    expect(ran).toBe(false);
    expect(problem).toMatch(/cannot be installed in the sandbox "plain".*install bubblewrap/);
    expect(registry.asked).toEqual([]);
  });

  it('is not missed by a project that has no dependencies', async () => {
    await writeFile(join(workDir, 'package.json'), '{"name":"p","dependencies":{}}');
    const installed = await new DependencyInstaller(plain, [registry.url]).install(workDir, signal());
    expect(installed).toEqual({ ran: false, output: '' });
  });
});

const signal = (): AbortSignal => new AbortController().signal;

if (missing === undefined) inTheSandbox();
else {
  // oxlint-disable-next-line jest/no-disabled-tests
  it.skip(`installing in the sandbox: skipped, since ${missing}`, () => expect(missing).toBeUndefined());
}

function inTheSandbox(): void {
  describe('installing in the sandbox', () => {
    const sandbox = new BubblewrapSandbox();
    const install = async (limits: Partial<typeof INSTALL_LIMITS> = {}) =>
      new DependencyInstaller(sandbox, [registry.url], limits).install(workDir, signal());

    it('brings in what the project asks for, and leaves nothing else behind', async () => {
      await asks({ 'left-side': '^1.0.0' });
      expect(await install()).toMatchObject({ ran: true });
      expect(registry.asked).toContain('GET /left-side/-/left-side-1.2.0.tgz');
      const { output } = await sandbox.run({
        workDir,
        command: () => ['node', '-p', `require('left-side')`],
      });
      expect(output).toBe('left\n');
      expect((await readdir(workDir)).toSorted()).toEqual([
        'node_modules',
        'package-lock.json',
        'package.json',
      ]);
    });

    it('goes by the lock file, and does not take an archive that is another', async () => {
      await asks({ 'left-side': '^1.0.0' });
      const lock = (integrity: string) =>
        writeFile(
          join(workDir, 'package-lock.json'),
          JSON.stringify({
            name: 'p',
            version: '1.0.0',
            lockfileVersion: 3,
            packages: {
              '': { name: 'p', version: '1.0.0', dependencies: { 'left-side': '^1.0.0' } },
              'node_modules/left-side': { version: '1.2.0', ...registry.archive('left-side'), integrity },
            },
          }),
        );
      await lock(registry.archive('left-side').integrity);
      expect((await install()).problem).toBeUndefined();
      // The lock file says all: no metadata was needed.
      expect(registry.asked).toEqual(['GET /left-side/-/left-side-1.2.0.tgz']);
      await lock(`sha512-${Buffer.alloc(64).toString('base64')}`);
      const { problem, output } = await install();
      expect(problem).toMatch(/could not be installed: npm ended/);
      expect(output).toMatch(/EINTEGRITY/);
    });

    it('runs no scripts of packages, whatever the project says', async () => {
      await asks({ scripted: '1.0.0' });
      await writeFile(join(workDir, '.npmrc'), 'ignore-scripts=false\nforeground-scripts=true\n');
      expect((await install()).problem).toBeUndefined();
      expect(await exists('node_modules/scripted/install.js')).toBe(true);
      expect(await exists('ran')).toBe(false);
    });

    it('reaches no host but the registry, whatever the project says', async () => {
      const reached: string[] = [];
      const other = createServer((socket) => {
        reached.push('reached');
        socket.destroy();
      }).listen(0, '127.0.0.1');
      await once(other, 'listening');
      const address = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
      await asks({ elsewhere: `${address}/elsewhere.tgz` });
      await writeFile(join(workDir, '.npmrc'), `registry=${address}\nproxy=${address}\n`);
      const { problem } = await install({ wallMs: 30_000 });
      other.close();
      await once(other, 'close');
      expect(problem).toMatch(/could not be installed/);
      expect(reached).toEqual([]);
    });

    it('says which package there is not', async () => {
      await asks({ nowhere: '1.0.0' });
      const { problem, output } = await install();
      expect(problem).toMatch(/npm ended with exit code 1/);
      expect(output).toMatch(/404.*nowhere/);
    });

    it('stops at its limits of time, disk and download', async () => {
      await asks({ huge: '1.0.0' });
      expect((await install({ wallMs: 50 })).problem).toMatch(/limit "wall_time"/);
      expect((await install({ downloadBytes: 1_000_000 })).problem).toMatch(/larger than the limit/);
      expect((await install({ workDirBytes: 1_000_000 })).problem).toMatch(/could not be installed/);
      expect(await exists('.atelier-npm-cache')).toBe(false);
    });
  });
}
