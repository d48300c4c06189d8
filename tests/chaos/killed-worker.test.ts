import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { verify } from '../../scripts/chaos/verify.js';
import { approve } from '../../src/testing/app.js';
import { openStage, TEST_TIMEOUT_MS, type Pause, type Stage } from './stage.js';

jest.setTimeout(TEST_TIMEOUT_MS);
const SLOW = { delayMs: 25 };
let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

/** Kills a worker while Postgres holds back one of its statements, which then never happens; starts another. */
async function killAt(pause: Pause, { sessionId, first }: { sessionId: string; first: Killable }) {
  await pause.reached();
  first.kill('SIGKILL');
  await first.ended;
  await pause.forget();
  const second = await stage.worker();
  return { sessionId, second };
}
interface Killable {
  kill(signal: NodeJS.Signals): void;
  ended: Promise<unknown>;
}

/** Ends a worker that has nothing more to do, so that the next test's sessions are its own workers'. */
async function dismiss(worker: Killable): Promise<void> {
  worker.kill('SIGKILL');
  await worker.ended;
}

async function expectCleanBooks(): Promise<void> {
  const {
    lost: _lost,
    accepted: _accepted,
    completed: _completed,
    ...books
  } = await verify(stage.witness, []);
  expect(books).toEqual({
    duplicateEffects: 0,
    forkedCheckpoints: 0,
    eventGaps: 0,
    brokenAudit: 0,
    openExecutions: 0,
    details: [],
  });
}

describe('a worker that is killed', () => {
  it('between its claim and the first step leaves a session that another worker takes from the start', async () => {
    const pause = await stage.pauseAt('langgraph.checkpoints', 'BEFORE INSERT', 'true');
    const first = await stage.worker();
    const sessionId = await stage.submit();
    const { second } = await killAt(pause, { sessionId, first });
    await stage.reaches(sessionId, 'awaiting_approval');
    expect(await stage.steps(sessionId)).toEqual(['pm:0 completed', 'arch:0 completed']);
    expect(await stage.claims(sessionId)).toBe(2);
    await dismiss(second);
    await expectCleanBooks();
  });

  it('between an effect and its checkpoint does not have the step done again', async () => {
    const pause = await stage.pauseAt(
      'langgraph.checkpoint_writes',
      'BEFORE INSERT',
      `EXISTS (SELECT 1 FROM effects WHERE session_id = NEW.thread_id AND step_key = 'pm:0')`,
    );
    const first = await stage.worker();
    const sessionId = await stage.submit();
    const { second } = await killAt(pause, { sessionId, first });
    await stage.reaches(sessionId, 'awaiting_approval');
    expect(await stage.steps(sessionId)).toEqual(['pm:0 completed', 'arch:0 completed']);
    await dismiss(second);
    await expectCleanBooks();
  });

  it('between the interrupt and the status row opens the gate once and runs no node again', async () => {
    const pause = await stage.pauseAt('approvals', 'BEFORE INSERT', 'true');
    const first = await stage.worker();
    const sessionId = await stage.submit();
    const { second } = await killAt(pause, { sessionId, first });
    await stage.reaches(sessionId, 'awaiting_approval');
    expect(await stage.steps(sessionId)).toEqual(['pm:0 completed', 'arch:0 completed']);
    expect(await stage.test.app.approvals.list(stage.caller, sessionId)).toHaveLength(1);
    await dismiss(second);
    await expectCleanBooks();
  });

  it('inside eng after the approval has one node run again, and the decision stands unasked', async () => {
    const first = await stage.worker(SLOW);
    const sessionId = await stage.submit();
    await stage.reaches(sessionId, 'awaiting_approval');
    await approve(stage.test.app, stage.caller, sessionId);
    await stage.atWork(sessionId, 'eng:0:1');
    first.kill('SIGKILL');
    await first.ended;
    const second = await stage.worker();
    await stage.reaches(sessionId, 'completed');
    const steps = await stage.steps(sessionId);
    expect(steps.filter((step) => step.startsWith('eng:0:1'))).toEqual([
      'eng:0:1 interrupted',
      'eng:0:1 completed',
    ]);
    expect(steps.filter((step) => !step.endsWith(' completed'))).toEqual(['eng:0:1 interrupted']);
    expect(await stage.test.app.approvals.list(stage.caller, sessionId)).toEqual([
      expect.objectContaining({ status: 'approved' }),
    ]);
    await dismiss(second);
    await expectCleanBooks();
  });

  it('after the graph has ended, before the status says so, has no node run again', async () => {
    const pause = await stage.pauseAt('sessions', 'BEFORE UPDATE', `NEW.status = 'completed'`);
    const first = await stage.worker();
    const sessionId = await stage.submit();
    await stage.reaches(sessionId, 'awaiting_approval');
    await approve(stage.test.app, stage.caller, sessionId);
    await pause.reached();
    const before = await stage.steps(sessionId);
    const { second } = await killAt(pause, { sessionId, first });
    await stage.reaches(sessionId, 'completed');
    expect(await stage.steps(sessionId)).toEqual(before);
    await dismiss(second);
    await expectCleanBooks();
  });
});

describe('all workers', () => {
  it('killed at once leave nothing behind that one new worker does not finish', async () => {
    const workers = await Promise.all([stage.worker(SLOW), stage.worker(SLOW)]);
    const sessions = await Promise.all([1, 2, 3].map(() => stage.submit()));
    for (const sessionId of sessions) await stage.atWork(sessionId, 'pm:0');
    await Promise.all(workers.map(dismiss));
    const second = await stage.worker();
    for (const sessionId of sessions) {
      await stage.reaches(sessionId, 'awaiting_approval');
      expect(await stage.steps(sessionId)).toEqual([
        'pm:0 interrupted',
        'pm:0 completed',
        'arch:0 completed',
      ]);
    }
    await dismiss(second);
    await expectCleanBooks();
  });
});

describe('a worker that is told to go', () => {
  it('gives its lease back, long before it would have run out, and another goes on', async () => {
    const first = await stage.worker({ leaseSeconds: 600, delayMs: 1000 });
    const sessionId = await stage.submit();
    await stage.atWork(sessionId, 'pm:0');
    first.kill('SIGTERM');
    expect(await first.ended).toBe(0);
    expect(await stage.test.app.sessions.get(stage.caller, sessionId)).toMatchObject({ leaseOwner: null });
    const second = await stage.worker();
    await stage.reaches(sessionId, 'awaiting_approval');
    expect(await stage.steps(sessionId)).toEqual(['pm:0 interrupted', 'pm:0 completed', 'arch:0 completed']);
    await dismiss(second);
    await expectCleanBooks();
  });
});
