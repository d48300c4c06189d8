import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { until } from '../../src/testing/until.js';
import { openStage, TEST_TIMEOUT_MS, type Stage, type StagedWorker } from './stage.js';

jest.setTimeout(TEST_TIMEOUT_MS);
let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

const FAST = { leaseSeconds: 1 };

/** Starts workers one after the other; each is ended in the given way as soon as it has claimed the session. */
async function endTimes(times: number, sessionId: string, signal: NodeJS.Signals): Promise<void> {
  let next: Promise<StagedWorker> = stage.worker({ ...FAST, delayMs: 1000 });
  for (let time = 1; time <= times; time += 1) {
    const worker = await next;
    await until(`claim ${time}`, async () => (await stage.claims(sessionId)) >= time, 90_000);
    worker.kill(signal);
    next = time < times ? stage.worker({ ...FAST, delayMs: 1000 }) : next;
    await worker.ended;
  }
}

describe('a session whose workers die under it', () => {
  it('five times still finishes, and no step is done twice', async () => {
    const sessionId = await stage.submit();
    await endTimes(5, sessionId, 'SIGKILL');
    const survivor = await stage.worker(FAST);
    await stage.reaches(sessionId, 'awaiting_approval');
    const completed = (await stage.steps(sessionId)).filter((step) => step.endsWith(' completed'));
    expect(completed).toEqual(['pm:0 completed', 'arch:0 completed']);
    survivor.kill('SIGKILL');
    await survivor.ended;
  });

  it('more often than the setting allows comes to a stop that people see and can retry', async () => {
    await stage.test.app.settings.set('maxRunAttempts', 2, { userId: stage.caller.userId });
    const sessionId = await stage.submit();
    await endTimes(2, sessionId, 'SIGKILL');
    const survivor = await stage.worker(FAST);
    await stage.reaches(sessionId, 'needs_attention');
    expect(await stage.test.app.sessions.get(stage.caller, sessionId)).toMatchObject({
      error: { code: 'too_many_attempts' },
    });
    await stage.test.app.sessions.retry(stage.caller, sessionId);
    await stage.reaches(sessionId, 'awaiting_approval');
    survivor.kill('SIGKILL');
    await survivor.ended;
  });

  it('is not blamed for workers that were told to go', async () => {
    await stage.test.app.settings.set('maxRunAttempts', 1, { userId: stage.caller.userId });
    const sessionId = await stage.submit();
    await endTimes(1, sessionId, 'SIGTERM');
    await stage.worker(FAST);
    await stage.reaches(sessionId, 'awaiting_approval');
    expect((await stage.steps(sessionId))[0]).toBe('pm:0 interrupted');
  });
});
