import { mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { silentLogger } from '../../core/logger.js';
import { keyFileOf, openSecretBox, prependRootKey } from './key-file.js';

const place = { table: 'agent_settings', row: 'pm', provider: 'openai' };
const log = silentLogger();
let dataDir: string;
beforeEach(async () => void (dataDir = await mkdtemp(join(tmpdir(), 'atelier-keys-'))));
afterEach(async () => rm(dataDir, { recursive: true, force: true }));
const open = (embedded = true) =>
  openSecretBox({ dataDir, env: 'test', secretKeys: undefined }, embedded, log);

describe('the root key file', () => {
  it('is made at the first embedded start, for its owner alone, and found again at the next', async () => {
    const sealed = (await open())?.seal('x', place) ?? '';
    expect((await stat(keyFileOf(dataDir))).mode & 0o777).toBe(0o600);
    expect((await open())?.open(sealed, place)).toBe('x');
    expect(await readdir(dataDir)).toEqual(['secret-keys']);
  });

  it('is one and the same for starts that race', async () => {
    const boxes = await Promise.all(Array.from({ length: 12 }, () => open()));
    expect(new Set(boxes.map((box) => box?.currentKid)).size).toBe(1);
    expect(await readdir(dataDir)).toEqual(['secret-keys']);
  });

  it('is not made for a database that lives elsewhere', async () => {
    expect(await open(false)).toBeUndefined();
    expect(await readdir(dataDir)).toEqual([]);
  });

  it('takes a new first key, which running processes learn of', async () => {
    const running = await open();
    const before = running?.seal('old', place) ?? '';
    const kid = await prependRootKey(dataDir);
    const next = await open();
    expect(next?.currentKid).toBe(kid);
    expect(next?.open(before, place)).toBe('old');
    expect(running?.open(next?.seal('new', place) ?? '', place)).toBe('new');
    expect((await stat(keyFileOf(dataDir))).mode & 0o777).toBe(0o600);
  });

  it('is refused when it is damaged, with the way out and without its content', async () => {
    await open();
    const text = await readFile(keyFileOf(dataDir), 'utf8');
    await writeFile(keyFileOf(dataDir), text.slice(0, 20));
    await expect(open()).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringContaining('Bring the file back from a backup'),
    });
  });
});
