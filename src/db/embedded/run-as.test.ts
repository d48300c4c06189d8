import { cp, mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { silentLogger } from '../../core/logger.js';
import { findBinaries, type Binaries } from './binaries.js';
import { openCluster } from './cluster.js';
import { launch } from './launch.js';
import { answersFor, stopPostmaster } from './postmaster.js';
import { asNobody, inUserNamespace, type RunAs } from './run-as.js';

const asRoot = process.platform === 'linux' && process.getuid?.() === 0;

let home: string;
beforeEach(async () => {
  // mkdtemp gives 0700: only root may enter, as with root's home.
  home = await mkdtemp(join(tmpdir(), 'atelier home '));
});
afterEach(() => rm(home, { recursive: true, force: true }));

/** Sets up a cluster, or opens the one from before, and serves from it twice. @returns the user id that its files belong to */
async function serve(runAs: RunAs, given?: Binaries): Promise<number> {
  const dataDir = join(home, 'data');
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const binaries = given ?? (await findBinaries(join(dataDir, 'binaries')));
  const logFile = join(dataDir, 'postgres.log');
  for (let count = 0; count < 2; count += 1) {
    const cluster = await openCluster(dataDir, binaries, runAs, false);
    if (count > 0) expect(cluster.created).toBe(false);
    const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'fsync=off'];
    const { pid, port } = await launch({ cluster, binaries, runAs, settings, logFile }, silentLogger());
    expect(await answersFor(cluster, port)).toBe(true);
    expect(await stopPostmaster(pid, binaries.pgCtl)).toBe('SIGINT');
  }
  return (await stat(join(dataDir, 'postgres', 'PG_VERSION'))).uid;
}

if (asRoot)
  describe('root', () => {
    it('runs Postgres in a user namespace where those are allowed, below a home that only root may enter', async () => {
      const runAs = await inUserNamespace();
      // Most containers forbid namespaces; then there is nothing to see but that we noticed.
      if (runAs) expect(await serve(runAs)).toBe(0);
      else expect(await asNobody()).toBeDefined();
    });

    it('runs Postgres as nobody elsewhere, below a home that only root may enter', async () => {
      const runAs = await asNobody();
      expect(runAs).toBeDefined();
      if (runAs) expect(await serve(runAs)).toBe(65534);
    });

    it('runs Postgres as nobody with its programs, too, below a home that only root may enter', async () => {
      const { initdb, postgres, pgCtl } = await findBinaries(join(home, 'binaries'));
      const native = join(home, 'native');
      await cp(dirname(dirname(initdb)), native, { recursive: true, verbatimSymlinks: true });
      const inside = (program: string): string => join(native, 'bin', basename(program));
      const binaries = { initdb: inside(initdb), postgres: inside(postgres), pgCtl: inside(pgCtl) };
      const runAs = await asNobody();
      expect(runAs).toBeDefined();
      if (runAs) expect(await serve(runAs, binaries)).toBe(65534);
    });

    it('gets a cluster of nobody back when namespaces become allowed', async () => {
      const [nobody, namespace] = await Promise.all([asNobody(), inUserNamespace()]);
      for (const runAs of [nobody, namespace ?? nobody]) {
        expect(runAs).toBeDefined();
        if (runAs) expect(await serve(runAs)).toBe(runAs === namespace ? 0 : 65534);
      }
    });
  });
else
  describe('an ordinary user', () => {
    it('has no way to become nobody', async () => {
      expect(await asNobody()).toBeUndefined();
    });
  });
