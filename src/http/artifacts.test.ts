import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pino } from 'pino';
import yauzl from 'yauzl';
import { sha256 } from '../core/hash.js';
import { DiskStore } from '../adapters/storage/disk/disk-store.js';
import { startTestApi, type TestApi, type TestUser } from '../testing/http-api.js';
import { until } from '../testing/until.js';
import type { ArtifactView } from './presenters/artifact.js';
import type { Page } from './presenters/page.js';

describe('artifacts over HTTP', () => {
  let api: TestApi;
  let user: TestUser;
  let sessionId: string;
  let store: DiskStore;
  let log = '';

  /** Adds versions of files, as a run does. */
  const add = async (files: Record<string, string | Uint8Array>): Promise<void> => {
    const stored: { filePath: string; contentHash: string; sizeBytes: number }[] = [];
    for (const [filePath, content] of Object.entries(files)) {
      const bytes = Buffer.from(content);
      stored.push({ filePath, contentHash: await store.put(bytes), sizeBytes: bytes.byteLength });
    }
    await api.app.transactions.locked(sessionId, async (tx) => {
      await tx.artifacts.insertVersions(
        stored.map((file) => ({ sessionId, artifactType: 'code' as const, ...file })),
      );
    });
  };
  const list = async (query = ''): Promise<Page<ArtifactView>> =>
    (await api.call('GET', `/api/v1/sessions/${sessionId}/artifacts${query}`, { token: user.token }))
      .json as Page<ArtifactView>;
  const exported = () => fetch(`${api.url}/api/v1/sessions/${sessionId}/export`, bearer(user));

  beforeAll(async () => {
    api = await startTestApi({
      logger: pino({ level: 'warn' }, { write: (line: string) => void (log += line) }),
    });
    user = await api.user();
    store = new DiskStore(join(api.dataDir, 'artifacts'));
    const { session } = await api.app.sessions.submit(user, { mission: 'Build it', name: '“Größe” / №1' });
    sessionId = session.sessionId;
    await add({
      'index.html': '<script>alert(1)</script>',
      'bin.dat': Uint8Array.of(0, 255, 1),
      'src/a.js': 'one',
    });
    await add({ 'src/a.js': 'two', 'docs/ä.md': '# Ä' });
  });
  afterAll(async () => api.close());

  it('lists all versions, or only the newest of each file, by pages', async () => {
    expect((await list()).items.map(({ path, version }) => `${path} ${version}`)).toEqual([
      'index.html 1',
      'bin.dat 1',
      'src/a.js 1',
      'src/a.js 2',
      'docs/ä.md 1',
    ]);
    const first = await list('?newest=true&limit=3');
    const second = await list(`?newest=true&limit=3&cursor=${first.nextCursor}`);
    expect([...first.items, ...second.items].map(({ path, version }) => `${path} ${version}`)).toEqual([
      'index.html 1',
      'bin.dat 1',
      'src/a.js 2',
      'docs/ä.md 1',
    ]);
    expect(second.nextCursor).toBeNull();
  });

  it('gives HTML as plain text and bytes as a download, never as something a browser runs', async () => {
    const [html, binary] = (await list()).items;
    const open = (id?: number) => fetch(`${api.url}/api/v1/artifacts/${id}/content`, bearer(user));
    const page = await open(html?.id);
    expect(page.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(page.headers.get('x-content-type-options')).toBe('nosniff');
    expect(page.headers.get('content-security-policy')).toMatch(/default-src 'none'.*sandbox/);
    expect(await page.text()).toBe('<script>alert(1)</script>');
    const bytes = await open(binary?.id);
    expect(bytes.headers.get('content-type')).toBe('application/octet-stream');
    expect(bytes.headers.get('content-disposition')).toBe('attachment; filename="bin.dat"');
    expect(new Uint8Array(await bytes.arrayBuffer())).toEqual(Uint8Array.of(0, 255, 1));
  });

  it('exports the newest files as a ZIP that is the same every time', async () => {
    const response = await exported();
    expect(response.headers.get('content-type')).toBe('application/zip');
    expect(response.headers.get('content-disposition')).toBe(
      `attachment; filename="gro-e-no1-${sessionId.slice(-8)}.zip"`,
    );
    const bytes = Buffer.from(await response.arrayBuffer());
    expect(await unzip(bytes)).toEqual({
      'bin.dat': Buffer.of(0, 255, 1).toString('latin1'),
      'docs/ä.md': '# Ä',
      'index.html': '<script>alert(1)</script>',
      'src/a.js': 'two',
    });
    expect(Buffer.from(await (await exported()).arrayBuffer()).equals(bytes)).toBe(true);
  });

  it('names the formats there are when it is asked for another', async () => {
    const { status, json } = await api.call('GET', `/api/v1/sessions/${sessionId}/export?format=rar`, {
      token: user.token,
    });
    expect(status).toBe(400);
    expect(json).toMatchObject({ problems: [{ field: 'format', message: expect.stringContaining('zip') }] });
  });

  it('breaks an export off, rather than leave a file out, when content is missing', async () => {
    const hash = sha256('two');
    await rm(join(api.dataDir, 'artifacts', hash.slice(0, 2), hash));
    await expect(exported().then((response) => response.arrayBuffer())).rejects.toThrow(
      /terminated|fetch failed/,
    );
    await until('the log tells which', () => log.includes(hash));
    await store.put(Buffer.from('two'));
    expect((await exported()).status).toBe(200);
  });
});

const bearer = ({ token }: TestUser) => ({ headers: { authorization: `Bearer ${token}` } });

/** The files of a ZIP; text as UTF-8 where it is, else byte by byte. */
async function unzip(bytes: Buffer): Promise<Record<string, string>> {
  const zip = await yauzl.fromBufferPromise(bytes, { lazyEntries: true });
  const files: Record<string, string> = {};
  for await (const entry of zip.eachEntry()) {
    const chunks: Buffer[] = [];
    for await (const chunk of await zip.openReadStreamPromise(entry)) chunks.push(chunk as Buffer);
    const content = Buffer.concat(chunks);
    files[entry.fileName] = content.toString(content.includes(0) ? 'latin1' : 'utf8');
  }
  return files;
}
