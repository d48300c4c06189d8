import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { loadConfig, type Config } from '../core/config.js';
import { announceServer, findServer } from './server-file.js';

describe('the server of a data folder', () => {
  let dataDir: string;
  const config = (env: NodeJS.ProcessEnv = {}): Config => loadConfig({ ATELIER_DATA_DIR: dataDir, ...env });
  const path = (): string => join(dataDir, 'server.json');

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'atelier-server-file-'));
  });
  afterEach(() => rm(dataDir, { recursive: true, force: true }));

  it('is found while its process runs, through a file that others cannot read', async () => {
    const withdraw = await announceServer(config(), 'http://127.0.0.1:4000', true);
    expect(await findServer(config())).toMatchObject({ url: 'http://127.0.0.1:4000', lasting: true });
    expect((await stat(path())).mode & 0o777).toBe(0o600);
    await withdraw();
    expect(await findServer(config())).toBeUndefined();
  });

  it('is not found when its process has gone, or its pid belongs to another process by now', async () => {
    await announceServer(config(), 'http://127.0.0.1:4000', true);
    const told = JSON.parse(await readFile(path(), 'utf8')) as Record<string, unknown>;
    await writeFile(path(), JSON.stringify({ ...told, pid: 2 ** 22 + 1 }));
    expect(await findServer(config())).toBeUndefined();
    await writeFile(path(), JSON.stringify({ ...told, startTime: 'another time' }));
    expect(await findServer(config())).toBeUndefined();
  });

  it('is not found by a command that means another database', async () => {
    await announceServer(config(), 'http://127.0.0.1:4000', true);
    const other = config({ DATABASE_URL: 'postgres://u:p@db/atelier' });
    expect(await findServer(other)).toBeUndefined();
    await announceServer(other, 'http://127.0.0.1:5000', true);
    expect(await findServer(other)).toMatchObject({ url: 'http://127.0.0.1:5000' });
    expect(await readFile(path(), 'utf8')).not.toContain('p@db');
  });

  it('does not take the place of a later one when it withdraws', async () => {
    const withdraw = await announceServer(config(), 'http://127.0.0.1:4000', true);
    await announceServer(config(), 'http://127.0.0.1:5000', true);
    await withdraw();
    expect(await findServer(config())).toMatchObject({ url: 'http://127.0.0.1:5000' });
  });

  it('is nobody when the file is half written', async () => {
    await writeFile(path(), '{"url": "http://127.0');
    expect(await findServer(config())).toBeUndefined();
  });
});
