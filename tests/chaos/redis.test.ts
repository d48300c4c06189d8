import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { wipeRedis } from '../../scripts/chaos/wipe-redis.js';
import { repositories } from '../../src/db/repositories/index.js';
import { redisMissing, startRedis, type TestRedis } from '../../src/testing/redis.js';
import { until } from '../../src/testing/until.js';
import { openStage, TEST_TIMEOUT_MS, type Stage } from './stage.js';

jest.setTimeout(TEST_TIMEOUT_MS);
const missing = redisMissing();
const describeWithRedis = missing ? describe.skip : describe;

describeWithRedis(`a Redis that forgets${missing ? ` (skipped: ${missing})` : ''}`, () => {
  let redis: TestRedis;
  let stage: Stage;
  beforeAll(async () => {
    const started = await startRedis();
    if (!started) throw new Error('redis-server is there but did not start');
    redis = started;
    stage = await openStage(redis.url);
  });
  afterAll(async () => {
    await stage.close();
    await redis.stop();
  });

  it('loses every job, and every mission still comes to its gate', async () => {
    const sessions = await Promise.all([1, 2, 3].map(() => stage.submit()));
    await wipeRedis(redis.url);
    const worker = await stage.worker({ delayMs: 5 });
    await stage.atWork(sessions[0] ?? '', 'pm:0');
    await wipeRedis(redis.url);
    for (const sessionId of sessions) {
      await stage.reaches(sessionId, 'awaiting_approval');
      expect(await stage.steps(sessionId)).toEqual(['pm:0 completed', 'arch:0 completed']);
    }
    worker.kill('SIGKILL');
    await worker.ended;
  });

  it('has a backlog: a wake-up that was never sent, or is spent, does not wait for its end', async () => {
    const { app } = stage.test;
    const waiting = async (): Promise<number> => (await app.queue.counts()).waiting;
    const sentAgain = async (jobs: number): Promise<void> => {
      await until(`there are ${jobs} jobs`, async () => {
        await app.reconciler.pass();
        return (await waiting()) >= jobs;
      });
    };
    // Nobody works, so jobs stay in the queue.
    const [unsent, spent] = [await stage.submit(), await stage.submit()];
    await until('both are queued, and that is noted', async () => {
      const rows = await stage.witness.ask(
        'SELECT 1 FROM sessions WHERE session_id = ANY($1) AND dispatched_at IS NOT NULL',
        [[unsent, spent]],
      );
      return rows.length === 2 && (await waiting()) === 2;
    });
    await stage.witness.ask('UPDATE sessions SET dispatched_at = NULL WHERE session_id = $1', [unsent]);
    await sentAgain(3);
    const { sessions } = repositories(app.dataSource.manager);
    const claim = await sessions.claim(spent, 'a run that fails', 60);
    await sessions.release(spent, claim?.fence ?? 0, 'failed');
    await sentAgain(4);
    expect(await waiting()).toBe(4);
    await stage.worker();
    for (const sessionId of [unsent, spent]) await stage.reaches(sessionId, 'awaiting_approval');
  });

  it('is away: submitting is accepted all the same, and the mission runs once it is back', async () => {
    await redis.kill();
    const sessionId = await stage.submit();
    expect(await stage.test.app.sessions.get(stage.caller, sessionId)).toMatchObject({ status: 'pending' });
    await redis.restart();
    await stage.reaches(sessionId, 'awaiting_approval');
  });
});
