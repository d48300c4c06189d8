import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { wipeRedis } from '../../scripts/chaos/wipe-redis.js';
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

  it('has a backlog: a wake-up that was never sent does not wait for its end', async () => {
    // Nobody works, so the first one's job stays in the queue.
    const queued = await stage.submit();
    await until('it is queued', async () => (await stage.test.app.queue.counts()).waiting > 0);
    const unsent = await stage.submit();
    await until('it is queued, too, and that is noted', async () => {
      const rows = await stage.witness.ask(
        'SELECT 1 FROM sessions WHERE session_id = $1 AND dispatched_at IS NOT NULL',
        [unsent],
      );
      return rows.length > 0 && (await stage.test.app.queue.counts()).waiting > 1;
    });
    await stage.witness.ask('UPDATE sessions SET dispatched_at = NULL WHERE session_id = $1', [unsent]);
    await until('it is sent again', async () => {
      await stage.test.app.reconciler.pass();
      return (await stage.test.app.queue.counts()).waiting > 2;
    });
    await stage.worker();
    for (const sessionId of [queued, unsent]) {
      await stage.reaches(sessionId, 'awaiting_approval');
      expect(await stage.claims(sessionId)).toBe(1);
    }
  });

  it('is away: submitting is accepted all the same, and the mission runs once it is back', async () => {
    await redis.kill();
    const sessionId = await stage.submit();
    expect(await stage.test.app.sessions.get(stage.caller, sessionId)).toMatchObject({ status: 'pending' });
    await redis.restart();
    await stage.reaches(sessionId, 'awaiting_approval');
  });
});
