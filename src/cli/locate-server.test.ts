import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { loadConfig, type Config } from '../core/config.js';
import type { SessionView } from '../http/presenters/session.js';
import type { Page } from '../http/presenters/page.js';
import { leftovers } from '../testing/programs.js';
import { openHost } from './host.js';
import { connect } from './locate-server.js';

jest.setTimeout(120_000);

let dataDir: string;
let config: Config;
const signal = new AbortController().signal;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'atelier-locate-'));
  config = loadConfig({ ATELIER_DATA_DIR: dataDir, PORT: '0', LOG_LEVEL: 'silent' });
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

describe('a command that works at another command’s server', () => {
  it('starts one of its own when that one goes, once for all that asks at that moment, and ends it', async () => {
    const other = await openHost(config, { http: true, worker: false, announce: 'passing' });
    const connection = await connect(config, { worker: true, signal });
    expect(connection.lasting).toBe(false);
    const sessions = (): Promise<Page<SessionView>> => connection.client.get('/sessions');
    expect((await sessions()).items).toEqual([]);
    await other.close();
    const [first, ...rest] = await Promise.all([sessions(), sessions(), sessions()]);
    expect(rest).toEqual([first, first]);
    await connection.close();
    expect(await leftovers(dataDir)).toEqual([]);
  });
});
