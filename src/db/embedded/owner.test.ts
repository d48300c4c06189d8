import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ConfigError } from '../../core/errors.js';
import { claimOwnership } from './owner.js';

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'atelier owner '));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

const claimed = async (): Promise<{ pid: number; claim: string }> =>
  JSON.parse(await readFile(join(dataDir, 'owner.json'), 'utf8')) as { pid: number; claim: string };

describe('the owner of a data folder', () => {
  it('is refused while another owner lives, and let in once that one gave the folder back', async () => {
    const first = await claimOwnership(dataDir);
    await expect(claimOwnership(dataDir)).rejects.toThrow(ConfigError);
    await first.release();
    await expect(claimOwnership(dataDir)).resolves.toBeDefined();
  });

  it('takes over from a dead process whose pid was given to another', async () => {
    const namesake = { pid: process.pid, startTime: '1', claimedAt: 'once', claim: 'dead' };
    await writeFile(join(dataDir, 'owner.json'), JSON.stringify(namesake));
    await claimOwnership(dataDir);
    expect((await claimed()).claim).not.toBe('dead');
  });

  it('takes over even when an earlier heir died in the middle of it', async () => {
    const dead = JSON.stringify({ pid: 2 ** 22 - 1, startTime: '1', claimedAt: 'once', claim: 'dead' });
    await writeFile(join(dataDir, 'owner.json'), dead);
    await writeFile(join(dataDir, 'owner.json.takeover'), dead);
    await claimOwnership(dataDir);
    expect((await claimed()).pid).toBe(process.pid);
    expect(await readdir(dataDir)).toEqual(['owner.json']);
  });

  it('is one only, however many reach for a dead one at once', async () => {
    const dead = { pid: 2 ** 22 - 1, startTime: '1', claimedAt: 'once', claim: 'dead' };
    await writeFile(join(dataDir, 'owner.json'), JSON.stringify(dead));
    const claims = await Promise.allSettled(Array.from({ length: 20 }, () => claimOwnership(dataDir)));
    expect(claims.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('does not take the folder from its successor by a late release', async () => {
    const first = await claimOwnership(dataDir);
    await first.release();
    await claimOwnership(dataDir);
    const { claim } = await claimed();
    await first.release();
    expect((await claimed()).claim).toBe(claim);
  });
});
