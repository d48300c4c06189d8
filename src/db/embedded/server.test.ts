import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmod,
  chown,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  readlink,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { sleep } from '../../core/clock.js';
import { ConfigError } from '../../core/errors.js';
import { silentLogger } from '../../core/logger.js';
import { startChild, type TestChild } from '../../testing/child.js';
import { isRunning } from './process-identity.js';
import { readPostmasterFile, stopPostmaster } from './postmaster.js';
import { startEmbeddedPostgres, type EmbeddedPostgres } from './server.js';

const logger = silentLogger();
const settings = { fsync: 'off' };
const run = promisify(execFile);

let dataDir: string;
const servers: EmbeddedPostgres[] = [];
const children: TestChild[] = [];

const start = async (more: Record<string, string> = {}): Promise<EmbeddedPostgres> => {
  const server = await startEmbeddedPostgres({ dataDir, logger, settings: { ...settings, ...more } });
  servers.push(server);
  return server;
};
const owner = (prefix?: string[]): TestChild => {
  const child = startChild('fixtures/embedded-owner.ts', { args: [dataDir], prefix });
  children.push(child);
  return child;
};
const postmasterPid = async (): Promise<number> =>
  (await readPostmasterFile(join(dataDir, 'postgres')))?.pid ?? 0;

/** Processes that work inside the data folder, whatever they are. */
async function processesInside(): Promise<number[]> {
  const pids = (await readdir('/proc')).map(Number).filter(Number.isInteger);
  const folders = await Promise.all(pids.map((pid) => readlink(`/proc/${pid}/cwd`).catch(() => '')));
  return pids.filter((_, index) => folders[index]?.startsWith(dataDir));
}

async function query<T extends pg.QueryResultRow>(url: string, sql: string): Promise<T[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<T>(sql)).rows;
  } finally {
    await client.end();
  }
}

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'atelier embedded '));
});

afterEach(async () => {
  for (const child of children.splice(0)) if (await isRunning(child.pid)) child.process.kill('SIGKILL');
  await Promise.all(servers.splice(0).map((server) => server.stop()));
  const left = await postmasterPid();
  if (left > 0 && (await processesInside()).includes(left)) await stopPostmaster(left, 'pg_ctl');
  // An initdb that outlived its parent may still be writing.
  await rm(dataDir, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
});

describe('an embedded Postgres', () => {
  it('starts in an empty folder, keeps its data over a restart, and leaves nothing running', async () => {
    const first = await start();
    expect(first.adopted).toBe(false);
    expect(first.url).toMatch(/^postgres:\/\/atelier:[^@]+@127\.0\.0\.1:\d+\/atelier$/);
    await query(first.url, `CREATE TABLE kept AS SELECT 'grün' AS word`);
    expect(await processesInside()).not.toEqual([]);
    await Promise.all([first.stop(), first.stop()]);
    expect(await processesInside()).toEqual([]);
    expect(await readdir(dataDir)).not.toContain('owner.json');

    const second = await start();
    expect(second.adopted).toBe(false);
    expect(await query(second.url, 'SELECT upper(word) AS word FROM kept')).toEqual([{ word: 'GRÜN' }]);
  });

  it('is durable and reachable only from this machine, with a password, unless told otherwise', async () => {
    const server = await startEmbeddedPostgres({ dataDir, logger });
    servers.push(server);
    const names = ['fsync', 'synchronous_commit', 'listen_addresses', 'max_connections', 'server_encoding'];
    const values = await query<{ name: string; setting: string }>(
      server.url,
      `SELECT name, setting FROM pg_settings WHERE name IN ('${names.join("', '")}') ORDER BY name`,
    );
    expect(Object.fromEntries(values.map(({ name, setting }) => [name, setting]))).toEqual({
      fsync: 'on',
      listen_addresses: '127.0.0.1',
      max_connections: '200',
      server_encoding: 'UTF8',
      synchronous_commit: 'on',
    });
    const wrong = server.url.replace(/:[^:@]+@/, ':wrong@');
    await expect(query(wrong, 'SELECT 1')).rejects.toThrow(/password authentication failed/);
    expect((await stat(join(dataDir, 'postgres-password'))).mode & 0o777).toBe(0o600);
  });

  it('refuses a second owner and names the process and the ways out', async () => {
    await start();
    const second = await owner().next();
    expect(second['error']).toContain(`in use by process ${process.pid}`);
    expect(second['error']).toContain('ATELIER_DATA_DIR');
    await expect(start()).rejects.toThrow(ConfigError);
  });

  it('lets exactly one of several processes have the folder when a dead owner left it', async () => {
    const dead = { pid: 2 ** 22 - 1, startTime: '1', claimedAt: 'once', claim: 'x' };
    await writeFile(join(dataDir, 'owner.json'), JSON.stringify(dead));
    const answers = await Promise.all([1, 2, 3, 4].map(() => owner().next()));
    expect(answers.filter((answer) => 'url' in answer)).toHaveLength(1);
    expect(answers.filter((answer) => String(answer['error']).includes('in use by process'))).toHaveLength(3);
  });

  it('survives the SIGKILL of its owner and is adopted by the next one, with its data', async () => {
    const child = owner();
    const { url } = await child.next();
    await query(String(url), 'CREATE TABLE left_behind AS SELECT 1 AS one');
    const pid = await postmasterPid();
    child.process.kill('SIGKILL');
    expect(await child.ended).toBe('SIGKILL');

    const next = await start();
    expect(next.adopted).toBe(true);
    expect(next.url).toBe(url);
    expect(await postmasterPid()).toBe(pid);
    expect(await query(next.url, 'SELECT one FROM left_behind')).toEqual([{ one: 1 }]);
    await next.stop();
    expect(await processesInside()).toEqual([]);
  });

  it('is restarted rather than adopted when other settings are asked for', async () => {
    const child = owner();
    await child.next();
    child.process.kill('SIGKILL');
    await child.ended;
    const next = await start({ work_mem: '8MB' });
    expect(next.adopted).toBe(false);
    expect(await query(next.url, 'SHOW work_mem')).toEqual([{ work_mem: '8MB' }]);
  });

  it('recovers when the server was killed together with its owner', async () => {
    const child = owner();
    const { url } = await child.next();
    await query(String(url), 'CREATE TABLE committed AS SELECT 1 AS one');
    for (const pid of [child.pid, await postmasterPid()]) process.kill(pid, 'SIGKILL');
    await child.ended;
    expect(await readdir(join(dataDir, 'postgres'))).toContain('postmaster.pid');
    const next = await start();
    expect(next.adopted).toBe(false);
    expect(await query(next.url, 'SELECT one FROM committed')).toEqual([{ one: 1 }]);
  });

  it('is not misled by a postmaster.pid whose number now belongs to another program', async () => {
    await (await start()).stop();
    const stranger = spawn('sleep', ['60'], { stdio: 'ignore' });
    await once(stranger, 'spawn');
    const pid = stranger.pid ?? 0;
    try {
      const lines = [pid, join(dataDir, 'postgres'), 1, 5432, '', '127.0.0.1', '', 'ready', ''];
      await writeFile(join(dataDir, 'postgres', 'postmaster.pid'), lines.join('\n'));
      const next = await start();
      expect(await query(next.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
      expect(await isRunning(pid)).toBe(true);
    } finally {
      stranger.kill('SIGKILL');
    }
  });

  it('starts after an owner was killed in the middle of initdb', async () => {
    const child = owner();
    const halfMade = async (): Promise<boolean> =>
      (await readdir(dataDir)).some((name) => name.startsWith('postgres.new-'));
    while (!(await halfMade())) await sleep(5);
    child.process.kill('SIGKILL');
    await child.ended;
    const next = await start();
    expect(await query(next.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('clears away half a cluster, and half a claim, that a crash left', async () => {
    await mkdir(join(dataDir, 'postgres.new-0123'));
    await writeFile(join(dataDir, 'postgres.new-0123', 'PG_VERSION'), '18');
    await writeFile(join(dataDir, 'owner.json'), '{"pid":');
    await start();
    expect((await readdir(dataDir)).filter((name) => name.includes('.new-'))).toEqual([]);
  });

  it('answers while its owner drains after Ctrl-C, and is stopped after that', async () => {
    const child = owner();
    await child.next();
    // The whole group, as the terminal does it; -pid.
    process.kill(-child.pid, 'SIGINT');
    expect(await child.next()).toEqual({ drained: true });
    expect(await child.ended).toBe(0);
    expect(await processesInside()).toEqual([]);
  });

  it('says what the server said when it does not start, and gives the folder back', async () => {
    await expect(start({ shared_buffers: 'plenty' })).rejects.toThrow(/shared_buffers[\s\S]*DATABASE_URL/);
    expect(await readdir(dataDir)).not.toContain('owner.json');
    await start();
  });

  it('refuses a data folder that cannot be one, naming the setting', async () => {
    const file = join(dataDir, 'file');
    await writeFile(file, '');
    await expect(startEmbeddedPostgres({ dataDir: file, logger })).rejects.toThrow(
      /file cannot be used.*ATELIER_DATA_DIR/,
    );
  });

  it('refuses a cluster whose password is lost, naming the file', async () => {
    await (await start()).stop();
    await rm(join(dataDir, 'postgres-password'));
    await expect(start()).rejects.toThrow(/postgres-password is missing/);
  });

  const asRoot = process.getuid?.() === 0;
  const prefix = asRoot ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] : [];
  // The project may lie where only root can read it.
  const look = [...prefix, 'test', '-r', fileURLToPath(import.meta.url)];
  const readable = !asRoot || spawnSync('env', look).status === 0;
  const title = `runs for an ordinary user${readable ? '' : ' (skipped: only root can read this project)'}`;
  (readable ? it : it.skip)(title, async () => {
    if (asRoot) await chown(dataDir, 65534, 65534);
    const child = owner(prefix);
    expect(await child.next()).toMatchObject({ adopted: false });
    const { uid } = await stat(join(dataDir, 'postgres', 'PG_VERSION'));
    expect(uid).toBe(asRoot ? 65534 : process.getuid?.());
    process.kill(child.pid, 'SIGINT');
    expect(await child.next()).toEqual({ drained: true });
    expect(await child.ended).toBe(0);
  });

  it('takes pgvector from a folder when one is named', async () => {
    const pgvectorDir = join(dataDir, 'vector build');
    await mkdir(join(pgvectorDir, 'share', 'extension'), { recursive: true });
    await writeFile(
      join(pgvectorDir, 'share', 'extension', 'vector.control'),
      `comment = 'stand-in'\ndefault_version = '0.8.0'\nrelocatable = true\n`,
    );
    const server = await startEmbeddedPostgres({ dataDir, logger, settings, pgvectorDir });
    servers.push(server);
    const found = await query(server.url, `SELECT name FROM pg_available_extensions WHERE name = 'vector'`);
    expect(found).toEqual([{ name: 'vector' }]);
    expect(await query(server.url, 'SHOW dynamic_library_path')).toEqual([
      { dynamic_library_path: `${join(pgvectorDir, 'lib')}:$libdir` },
    ]);
  });

  it('writes its log to a file beside the cluster, and only its owner may enter the folder', async () => {
    await chmod(dataDir, 0o700);
    await start();
    expect(await readFile(join(dataDir, 'postgres.log'), 'utf8')).toContain('ready to accept connections');
    const { stdout } = await run('stat', ['-c', '%a', join(dataDir, 'postgres')]);
    expect(stdout.trim()).toBe('700');
  });
});
