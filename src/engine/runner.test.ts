import { afterEach, describe, expect, it } from '@jest/globals';
import { poolOf } from '../db/data-source.js';
import { repositories } from '../db/repositories/index.js';
import { approve, startTestApp, type TestApp } from '../testing/app.js';
import { sumCatalog, type SumScript } from '../testing/studio-script.js';
import { FencedSaver } from './fenced-saver.js';

const MISSION = { mission: 'Add two numbers' };
const UNSANDBOXED = { ATELIER_ALLOW_UNSANDBOXED: '1' };
const idle = new AbortController().signal;

let test: TestApp;
afterEach(async () => test.close());

async function start(faults: SumScript = {}, env: NodeJS.ProcessEnv = {}) {
  const catalog = sumCatalog(faults);
  test = await startTestApp({ catalog }, { ...UNSANDBOXED, ...env });
  const caller = await test.person();
  const { session } = await test.app.sessions.submit(caller, MISSION);
  return { catalog, caller, sessionId: session.sessionId, app: test.app };
}

const tasks = (catalog: { calls: readonly { task: string }[] }): string[] =>
  catalog.calls.map(({ task }) => task);

/** A promise that a test resolves when it pleases. */
function latch(): { opened: Promise<void>; open: () => void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

describe('a run', () => {
  it('is claimed once, however often its wake-up is delivered', async () => {
    const { app, sessionId, catalog } = await start();
    const other = await test.another();
    const ends = await Promise.all([
      app.runner.run(sessionId, idle),
      app.runner.run(sessionId, idle),
      other.runner.run(sessionId, idle),
    ]);
    expect(ends.toSorted()).toEqual(['settled', 'stale', 'stale']);
    expect(await app.runner.run(sessionId, idle)).toBe('stale');
    expect(tasks(catalog)).toEqual(['write_prd', 'write_tech_spec']);
  });

  it('that lost its lease writes nothing more, and its successor finishes', async () => {
    const inside = latch();
    const release = latch();
    const { app, sessionId, caller } = await start({
      async write_prd({ n }) {
        if (n > 1) return undefined;
        inside.open();
        await release.opened;
        return { title: 'From the zombie', prd: 'x' };
      },
    });
    const zombie = app.runner.run(sessionId, idle);
    await inside.opened;
    await app.dataSource.query(
      `UPDATE sessions SET lease_until = clock_timestamp() - interval '1 second' WHERE session_id = $1`,
      [sessionId],
    );
    const successor = await test.another();
    expect(await successor.runner.run(sessionId, idle)).toBe('settled');
    release.open();
    expect(await zombie).toBe('lost');
    const executions = await app.activity.executions(caller, sessionId, 0, 10);
    expect(executions.map(({ stepKey, status }) => [stepKey, status])).toEqual([
      ['pm:0', 'interrupted'],
      ['pm:0', 'completed'],
      ['arch:0', 'completed'],
    ]);
    const prds = (await app.artifacts.list(caller, sessionId)).filter(
      ({ artifactType }) => artifactType === 'prd',
    );
    expect(prds).toHaveLength(1);
  });

  it('refuses a checkpoint under an old fence, and writes none of its rows', async () => {
    const { app, sessionId } = await start();
    await app.runner.run(sessionId, idle);
    const count = async () => {
      const [row]: { n: number }[] = await app.dataSource.query(
        `SELECT (SELECT count(*) FROM langgraph.checkpoints)::integer + (SELECT count(*) FROM langgraph.checkpoint_blobs)::integer
              + (SELECT count(*) FROM langgraph.checkpoint_writes)::integer AS n`,
      );
      return row?.n;
    };
    const before = await count();
    const saver = new FencedSaver(poolOf(app.dataSource), sessionId, 0);
    const config = { configurable: { thread_id: sessionId, checkpoint_ns: '' } };
    const checkpoint = {
      v: 4,
      id: '1ef00000-0000-6000-8000-000000000000',
      ts: new Date().toISOString(),
      channel_values: { mission: 'forged' },
      channel_versions: { mission: 1 },
      versions_seen: {},
    };
    await expect(
      saver.put(config, checkpoint, { source: 'loop', step: 1, parents: {} }, { mission: 1 }),
    ).rejects.toMatchObject({ code: 'lease_lost' });
    await expect(
      saver.putWrites(
        { configurable: { ...config.configurable, checkpoint_id: checkpoint.id } },
        [['mission', 'x']],
        't',
      ),
    ).rejects.toMatchObject({ code: 'lease_lost' });
    expect(await count()).toBe(before);
  });

  it('does a step once, even when the process dies between its commit and the checkpoint', async () => {
    const { app, sessionId, catalog, caller } = await start();
    // The checkpoint after `pm` fails as if the connection had broken; the step's own commit stands.
    await app.dataSource.query(`
      CREATE FUNCTION refuse_checkpoint() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF EXISTS (SELECT 1 FROM effects WHERE session_id = NEW.thread_id) THEN
          RAISE EXCEPTION 'terminating connection' USING ERRCODE = '57P01';
        END IF;
        RETURN NEW;
      END $$`);
    await app.dataSource.query(`
      CREATE TRIGGER refuse BEFORE INSERT ON langgraph.checkpoint_writes FOR EACH ROW EXECUTE FUNCTION refuse_checkpoint()`);
    expect(await app.runner.run(sessionId, idle)).toBe('released');
    expect(tasks(catalog)).toEqual(['write_prd']);
    await app.dataSource.query('DROP TRIGGER refuse ON langgraph.checkpoint_writes');
    expect(await app.runner.run(sessionId, idle)).toBe('settled');
    expect(tasks(catalog)).toEqual(['write_prd', 'write_tech_spec']);
    expect(
      (await app.artifacts.list(caller, sessionId)).filter(({ artifactType }) => artifactType === 'prd'),
    ).toHaveLength(1);
  });

  it('stops when its session is cancelled, and what it was doing is not written', async () => {
    const inside = latch();
    const { app, sessionId, caller } = await start(
      {
        async write_prd({ signal }) {
          inside.open();
          await new Promise((resolve) => signal?.addEventListener('abort', resolve));
          return undefined;
        },
      },
      { ATELIER_LEASE_SECONDS: '1' },
    );
    const run = app.runner.run(sessionId, idle);
    await inside.opened;
    await app.sessions.cancel(caller, sessionId);
    expect(['lost', 'settled']).toContain(await run);
    expect((await app.sessions.get(caller, sessionId)).status).toBe('cancelled');
    expect(await app.artifacts.list(caller, sessionId)).toEqual([]);
  });

  it('gives its lease back when the worker goes down, and is taken up where it stood', async () => {
    const inside = latch();
    const { app, sessionId, caller, catalog } = await start({
      async write_tech_spec({ signal, n }) {
        if (n > 1) return undefined;
        inside.open();
        await new Promise((resolve) => signal?.addEventListener('abort', resolve));
        return undefined;
      },
    });
    const worker = new AbortController();
    const run = app.runner.run(sessionId, worker.signal);
    await inside.opened;
    worker.abort();
    expect(await run).toBe('released');
    expect((await app.sessions.get(caller, sessionId)).leaseOwner).toBeNull();
    expect(await app.runner.run(sessionId, idle)).toBe('settled');
    expect(tasks(catalog)).toEqual(['write_prd', 'write_tech_spec', 'write_tech_spec']);
  });

  it('ends in needs_attention when it is taken up again and again without progress', async () => {
    const { app, sessionId, caller } = await start();
    await app.dataSource.query('UPDATE sessions SET attempts = 10 WHERE session_id = $1', [sessionId]);
    expect(await app.runner.run(sessionId, idle)).toBe('settled');
    const session = await app.sessions.get(caller, sessionId);
    expect(session).toMatchObject({ status: 'needs_attention', error: { code: 'too_many_attempts' } });
    await app.sessions.retry(caller, sessionId);
    expect(await app.runner.run(sessionId, idle)).toBe('settled');
    expect((await app.sessions.get(caller, sessionId)).status).toBe('awaiting_approval');
  });
});

describe('the reconciler', () => {
  it('sends a wake-up again that was lost, and one whose run died', async () => {
    const { app, sessionId, caller } = await start();
    await app.dataSource.query('DELETE FROM bullmq.job').catch(() => undefined);
    await app.dataSource.query(
      `UPDATE sessions SET dispatched_at = clock_timestamp() - interval '1 minute',
              lease_owner = 'dead', lease_until = clock_timestamp() - interval '1 second' WHERE session_id = $1`,
      [sessionId],
    );
    await app.startWorker();
    const { fence } = await test.until(caller, sessionId, 'awaiting_approval');
    expect(fence).toBe(1);
  });

  it('lets a gate expire that nobody answered, and a retry opens it again', async () => {
    const { app, sessionId, caller } = await start();
    await app.runner.run(sessionId, idle);
    const [gate] = await app.approvals.list(caller, sessionId);
    await app.dataSource.query(`UPDATE approvals SET expires_at = clock_timestamp() - interval '1 second'`);
    await app.reconciler.pass();
    expect(await app.sessions.get(caller, sessionId)).toMatchObject({
      status: 'expired',
      error: { code: 'gate_expired' },
    });
    expect((await app.approvals.get(caller, gate?.id ?? '')).status).toBe('expired');
    await app.sessions.retry(caller, sessionId);
    await app.runner.run(sessionId, idle);
    expect((await app.approvals.get(caller, gate?.id ?? '')).status).toBe('pending');
    await approve(app, caller, sessionId);
    await app.runner.run(sessionId, idle);
    expect((await app.sessions.get(caller, sessionId)).status).toBe('completed');
  });

  it('keeps the audit chain whole through all of it', async () => {
    const { app, sessionId, caller } = await start();
    await app.runner.run(sessionId, idle);
    await approve(app, caller, sessionId);
    await app.runner.run(sessionId, idle);
    const { audit } = repositories(app.dataSource.manager);
    expect(await audit.firstBroken()).toBeNull();
    await app.dataSource.query('ALTER TABLE audit_log DISABLE TRIGGER append_only_audit_log');
    await app.dataSource.query(`UPDATE audit_log SET details = '{"forged": true}' WHERE id = 3`);
    expect(await audit.firstBroken()).toBe(3);
  });
});
