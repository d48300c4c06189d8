import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { ConflictError } from '../../src/core/errors.js';
import { openStage, TEST_TIMEOUT_MS, type Stage } from './stage.js';

jest.setTimeout(TEST_TIMEOUT_MS);
let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

describe('what comes more than once', () => {
  it('is claimed once: the same job delivered three times, at work and at the gate', async () => {
    await stage.worker({ delayMs: 10 });
    const sessionId = await stage.submit();
    await stage.atWork(sessionId, 'pm:0');
    const thrice = (): Promise<unknown> =>
      Promise.all([1, 2, 3].map(() => stage.test.app.queue.dispatch({ sessionId })));
    await thrice();
    await stage.reaches(sessionId, 'awaiting_approval');
    await thrice();
    // A later session's gate shows that the wake-ups before it have been answered.
    await stage.reaches(await stage.submit(), 'awaiting_approval');
    expect(await stage.claims(sessionId)).toBe(1);
    expect(await stage.steps(sessionId)).toEqual(['pm:0 completed', 'arch:0 completed']);
  });

  it('is accepted once: a submission that broke off before its commit is repeated under the same key', async () => {
    const { items: before } = await stage.test.app.sessions.page(stage.caller, { limit: 100 });
    const pause = await stage.pauseAt('sessions', 'BEFORE INSERT', 'true');
    const input = { mission: 'A rate limiting library', name: 'once' };
    const broken = stage.test.app.sessions.submit(stage.caller, input, 'the-key');
    const settled = broken.then(
      () => 'accepted',
      () => 'refused',
    );
    await pause.reached();
    await pause.forget();
    expect(await settled).toBe('refused');
    const again = await stage.test.app.sessions.submit(stage.caller, input, 'the-key');
    const third = await stage.test.app.sessions.submit(stage.caller, input, 'the-key');
    expect([again.created, third.created]).toEqual([true, false]);
    const { items: after } = await stage.test.app.sessions.page(stage.caller, { limit: 100 });
    expect(after).toHaveLength(before.length + 1);
  });

  it('is run once, though one worker is a minute ahead of its time and another a minute behind', async () => {
    await stage.worker({ clockAheadMs: 60_000, delayMs: 10 });
    await stage.worker({ clockAheadMs: -60_000, delayMs: 10 });
    const sessions = await Promise.all([1, 2, 3, 4].map(() => stage.submit()));
    for (const sessionId of sessions) {
      await stage.reaches(sessionId, 'awaiting_approval');
      expect(await stage.claims(sessionId)).toBe(1);
    }
  });

  it('is decided once: of fifty decisions at the same moment one stands and 49 are refused with it', async () => {
    const sessionId = await stage.submit();
    await stage.reaches(sessionId, 'awaiting_approval');
    const [gate] = await stage.test.app.approvals.list(stage.caller, sessionId);
    const artifactHashes = gate?.artifacts.map(({ sha256 }) => sha256) ?? [];
    const answers = await Promise.allSettled(
      Array.from({ length: 50 }, (_, index) =>
        stage.test.app.approvals.decide(stage.caller, gate?.id ?? '', {
          decision: 'approve',
          comment: `decision ${index}`,
          artifactHashes,
        }),
      ),
    );
    const stands = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
    expect(stands).toHaveLength(1);
    const refused = answers.flatMap((answer) =>
      answer.status === 'rejected' ? [answer.reason as unknown] : [],
    );
    for (const reason of refused) {
      expect(reason).toBeInstanceOf(ConflictError);
      expect(reason).toMatchObject({
        code: 'already_decided',
        httpStatus: 409,
        details: { approval: { status: 'approved', comment: stands[0]?.comment } },
      });
    }
  });
});
