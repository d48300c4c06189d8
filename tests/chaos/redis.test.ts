import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { wipeRedis } from '../../scripts/chaos/wipe-redis.js';
import { redisMissing, startRedis, type TestRedis } from '../../src/testing/redis.js';
import { openStage, type Stage } from './stage.js';

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
    await stage.worker({ delayMs: 5 });
    await stage.atWork(sessions[0] ?? '', 'pm:0');
    await wipeRedis(redis.url);
    for (const sessionId of sessions) {
      await stage.reaches(sessionId, 'awaiting_approval');
      expect(await stage.steps(sessionId)).toEqual(['pm:0 completed', 'arch:0 completed']);
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
