import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createPostgresBackend, Queue } from 'bullmq';
import pg from 'pg';
import { pino } from 'pino';
import { sleep } from '../../../core/clock.js';
import { newId } from '../../../core/ids.js';
import { silentLogger } from '../../../core/logger.js';
import { spawnTypescript } from '../../../testing/child.js';
import {
  createEmptyDatabase,
  createTestDatabase,
  runOnce,
  type TestDatabase,
} from '../../../testing/database.js';
import { until } from '../../../testing/until.js';
import { queueConformance } from '../conformance.js';
import { runQueueName, type RunJob } from '../jobs.js';
import type { QueueTransaction } from '../port.js';
import { PostgresJobQueue } from './postgres-queue.js';

queueConformance('bullmq-postgres', async () => {
  const database = await createTestDatabase();
  return {
    url: database.url,
    open: (prefix, settings) =>
      new PostgresJobQueue({ databaseUrl: database.url, logger: silentLogger(), prefix, settings }),
    addRaw: async (prefix, payload) => {
      const connection = { connectionString: database.url, max: 1, migrate: true };
      const queue = new Queue(runQueueName(prefix), { connection }, createPostgresBackend);
      await queue.add('run', payload, { jobId: newId() });
      await queue.close();
    },
    drop: () => database.drop(),
  };
});

describe('the queue on Postgres', () => {
  let database: TestDatabase;
  let queue: PostgresJobQueue;
  let client: pg.Client;
  let lines: { level: number; msg: string }[];
  let tx: QueueTransaction;

  const cutAll = () =>
    client.query(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
    );

  beforeAll(async () => {
    database = await createTestDatabase();
  });
  beforeEach(async () => {
    lines = [];
    const logger = pino({ level: 'info' }, { write: (line: string) => void lines.push(JSON.parse(line)) });
    queue = new PostgresJobQueue({ databaseUrl: database.url, logger, prefix: newId() });
    client = new pg.Client(database.url);
    client.on('error', () => undefined);
    await client.connect();
    tx = { query: async (sql, params) => (await client.query(sql, params)).rows };
  });
  afterEach(async () => {
    await queue.close();
    await client.end();
  });
  afterAll(async () => {
    await database.drop();
  });

  it('delivers a job added in a transaction when that commits, and not before', async () => {
    const got: string[] = [];
    await queue.work(async (job) => void got.push(job.sessionId), { concurrency: 1 });
    await client.query('BEGIN');
    await queue.dispatch({ sessionId: 'committed' }, tx);
    await sleep(500);
    expect(got).toEqual([]);
    await client.query('COMMIT');
    // The worker sleeps on LISTEN at this point; its own next look would come after five seconds.
    await until('it came', () => got.length > 0, 4_000);
    expect(got).toEqual(['committed']);
  });

  it('forgets a job added in a transaction that is rolled back', async () => {
    await client.query('BEGIN');
    await queue.dispatch({ sessionId: 'undone' }, tx);
    await client.query('ROLLBACK');
    expect(await queue.counts()).toEqual({ waiting: 0, active: 0, failed: 0, delayed: 0 });
  });

  it('leaves the search path of the transaction as it was, also for statements sent meanwhile', async () => {
    await client.query(`CREATE TABLE IF NOT EXISTS public.job (mine int)`);
    await client.query('BEGIN');
    const [, , meanwhile] = await Promise.all([
      queue.dispatch({ sessionId: 'a' }, tx),
      queue.dispatch({ sessionId: 'b' }, tx),
      client.query('SELECT count(mine) FROM job'),
    ]);
    expect(meanwhile.rows).toEqual([{ count: '0' }]);
    expect((await client.query('SHOW search_path')).rows).toEqual([{ search_path: '"$user", public' }]);
    await client.query('COMMIT');
    expect((await queue.counts()).waiting).toBe(2);
  });

  it('lets transactions that dispatch run side by side', async () => {
    const other = new pg.Client(database.url);
    await other.connect();
    await client.query('BEGIN');
    await other.query('BEGIN');
    await queue.dispatch({ sessionId: 'one' }, tx);
    await queue.dispatch({ sessionId: 'two' }, { query: async (sql, p) => (await other.query(sql, p)).rows });
    await other.query('COMMIT');
    await client.query('COMMIT');
    await other.end();
    expect((await queue.counts()).waiting).toBe(2);
  });

  it('opens in several processes at once on an empty database', async () => {
    const empty = await createEmptyDatabase();
    const child = new URL('../conformance-child.ts', import.meta.url);
    const said = await Promise.all(
      Array.from({ length: 4 }, async () => {
        const process = spawnTypescript(child, ['bullmq-postgres', empty.url, 'same', 'open']);
        const [[message]] = await Promise.all([once(process, 'message'), once(process, 'exit')]);
        return message;
      }),
    );
    expect(said).toEqual(['opened', 'opened', 'opened', 'opened']);
    const here = Array.from(
      { length: 4 },
      () => new PostgresJobQueue({ databaseUrl: empty.url, logger: silentLogger() }),
    );
    await Promise.all(here.map((each) => each.dispatch({ sessionId: 'x' })));
    expect((await here[0]?.counts())?.waiting).toBe(4);
    await Promise.all(here.map((each) => each.close()));
    await empty.drop();
  });

  it('works on after its connections were cut, idle and in the middle of a job, without a flood of warnings', async () => {
    const got: string[] = [];
    const worker = await queue.work(
      async (job) => {
        got.push(job.sessionId);
        if (job.sessionId === 'long') await sleep(500);
      },
      { concurrency: 2 },
    );
    const sent = (sessionId: string) =>
      queue.dispatch({ sessionId }).then(
        () => true,
        () => false,
      );
    await queue.dispatch({ sessionId: 'first' });
    await until('it came', () => got.includes('first'));
    await cutAll();
    await until('it can be sent', () => sent('second'));
    await until('it came', () => got.includes('second'));
    await queue.dispatch({ sessionId: 'long' });
    await until('it runs', () => worker.running === 1);
    await cutAll();
    await until('it can be sent', () => sent('third'));
    await until('it came', () => got.includes('third'));
    expect(
      lines.filter((line) => line.msg === 'queue: Postgres is away; waiting for it to come back').length,
    ).toBeLessThanOrEqual(4);
    expect(lines.length).toBeLessThanOrEqual(10);
  });

  it('does not hammer a Postgres that answers but lets nobody in', async () => {
    const got: string[] = [];
    const work = async (job: RunJob) => {
      got.push(job.sessionId);
      await sleep(50);
    };
    await queue.work(work, { concurrency: 2 });
    // So many that the worker still has work when the door closes: then it does not wait, but asks.
    for (let i = 0; i < 100; i += 1) await queue.dispatch({ sessionId: `s${i}` });
    const admin = new URL(database.url);
    const name = admin.pathname.slice(1);
    admin.pathname = '/postgres';
    await runOnce(admin.href, `ALTER DATABASE "${name}" ALLOW_CONNECTIONS false`);
    await cutAll();
    // Unthrottled, these are hundreds of attempts, each with its own line.
    await sleep(3_000);
    expect(lines.length).toBeLessThanOrEqual(60);
    await runOnce(admin.href, `ALTER DATABASE "${name}" ALLOW_CONNECTIONS true`);
    await until('all came', () => new Set(got).size === 100);
  });

  it('keeps the options that the database URL carries', async () => {
    const url = new URL(database.url);
    url.searchParams.set('options', '-c statement_timeout=4242');
    const other = new PostgresJobQueue({ databaseUrl: url.href, logger: silentLogger(), prefix: newId() });
    await other.dispatch({ sessionId: 'x' });
    expect((await other.counts()).waiting).toBe(1);
    await other.close();
  });

  it('holds at most four connections, however much it works', async () => {
    let done = 0;
    await queue.work(async () => void (done += 1), { concurrency: 16 });
    let most = 0;
    await Promise.all(Array.from({ length: 100 }, (_, i) => queue.dispatch({ sessionId: `s${i}` })));
    await until('all are done', async () => {
      const { rows } = await client.query(
        'SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
      );
      most = Math.max(most, (rows as { n: number }[])[0]?.n ?? 0);
      return done === 100;
    });
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThanOrEqual(4);
  });

  it('refuses to dispatch, count, ping and work while Postgres is away', async () => {
    const refused = { code: 'unavailable', httpStatus: 503, retryable: true };
    const away = new PostgresJobQueue({
      databaseUrl: 'postgres://postgres@127.0.0.1:1/none',
      logger: silentLogger(),
    });
    await expect(away.dispatch({ sessionId: 'x' })).rejects.toMatchObject(refused);
    await expect(away.counts()).rejects.toMatchObject(refused);
    await expect(away.ping()).rejects.toMatchObject(refused);
    await expect(away.work(() => Promise.resolve(), { concurrency: 1 })).rejects.toMatchObject(refused);
    await away.close();
  });
});
