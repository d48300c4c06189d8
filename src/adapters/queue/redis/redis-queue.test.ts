import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { newId } from '../../../core/ids.js';
import { silentLogger } from '../../../core/logger.js';
import { sleep } from '../../../core/clock.js';
import { redisMissing, startRedis, type TestRedis } from '../../../testing/redis.js';
import { until } from '../../../testing/until.js';
import { queueConformance } from '../conformance.js';
import { runQueueName } from '../jobs.js';
import { RedisJobQueue } from './redis-queue.js';

const missing = redisMissing();

async function redis(): Promise<TestRedis> {
  const started = await startRedis();
  if (!started) throw new Error('redis-server vanished from PATH');
  return started;
}

queueConformance(
  'bullmq-redis',
  async () => {
    const server = await redis();
    return {
      url: server.url,
      open: (prefix, settings) =>
        new RedisJobQueue({ redisUrl: server.url, logger: silentLogger(), prefix, settings }),
      addRaw: async (prefix, payload) => {
        const client = new Redis(server.url, { maxRetriesPerRequest: null });
        const queue = new Queue(runQueueName(prefix), { connection: client });
        await queue.add('run', payload, { jobId: newId() });
        await queue.close();
        client.disconnect();
      },
      drop: () => server.stop(),
    };
  },
  missing,
);

/** How many clients the server has, besides the one that asks. */
async function clientsOf(url: string): Promise<number> {
  const client = new Redis(url);
  const list = await client.client('LIST');
  client.disconnect();
  return String(list).trim().split('\n').length - 1;
}

const suite = missing ? describe.skip : describe;
suite(`Redis may go and come back${missing ? ` (skipped: ${missing})` : ''}`, () => {
  let server: TestRedis;
  let queue: RedisJobQueue;
  let lines: { level: number; msg: string }[];

  beforeEach(async () => {
    server = await redis();
    lines = [];
    const logger = pino({ level: 'info' }, { write: (line: string) => void lines.push(JSON.parse(line)) });
    queue = new RedisJobQueue({ redisUrl: server.url, logger });
  });
  afterEach(async () => {
    await queue.close();
    await server.stop();
  });

  const answers = () =>
    queue.ping().then(
      () => true,
      () => false,
    );
  const refused = { code: 'unavailable', httpStatus: 503, retryable: true };

  it('refuses to dispatch, count and ping while Redis is away at the start, and works once it comes', async () => {
    await queue.close();
    await server.kill();
    queue = new RedisJobQueue({ redisUrl: server.url, logger: silentLogger() });
    const got: string[] = [];
    await queue.work(async (job) => void got.push(job.sessionId), { concurrency: 1 });
    await expect(queue.dispatch({ sessionId: 'lost' })).rejects.toMatchObject(refused);
    await expect(queue.counts()).rejects.toMatchObject(refused);
    await expect(queue.ping(50)).rejects.toMatchObject(refused);
    await server.restart();
    await until('it answers', answers);
    await queue.dispatch({ sessionId: 'after' });
    await until('it came', () => got.length > 0);
    expect(got).toEqual(['after']);
  });

  it('goes on by itself after a restart that lost everything, with one warning for the whole outage', async () => {
    const got: string[] = [];
    await queue.work(async (job) => void got.push(job.sessionId), { concurrency: 2 });
    await queue.dispatch({ sessionId: 'before' });
    await until('it came', () => got.includes('before'));
    await server.kill();
    await expect(queue.dispatch({ sessionId: 'lost' })).rejects.toMatchObject(refused);
    await sleep(2_500);
    await server.restart();
    await until('it answers', answers);
    await queue.dispatch({ sessionId: 'after' });
    await until('it came', () => got.includes('after'));
    // What was refused may still have been on its way, and then comes after all.
    expect(got.filter((id) => id !== 'lost')).toEqual(['before', 'after']);
    expect(lines.filter((line) => line.level >= 40).map((line) => line.msg)).toEqual([
      'queue: Redis is away; waiting for it to come back',
    ]);
    expect(lines.some((line) => line.msg === 'queue: Redis is back')).toBe(true);
  });

  it('does not hang on a Redis that accepts but never answers', async () => {
    await queue.ping();
    server.pause();
    await expect(queue.dispatch({ sessionId: 'stuck' })).rejects.toMatchObject(refused);
    await expect(queue.ping(50)).rejects.toMatchObject(refused);
    server.resume();
    await until('it answers', answers);
  });

  it('goes on after FLUSHALL, idle or in the middle of a job', async () => {
    const got: string[] = [];
    const worker = await queue.work(
      async (job) => {
        got.push(job.sessionId);
        if (job.sessionId === 'long') await sleep(500);
      },
      { concurrency: 1 },
    );
    const client = new Redis(server.url);
    await queue.dispatch({ sessionId: 'first' });
    await until('it came', () => got.includes('first'));
    await client.flushall();
    await queue.dispatch({ sessionId: 'long' });
    await until('it runs', () => worker.running === 1);
    await client.flushall();
    await queue.dispatch({ sessionId: 'after' });
    await until('it came', () => got.includes('after'));
    expect(got).toEqual(['first', 'long', 'after']);
    client.disconnect();
  });

  it('closes though Redis stopped answering, and leaves no connection behind', async () => {
    const worker = await queue.work(() => Promise.resolve(), { concurrency: 1 });
    await queue.ping();
    await until('the worker is connected', () => clientsOf(server.url).then((clients) => clients === 3));
    server.pause();
    await worker.close(100);
    await queue.close();
    server.resume();
    await until('all are gone', () => clientsOf(server.url).then((clients) => clients === 0));
    expect(worker.running).toBe(0);
  });

  it('closes though Redis was never there', async () => {
    await server.kill();
    const never = new RedisJobQueue({ redisUrl: server.url, logger: silentLogger() });
    const worker = await never.work(() => Promise.resolve(), { concurrency: 1 });
    await worker.close(1_000);
    await never.close();
    await expect(never.ping()).rejects.toMatchObject(refused);
  });

  it('finishes the jobs that ran through an outage and closes while Redis is away', async () => {
    let ended = 0;
    const worker = await queue.work(
      async () => {
        await sleep(800);
        ended += 1;
      },
      { concurrency: 1 },
    );
    await queue.dispatch({ sessionId: 'through' });
    await until('it runs', () => worker.running === 1);
    await server.kill();
    await until('it ended', () => ended === 1);
    await worker.close(1_000);
    await queue.close();
    expect(worker.running).toBe(0);
  });
});
