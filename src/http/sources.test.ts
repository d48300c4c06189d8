import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SOURCE_LIMITS } from '../adapters/source/port.js';
import { inFolder, tarOf, zipOf } from '../testing/archives.js';
import { PROJECT } from '../testing/existing-code.js';
import { gitIn, makeRepository } from '../testing/git-repository.js';
import { startTestApi, type TestApi, type TestUser } from '../testing/http-api.js';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ImportedSourceView } from './presenters/source.js';

const bundleOf = () =>
  inFolder(async (folder) => {
    await makeRepository(folder, PROJECT);
    await gitIn(folder, 'bundle', 'create', '-q', 'sum.bundle', 'HEAD');
    return readFile(join(folder, 'sum.bundle'));
  });
const ROUTE = '/api/v1/sources';

describe('uploads over HTTP', () => {
  let api: TestApi;
  let user: TestUser;
  const upload = (body: Buffer, type = 'application/octet-stream', headers = {}, path = ROUTE) =>
    api.call('POST', path, {
      token: user.token,
      body: new Uint8Array(body),
      headers: { 'content-type': type, ...headers },
    });

  beforeAll(async () => {
    api = await startTestApi();
    user = await api.user();
  });
  afterAll(async () => api.close());

  it.each<[string, string, () => Promise<Buffer>]>([
    ['a zip', 'application/zip', () => zipOf(PROJECT)],
    ['a tar', 'application/x-tar', () => tarOf(PROJECT)],
    ['a tar.gz', 'application/gzip', () => tarOf(PROJECT, ['-z'])],
    ['a git bundle', 'application/x-git-bundle', bundleOf],
    ['anything that is one of these', 'application/octet-stream', () => zipOf(PROJECT)],
  ])('takes %s in as %s', async (_what, type, pack) => {
    const { status, json } = await upload(await pack(), type, {}, `${ROUTE}?name=sum`);
    expect([status, json]).toEqual([
      201,
      {
        sourceId: expect.any(String),
        files: Object.keys(PROJECT).length,
        bytes: expect.any(Number),
        skipped: {},
      },
    ]);
  });

  it('says what it left out, and gives the project to missions of its owner only', async () => {
    const { json } = await upload(await zipOf({ ...PROJECT, '.env': 'KEY=1', link: { linkTo: '/etc' } }));
    const { sourceId, skipped } = json as ImportedSourceView;
    expect(skipped).toEqual({
      secret: { count: 1, examples: ['.env'] },
      link: { count: 1, examples: ['link'] },
    });
    const mission = { mission: 'Mend add', options: { source: { kind: 'archive', sourceId } } };
    const submit = async (token: string) =>
      (await api.call('POST', '/api/v1/sessions', { token, json: mission })).status;
    expect(await submit(user.token)).toBe(202);
    expect(await submit((await api.user()).token)).toBe(404);
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['no archive', Buffer.from('hello')],
    ['half an archive', Buffer.from('504b0304', 'hex')],
  ])('refuses %s, naming the archive', async (_what, body) => {
    const { status, json } = await upload(body);
    expect([status, json]).toEqual([
      400,
      expect.objectContaining({ problems: [expect.objectContaining({ field: 'archive' })] }),
    ]);
  });

  it('refuses other types and packed bodies with 415, and names that are none with 400', async () => {
    const zip = await zipOf(PROJECT);
    for (const answer of [
      await upload(zip, 'application/json'),
      await upload(zip, 'application/zip', { 'content-encoding': 'gzip' }),
    ])
      expect([answer.status, answer.json]).toEqual([
        415,
        expect.objectContaining({ code: 'unsupported_media_type' }),
      ]);
    expect((await upload(zip, 'application/zip', {}, `${ROUTE}?name=%00`)).json).toMatchObject({
      problems: [{ field: 'name' }],
    });
  });

  it('refuses more than an upload may have, announced or not, and goes on serving', async () => {
    const announced = await upload(Buffer.alloc(SOURCE_LIMITS.archiveBytes + 1));
    expect([announced.status, announced.json]).toEqual([
      413,
      expect.objectContaining({ code: 'body_too_large', maxBytes: SOURCE_LIMITS.archiveBytes }),
    ]);
    const piece = new Uint8Array(1024 ** 2);
    let sent = 0;
    const body = new ReadableStream({
      pull(controller) {
        if (sent > SOURCE_LIMITS.archiveBytes) controller.close();
        else controller.enqueue(piece);
        sent += piece.byteLength;
      },
    });
    const init: RequestInit & { duplex: 'half' } = {
      method: 'POST',
      body,
      duplex: 'half',
      headers: { authorization: `Bearer ${user.token}`, 'content-type': 'application/zip' },
    };
    expect((await fetch(`${api.url}${ROUTE}`, init)).status).toBe(413);
    expect((await upload(await zipOf(PROJECT))).status).toBe(201);
  });

  it('gives no branch and no patch before there is code', async () => {
    const { session } = await api.app.sessions.submit(user, { mission: 'Add two numbers' });
    for (const format of ['git', 'patch']) {
      const path = `/api/v1/sessions/${session.sessionId}/export?format=${format}`;
      const { status, json } = await api.call('GET', path, { token: user.token });
      expect([status, json]).toEqual([409, expect.objectContaining({ code: 'no_code_yet' })]);
    }
  });
});
