import { readdir, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DiskStore } from '../../adapters/storage/disk/disk-store.js';
import { repositories } from '../../db/repositories/index.js';
import { zipOf } from '../../testing/archives.js';
import { approve } from '../../testing/app.js';
import { sumMission, type SumMission } from '../../testing/sum-mission.js';

const DAY = 86_400_000;

describe('retention', () => {
  let mission: SumMission;
  let store: DiskStore;
  let waiting: string;
  let finished: string;

  const query = async <T>(sql: string, values: unknown[] = []): Promise<T[]> =>
    mission.test.app.dataSource.query(sql, values);
  const checkpoints = async (id: string): Promise<number> =>
    (
      await query<{ n: number }>(`SELECT count(*)::integer AS n FROM checkpoints WHERE thread_id = $1`, [id])
    )[0]?.n ?? 0;
  const run = async (dryRun = false) => mission.test.app.retention.run(mission.caller, dryRun);
  /** Makes every content of the store so many days old. */
  const age = async (days: number): Promise<void> => {
    const root = join(mission.test.dataDir, 'artifacts');
    const then = new Date(Date.now() - days * DAY);
    for (const folder of await readdir(root))
      for (const name of await readdir(join(root, folder)))
        await utimes(join(root, folder, name), then, then);
  };

  beforeAll(async () => {
    mission = await sumMission('end');
    finished = mission.id;
    const { app, dataDir } = mission.test;
    store = new DiskStore(join(dataDir, 'artifacts'));
    const another = await app.sessions.submit(mission.caller, { mission: 'Add two numbers' });
    waiting = another.session.sessionId;
    await mission.go(waiting);
    // The gate's session is old as well: only that it waits may keep it.
    await query(`UPDATE sessions SET created_at = now() - interval '200 days'`);
    await query(`UPDATE sessions SET completed_at = now() - interval '200 days' WHERE session_id = $1`, [
      finished,
    ]);
  });
  afterAll(async () => mission.test.close());

  it('says first what would go, and leaves it', async () => {
    const before = await checkpoints(finished);
    const report = await run(true);
    expect(report).toMatchObject({ dryRun: true, sessions: 1, checkpoints: before - 1 });
    expect(report?.calls).toBeGreaterThan(0);
    expect(await checkpoints(finished)).toBe(before);
    expect(await run(true)).toEqual(report);
  });

  it('keeps all of a session that ended lately', async () => {
    await query(`UPDATE sessions SET completed_at = now() - interval '29 days' WHERE session_id = $1`, [
      finished,
    ]);
    expect(await run()).toMatchObject({ calls: 0, checkpoints: 0, sources: 0, contents: 0 });
    await query(`UPDATE sessions SET completed_at = now() - interval '200 days' WHERE session_id = $1`, [
      finished,
    ]);
  });

  it('lets go of what it said, and never of what a waiting session needs', async () => {
    const needed = await checkpoints(waiting);
    const dry = await run(true);
    expect(await run()).toEqual({ ...dry, dryRun: false });
    expect(await checkpoints(finished)).toBe(1);
    expect(await checkpoints(waiting)).toBe(needed);
    const { usage } = repositories(mission.test.app.dataSource.manager);
    expect((await usage.calls(finished)).every(({ bodiesPrunedAt }) => bodiesPrunedAt !== null)).toBe(true);
    expect((await usage.calls(waiting)).every(({ bodiesPrunedAt }) => bodiesPrunedAt === null)).toBe(true);
    expect(await run()).toMatchObject({ calls: 0, checkpoints: 0 });
  });

  it('takes contents out of the store only when they are old and nothing refers to them', async () => {
    const lost = await store.put(Buffer.from('nobody knows me'));
    expect(await run()).toMatchObject({ contents: 0 });
    await age(10);
    // Put again lately: somebody is about to refer to it.
    const again = await store.put(Buffer.from('nobody knows me yet'));
    await store.put(Buffer.from('nobody knows me yet'));
    const report = await run();
    expect(report?.contents).toBeGreaterThan(1);
    await expect(store.get(lost)).rejects.toThrow(/not found|no .*content/i);
    await expect(store.get(again)).resolves.toBeDefined();
    for (const { contentHash } of await mission.test.app.artifacts.list(mission.caller, finished))
      await expect(store.get(contentHash ?? '')).resolves.toBeDefined();
    for (const call of await repositories(mission.test.app.dataSource.manager).usage.calls(waiting))
      await expect(store.get(call.requestHash ?? '')).resolves.toBeDefined();
  });

  it('leaves a finished session one that can be begun again, and a waiting one that goes on', async () => {
    const { app } = mission.test;
    await app.steering.rerun(mission.caller, finished, { phase: 'qa' });
    expect((await mission.go(finished)).status).toBe('completed');
    await approve(app, mission.caller, waiting);
    expect((await mission.go(waiting)).status).toBe('completed');
  });

  it('keeps the uploads that sessions start from, with every file, and no others', async () => {
    const { app } = mission.test;
    const used = await app.sources.importArchive(
      mission.caller,
      await zipOf({ 'src/used.js': 'export {};\n' }),
    );
    const unused = await app.sources.importArchive(
      mission.caller,
      await zipOf({ 'src/other.js': 'let a;\n' }),
    );
    await app.sessions.submit(mission.caller, {
      mission: 'Mend it',
      options: { source: { kind: 'archive', sourceId: used.sourceId } },
    });
    await query(`UPDATE sources SET created_at = now() - interval '31 days'`);
    await age(10);
    // The manifest and the file, and what nobody has referred to since it was put.
    expect(await run()).toMatchObject({ sources: 1, contents: 3 });
    const rows = await query<{ id: string; manifest_hash: string }>('SELECT id, manifest_hash FROM sources');
    expect(rows.map(({ id }) => id)).toEqual([used.sourceId]);
    expect(rows.map(({ id }) => id)).not.toContain(unused.sourceId);
    const manifest = (await store.get(rows[0]?.manifest_hash ?? '')).toString('utf8');
    const [, file = ''] = /"sha256":"([0-9a-f]{64})"/.exec(manifest) ?? [];
    expect((await store.get(file)).toString('utf8')).toBe('export {};\n');
  });

  it('lets go of mails and deliveries that are done with, and never of what is still to be sent', async () => {
    await query('DELETE FROM outbox');
    await query(
      `INSERT INTO webhooks (id, user_id, url, secret_encrypted)
      VALUES ('hook', $1, 'https://example.org', 'x')`,
      [mission.caller.userId],
    );
    // Sent long ago, given up long ago, sent lately, waiting since long ago.
    await query(`INSERT INTO outbox (topic, payload, created_at, sent_at, failed_at)
      VALUES ('mail', '{"n":1}', now() - interval '40 days', now() - interval '31 days', NULL),
             ('mail', '{"n":2}', now() - interval '40 days', NULL, now() - interval '31 days'),
             ('notice', '{"n":3}', now() - interval '40 days', now() - interval '29 days', NULL),
             ('mail', '{"n":4}', now() - interval '400 days', NULL, NULL)`);
    await query(`INSERT INTO webhook_deliveries
             (webhook_id, delivery_id, event, payload, status, delivered_at, next_attempt_at)
      VALUES ('hook', 'sent', 'failed', '{}', 'delivered', now() - interval '31 days', now() - interval '31 days'),
             ('hook', 'gone', 'failed', '{}', 'failed', NULL, now() - interval '31 days'),
             ('hook', 'late', 'failed', '{}', 'failed', NULL, now() - interval '29 days'),
             ('hook', 'due', 'failed', '{}', 'pending', NULL, now() - interval '400 days')`);
    expect(await run(true)).toMatchObject({ notices: 4 });
    expect(await run()).toMatchObject({ notices: 4 });
    expect(await query(`SELECT payload ->> 'n' AS n FROM outbox ORDER BY id`)).toEqual([
      { n: '3' },
      { n: '4' },
    ]);
    const left = await query<{ id: string }>(`SELECT delivery_id AS id FROM webhook_deliveries ORDER BY 1`);
    expect(left.map(({ id }) => id)).toEqual(['due', 'late']);
  });

  it('is for administrators', async () => {
    const person = await mission.test.person('approver');
    await expect(mission.test.app.retention.run(person, true)).rejects.toThrow(/admin/);
  });
});
