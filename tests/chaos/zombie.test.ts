import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { verify } from '../../scripts/chaos/verify.js';
import { until } from '../../src/testing/until.js';
import { openStage, TEST_TIMEOUT_MS, type Stage } from './stage.js';

jest.setTimeout(TEST_TIMEOUT_MS);
let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

describe('a worker that sleeps past its lease', () => {
  it('finds its writes refused when it wakes, and the checkpoints are one chain', async () => {
    const zombie = await stage.worker({ delayMs: 25 });
    const sessionId = await stage.submit();
    await stage.atWork(sessionId, 'pm:0');
    zombie.kill('SIGSTOP');
    const successor = await stage.worker();
    await stage.reaches(sessionId, 'awaiting_approval');
    zombie.kill('SIGCONT');
    await until('the zombie has learnt it', () => zombie.log().includes('its lease went to another'), 60_000);
    expect(await stage.steps(sessionId)).toEqual(['pm:0 interrupted', 'pm:0 completed', 'arch:0 completed']);
    expect(await stage.claims(sessionId)).toBe(2);
    zombie.kill('SIGKILL');
    successor.kill('SIGKILL');
    await Promise.all([zombie.ended, successor.ended]);
    expect(await verify(stage.witness, [])).toMatchObject({
      duplicateEffects: 0,
      forkedCheckpoints: 0,
      details: [],
    });
  });

  it('in the middle of a transaction holds nobody up: its session goes on, and so does everyone else', async () => {
    // After the audit row: the transaction holds the session's row and the one lock of the audit chain.
    const pause = await stage.pauseAt('audit_log', 'AFTER INSERT', `NEW.event_type = 'agent_completed'`);
    const zombie = await stage.worker();
    const sessionId = await stage.submit();
    await pause.reached();
    zombie.kill('SIGSTOP');
    await pause.release();
    const successor = await stage.worker();
    const other = await stage.submit();
    await stage.reaches(sessionId, 'awaiting_approval');
    await stage.reaches(other, 'awaiting_approval');
    zombie.kill('SIGCONT');
    await until('the zombie has learnt it', () =>
      /lease went to another|could not be settled/.test(zombie.log()),
    );
    zombie.kill('SIGKILL');
    successor.kill('SIGKILL');
    await Promise.all([zombie.ended, successor.ended]);
    expect(await verify(stage.witness, [])).toMatchObject({
      duplicateEffects: 0,
      forkedCheckpoints: 0,
      details: [],
    });
  });
});
