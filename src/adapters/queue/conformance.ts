import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { sleep } from '../../core/clock.js';
import { newId } from '../../core/ids.js';
import { spawnTypescript } from '../../testing/child.js';
import { until } from '../../testing/until.js';
import type { JobQueue } from './port.js';
import type { QueueSettings } from './settings.js';

/** Locks so short that a dead process is missed within a second. */
const SHORT_LOCKS: Partial<QueueSettings> = { lockDuration: 600, stalledInterval: 300, runRetryDelay: 200 };

/** One backend with a store of its own, as the suite needs it. */
export interface QueueStore {
  url: string;
  /** A queue on that store; those with the same prefix share their jobs. */
  open(prefix: string, settings?: Partial<QueueSettings>): JobQueue;
  /** Adds a job with any payload, past `dispatch`. */
  addRaw(prefix: string, payload: unknown): Promise<void>;
  drop(): Promise<void>;
}

/**
 * What every `JobQueue` promises, as tests. A new backend is trustworthy once it passes.
 * @param startStore gives the backend's store; called once
 * @param skip why the store cannot be had here; the suite is then skipped under a title that says so
 */
export function queueConformance(
  name: JobQueue['name'],
  startStore: () => Promise<QueueStore>,
  skip?: string,
): void {
  const suite = skip ? describe.skip : describe;
  suite(`${name} keeps the queue port's promises${skip ? ` (skipped: ${skip})` : ''}`, () => {
    let store: QueueStore;
    let prefix: string;
    const opened: JobQueue[] = [];
    const open = (settings?: Partial<QueueSettings>): JobQueue => {
      const queue = store.open(prefix, settings);
      opened.push(queue);
      return queue;
    };

    beforeAll(async () => {
      store = await startStore();
    });
    beforeEach(() => {
      prefix = newId();
    });
    afterEach(async () => {
      await Promise.all(opened.splice(0).map((queue) => queue.close()));
    });
    afterAll(async () => {
      await store.drop();
    });

    it('delivers each dispatch once, with its reason and the time it was sent', async () => {
      const queue = open();
      const got: unknown[] = [];
      await queue.work(async (job) => void got.push(job), { concurrency: 4 });
      const before = Date.now();
      await queue.dispatch({ sessionId: 'a', reason: 'submitted' });
      await queue.dispatch({ sessionId: 'b', dispatchedAt: 17 });
      await until('both came', () => got.length >= 2);
      await until('nothing is left', async () => idle(await queue.counts()));
      expect(got).toHaveLength(2);
      expect(got).toContainEqual({ sessionId: 'b', dispatchedAt: 17 });
      expect(got).toContainEqual({ sessionId: 'a', reason: 'submitted', dispatchedAt: expect.any(Number) });
      const first = got.find((job) => (job as { sessionId: string }).sessionId === 'a');
      expect((first as { dispatchedAt: number }).dispatchedAt).toBeGreaterThanOrEqual(before);
    });

    it('delivers two dispatches of one session as two, also when the first is still running', async () => {
      const queue = open();
      let deliveries = 0;
      await queue.work(
        async (_job, signal) => {
          deliveries += 1;
          await sleep(300, signal);
        },
        { concurrency: 4 },
      );
      await queue.dispatch({ sessionId: 'same' });
      await until('the first runs', () => deliveries === 1);
      await queue.dispatch({ sessionId: 'same' });
      await until('the second came', () => deliveries > 1);
      await until('nothing is left', async () => idle(await queue.counts()));
      expect(deliveries).toBe(2);
    });

    it('keeps jobs that were dispatched while nobody worked', async () => {
      await open().dispatch({ sessionId: 'early' });
      const got: string[] = [];
      await open().work(async (job) => void got.push(job.sessionId), { concurrency: 1 });
      await until('it came', () => got.length > 0);
      expect(got).toEqual(['early']);
    });

    it('never runs more handlers at once than it was told, and as many as it may', async () => {
      const queue = open();
      let running = 0;
      let most = 0;
      let done = 0;
      const worker = await queue.work(
        async () => {
          running += 1;
          most = Math.max(most, running);
          expect(worker.running).toBeLessThanOrEqual(3);
          await sleep(50);
          running -= 1;
          done += 1;
        },
        { concurrency: 3 },
      );
      await Promise.all(Array.from({ length: 15 }, (_, i) => queue.dispatch({ sessionId: `s${i}` })));
      await until('all are done', () => done === 15);
      expect(most).toBe(3);
      await until('none runs', () => worker.running === 0);
    });

    it('delivers 200 jobs among two workers, each once', async () => {
      const got: string[] = [];
      const queue = open();
      for (const each of [queue, open()])
        await each.work(async (job) => void got.push(job.sessionId), { concurrency: 8 });
      const sent = Array.from({ length: 200 }, (_, i) => `session-${i}`);
      await Promise.all(sent.map((sessionId) => queue.dispatch({ sessionId })));
      await until('all came', () => got.length >= 200);
      await until('nothing is left', async () => idle(await queue.counts()));
      expect(got.toSorted()).toEqual(sent.toSorted());
    });

    it('goes on after a handler that throws, counts it as failed, and does not deliver its job again', async () => {
      const queue = open(SHORT_LOCKS);
      const got: string[] = [];
      await queue.work(
        (job) => {
          got.push(job.sessionId);
          if (job.sessionId === 'sync') throw new Error('before the first await');
          return job.sessionId === 'bad' ? Promise.reject(new Error('on purpose')) : Promise.resolve();
        },
        { concurrency: 1 },
      );
      for (const sessionId of ['bad', 'sync', 'good']) await queue.dispatch({ sessionId });
      await until('the good one came', () => got.includes('good'));
      await until('all are finished', async () => idle(await queue.counts()));
      // Longer than the locks live, so that a wrongly kept job would have come again.
      await sleep(1_500);
      expect(got).toEqual(['bad', 'sync', 'good']);
      expect(await queue.counts()).toEqual({ waiting: 0, active: 0, failed: 2, delayed: 0 });
    });

    it('drops malformed jobs and goes on', async () => {
      const queue = open();
      const got: string[] = [];
      await queue.work(async (job) => void got.push(job.sessionId), { concurrency: 1 });
      for (const payload of [{}, { sessionId: 7 }, { sessionId: '' }, [], 'text', null])
        await store.addRaw(prefix, payload);
      await store.addRaw(prefix, { sessionId: 'from-the-future', newField: true });
      await queue.dispatch({ sessionId: 'good' });
      await until('the good one came', () => got.includes('good'));
      expect(got).toEqual(['from-the-future', 'good']);
      await until('nothing is left', async () => idle(await queue.counts()));
    });

    it('counts what waits and what runs', async () => {
      const queue = open();
      for (const sessionId of ['a', 'b', 'c']) await queue.dispatch({ sessionId });
      expect(await queue.counts()).toEqual({ waiting: 3, active: 0, failed: 0, delayed: 0 });
      let release: () => void = () => undefined;
      const gate = new Promise<void>((resolve) => (release = resolve));
      const worker = await queue.work(() => gate, { concurrency: 2 });
      await until('two run', () => worker.running === 2);
      expect(await queue.counts()).toEqual({ waiting: 1, active: 2, failed: 0, delayed: 0 });
      release();
      await until('nothing is left', async () => idle(await queue.counts()));
    });

    it('answers a ping while its store is there', async () => {
      await expect(open().ping()).resolves.toBeUndefined();
    });

    it('waits for running handlers when it closes, and takes no further job meanwhile', async () => {
      const queue = open();
      const events: string[] = [];
      const worker = await queue.work(
        async (job, signal) => {
          events.push(`start ${job.sessionId}`);
          await sleep(700);
          events.push(`end ${job.sessionId}, aborted ${signal.aborted}`);
        },
        { concurrency: 1 },
      );
      await queue.dispatch({ sessionId: 'one' });
      await until('it runs', () => worker.running === 1);
      await queue.dispatch({ sessionId: 'two' });
      await worker.close(30_000);
      expect(events).toEqual(['start one', 'end one, aborted false']);
      expect(await queue.counts()).toEqual({ waiting: 1, active: 0, failed: 0, delayed: 0 });
    });

    it('aborts the signal when the grace is over, and gives the job back for another worker', async () => {
      const queue = open();
      const worker = await queue.work((_job, signal) => sleep(60_000, signal), { concurrency: 1 });
      await queue.dispatch({ sessionId: 'slow' });
      await until('it runs', () => worker.running === 1);
      await worker.close(100);
      expect(worker.running).toBe(0);
      expect(await queue.counts()).toEqual({ waiting: 1, active: 0, failed: 0, delayed: 0 });
      const got: string[] = [];
      await open().work(async (job) => void got.push(job.sessionId), { concurrency: 1 });
      await until('another has it', () => got.includes('slow'));
    });

    it('leaves a handler behind that ignores its signal; its job comes again when the lock is over', async () => {
      const queue = open(SHORT_LOCKS);
      const worker = await queue.work(() => new Promise(() => undefined), { concurrency: 1 });
      await queue.dispatch({ sessionId: 'deaf' });
      await until('it runs', () => worker.running === 1);
      await worker.close(50);
      const got: string[] = [];
      await open(SHORT_LOCKS).work(async (job) => void got.push(job.sessionId), { concurrency: 1 });
      await until('another has it', () => got.length > 0);
      expect(got).toEqual(['deaf']);
    });

    it('hands the job of a killed process to another', async () => {
      const queue = open(SHORT_LOCKS);
      const child = spawnTypescript(new URL('./conformance-child.ts', import.meta.url), [
        name,
        store.url,
        prefix,
        'hang',
        JSON.stringify(SHORT_LOCKS),
      ]);
      const took = once(child, 'message');
      const died = once(child, 'exit');
      await queue.dispatch({ sessionId: 'orphan' });
      expect((await took)[0]).toBe('orphan');
      const got: string[] = [];
      await queue.work(async (job) => void got.push(job.sessionId), { concurrency: 1 });
      // While its process lives and renews the lock, nobody else gets it.
      await sleep(2_000);
      expect(got).toEqual([]);
      child.kill('SIGKILL');
      await died;
      await until('it came again', () => got.includes('orphan'));
      expect(got).toEqual(['orphan']);
    });

    it('refuses to dispatch once it is closed, and closes twice without complaint', async () => {
      const queue = open();
      await queue.ping();
      await queue.close();
      await queue.close();
      await expect(queue.dispatch({ sessionId: 'late' })).rejects.toMatchObject({ code: 'unavailable' });
    });
  });
}

function idle(counts: { waiting: number; active: number; delayed: number }): boolean {
  return counts.waiting + counts.active + counts.delayed === 0;
}
