import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import { migrateQueueSchema } from '../../src/adapters/queue/postgres/schema.js';
import { sleep } from '../../src/core/clock.js';
import { environmentWith } from '../../src/testing/handover.js';
import { startRedis, type TestRedis } from '../../src/testing/redis.js';
import { Fleet } from './fleet.js';
import { naivePool, naiveQueue, prepareNaive, type NaiveQueue } from './naive.js';
import { LEASE_SECONDS } from './ordeal.js';
import type { Fault, PlannedFault } from './plan.js';
import { startChaosPostgres, type ChaosPostgres } from './postgres.js';
import { Random } from './random.js';
import { wipeRedis } from './wipe-redis.js';

export interface ControlOptions {
  queue: 'postgres' | 'redis';
  missions: number;
  workers: number;
  plan: readonly PlannedFault[];
  seed: number;
  say: (line: string) => void;
}

/** What the naive pairing made of the same faults. */
export interface ControlResult {
  accepted: number;
  /** Missions that did not end and for which the queue has nothing left to do. */
  lost: number;
  /** Effects done more than once. */
  duplicateEffects: number;
}

interface Scene {
  postgres: ChaosPostgres;
  redis: TestRedis | null;
  fleet: Fleet;
  queue: NaiveQueue;
  pool: pg.Pool;
  random: Random;
  missions: string[];
}

/** How long the queue may take to come to rest after the last fault, in ms. */
const REST_MS = 90_000;

/** Runs the naive pairing of BullMQ and LangGraph through the planned faults. */
export async function runControl(options: ControlOptions): Promise<ControlResult> {
  const folder = await mkdtemp(join(tmpdir(), 'atelier-chaos-control-'));
  const undo: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })];
  try {
    const postgres = await startChaosPostgres(join(folder, 'database'));
    undo.push(() => postgres.stop());
    const redis = options.queue === 'redis' ? await startRedis() : null;
    if (redis) undo.push(() => redis.stop());
    const pool = naivePool(postgres.url, 'public');
    undo.push(() => pool.end());
    await prepareNaive(pool);
    await migrateQueueSchema(pool);
    const queue = naiveQueue({ databaseUrl: postgres.url, redisUrl: redis?.url ?? '' });
    undo.push(() => queue.close());
    const fleet = new Fleet({
      entry: new URL('./naive-worker.js', import.meta.url),
      args: [postgres.url, redis?.url ?? ''],
      env: environmentWith({}),
      size: options.workers,
      logFile: join(folder, 'workers.log'),
    });
    undo.push(() => fleet.stop());
    await fleet.start();
    const random = new Random(options.seed);
    const scene: Scene = { postgres, redis, fleet, queue, pool, random, missions: [] };
    await withstand(scene, options);
    const [{ done } = { done: 0 }] = await insist(() => count(pool, `missions WHERE status = 'done'`));
    const [{ done: twice } = { done: 0 }] = await insist(() =>
      count(pool, `(SELECT 1 FROM naive.effects GROUP BY mission, node HAVING count(*) > 1) AS twice`, ''),
    );
    return { accepted: scene.missions.length, lost: scene.missions.length - done, duplicateEffects: twice };
  } finally {
    for (const step of undo.toReversed())
      await step().catch((error: unknown) => options.say(`while clearing up: ${String(error)}`));
  }
}

async function count(pool: pg.Pool, from: string, schema = 'naive.'): Promise<{ done: number }[]> {
  return (await pool.query<{ done: number }>(`SELECT count(*)::int AS done FROM ${schema}${from}`)).rows;
}

/** Asks again while a store is away; the control's people are as stubborn as those of the real run. */
async function insist<T>(work: () => Promise<T>): Promise<T> {
  for (let left = 100; ; left -= 1)
    try {
      return await work();
    } catch (error) {
      if (left === 0) throw error;
      await sleep(100);
    }
}

async function withstand(scene: Scene, options: ControlOptions): Promise<void> {
  const enough = new AbortController();
  const approving = approveAll(scene, enough.signal);
  const started = performance.now();
  const last = options.plan.at(-1)?.atMs ?? 0;
  const submitting = (async () => {
    for (let index = 0; index < options.missions; index += 1) {
      await sleep(Math.max(0, (index / options.missions) * last * 0.8 - (performance.now() - started)));
      const mission = `mission-${index}`;
      await insist(() =>
        scene.pool.query('INSERT INTO naive.missions (id) VALUES ($1) ON CONFLICT DO NOTHING', [mission]),
      );
      await insist(() => enqueue(scene, mission, false));
      scene.missions.push(mission);
    }
  })();
  for (const { fault, atMs } of options.plan) {
    await sleep(Math.max(0, atMs - (performance.now() - started)));
    await commit(scene, fault);
  }
  await submitting;
  const until = performance.now() + REST_MS;
  // At rest: nothing waits, works or is to be approved, and that for longer than BullMQ takes to notice a stall.
  for (let quiet = 0; quiet < 8 && performance.now() < until;) {
    quiet = (await insist(() => scene.queue.busy())) ? 0 : quiet + 1;
    await sleep(500);
  }
  enough.abort();
  await approving;
}

async function enqueue({ queue }: Scene, mission: string, approved: boolean): Promise<void> {
  await queue.add({ mission, approved }, `${mission}-${approved ? 'approved' : 'submitted'}`);
}

/** Approves each mission once, when it has come to its gate. */
async function approveAll(scene: Scene, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const { rows } = await insist(() =>
      scene.pool.query<{ id: string }>(`SELECT id FROM naive.missions WHERE status = 'waiting'`),
    );
    for (const { id } of rows) {
      await insist(() => enqueue(scene, id, true));
      await insist(() =>
        scene.pool.query(
          `UPDATE naive.missions SET status = 'approved' WHERE id = $1 AND status = 'waiting'`,
          [id],
        ),
      );
    }
    await sleep(200);
  }
}

async function commit(
  { fleet, random, postgres, redis, queue, missions }: Scene,
  fault: Fault,
): Promise<void> {
  const worker = random.pick(fleet.awake);
  switch (fault) {
    case 'kill':
    case 'kill-after-claim':
    case 'kill-at-gate':
    case 'kill-in-node':
      if (worker) await fleet.end(worker, 'SIGKILL');
      return;
    case 'stop-past-lease':
      if (worker) fleet.hold(worker, LEASE_SECONDS * 1000 + 1500);
      return;
    case 'terminate':
      if (worker) await fleet.end(worker, 'SIGTERM');
      return;
    case 'cut-postgres':
      await postgres.cutConnections();
      return;
    case 'kill-postgres':
      await postgres.killAndRestart(random.between(100, 1500));
      return;
    case 'same-job-thrice': {
      const mission = random.pick(missions);
      if (mission !== undefined)
        await Promise.allSettled([1, 2, 3].map(() => queue.add({ mission, approved: false })));
      return;
    }
    case 'wipe-redis':
      if (redis) await wipeRedis(redis.url);
      return;
    case 'kill-redis':
      await redis?.kill();
      await sleep(random.between(100, 2000));
      await redis?.restart();
  }
}
