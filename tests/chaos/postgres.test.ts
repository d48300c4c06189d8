import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { verify } from '../../scripts/chaos/verify.js';
import { createDataSource } from '../../src/db/data-source.js';
import { startCuttingProxy } from './cutting-proxy.js';
import { openStage, TEST_TIMEOUT_MS, type Stage } from './stage.js';

jest.setTimeout(TEST_TIMEOUT_MS);
let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

const cutEveryone = (): Promise<unknown> =>
  stage.witness.ask(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE pid <> pg_backend_pid() AND datname = current_database()`,
  );

describe('a Postgres that cuts its connections', () => {
  it('inside a node costs at most that node: the same worker goes on', async () => {
    const worker = await stage.worker({ delayMs: 15 });
    const sessionId = await stage.submit();
    await stage.atWork(sessionId, 'pm:0');
    await cutEveryone();
    await stage.atWork(sessionId, 'arch:0');
    await cutEveryone();
    await stage.reaches(sessionId, 'awaiting_approval');
    const completed = (await stage.steps(sessionId)).filter((step) => step.endsWith(' completed'));
    expect(completed).toEqual(['pm:0 completed', 'arch:0 completed']);
    worker.kill('SIGKILL');
    expect(await worker.ended).toBe('SIGKILL');
    expect(await verify(stage.witness, [])).toMatchObject({ duplicateEffects: 0, details: [] });
  });

  it('just when a connection has become ready fails the query and not the process', async () => {
    const proxy = await startCuttingProxy(stage.test.databaseUrl);
    const dataSource = createDataSource({ url: proxy.url, poolSize: 2 });
    await dataSource.initialize();
    proxy.cutWhenReady(true);
    // The first query has the connection that stands, so the second one opens another.
    const [, cut] = await Promise.allSettled([
      dataSource.query('SELECT pg_sleep(0.2)'),
      dataSource.query('SELECT 1'),
    ]);
    expect(cut).toMatchObject({
      status: 'rejected',
      reason: { message: expect.stringMatching(/terminat|connection error/i) },
    });
    proxy.cutWhenReady(false);
    expect(await dataSource.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await dataSource.destroy();
    await proxy.close();
  });

  it('after a commit whose answer is lost leaves the step committed once, and its execution completed', async () => {
    const proxy = await startCuttingProxy(stage.test.databaseUrl);
    const worker = await stage.worker({ databaseUrl: proxy.url });
    proxy.swallowCommitOf('INSERT INTO effects');
    const sessionId = await stage.submit();
    await proxy.swallowed;
    await stage.reaches(sessionId, 'awaiting_approval');
    expect(await stage.steps(sessionId)).toEqual(['pm:0 completed', 'arch:0 completed']);
    worker.kill('SIGKILL');
    await worker.ended;
    await proxy.close();
    expect(await verify(stage.witness, [])).toMatchObject({ duplicateEffects: 0, details: [] });
  });
});
