import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApp } from '../../src/app.js';
import { sleep } from '../../src/core/clock.js';
import { loadConfig } from '../../src/core/config.js';
import { silentLogger } from '../../src/core/logger.js';
import { environmentWith } from '../../src/testing/handover.js';
import { startRedis, type TestRedis } from '../../src/testing/redis.js';
import { ChaosClient } from './client.js';
import { Fleet, type FleetWorker } from './fleet.js';
import type { Fault, PlannedFault } from './plan.js';
import { startChaosPostgres, type ChaosPostgres } from './postgres.js';
import { Random } from './random.js';
import { verify, type Findings } from './verify.js';
import { wipeRedis } from './wipe-redis.js';
import { Witness, type RecordedKill, type Recovery } from './witness.js';

/** The lease of every run here, in seconds. */
export const LEASE_SECONDS = 6;
/** Pause of the rehearsal before each chunk of an answer: nodes then last for seconds, and faults land inside. */
const DELAY_MS = 6;

export interface OrdealOptions {
  queue: 'postgres' | 'redis';
  missions: number;
  workers: number;
  plan: readonly PlannedFault[];
  seed: number;
  /** How long after the last fault missions may take to end, in ms. */
  patienceMs: number;
  /** Told what happens, a line at a time. */
  say: (line: string) => void;
}

/** How a run went. */
export interface OrdealResult extends Findings {
  queue: 'postgres' | 'redis';
  /** How often each fault was done. */
  faults: Record<string, number>;
  /** Gates at which two decisions were taken. */
  doubleDecisions: number;
  /** Workers that ended without having been told to. */
  surprises: string[];
  /** For each lease that a kill hit: ms until its session was claimed again. */
  recoveries: number[];
  /** For those during which Postgres, Redis or every worker was away: ms from when all were back. */
  recoveriesInOutages: number[];
  seconds: number;
}

const OUTAGES: ReadonlySet<Fault> = new Set(['cut-postgres', 'kill-postgres', 'wipe-redis', 'kill-redis']);

/** Everything of one run that faults can reach. */
interface Scene {
  postgres: ChaosPostgres;
  redis: TestRedis | null;
  fleet: Fleet;
  witness: Witness;
  client: ChaosClient;
  random: Random;
  kills: RecordedKill[];
  /** When Postgres or Redis was away or had just lost what it knew. */
  outages: Recovery[];
  done: Record<string, number>;
}

/**
 * Runs missions on real worker processes while the planned faults happen, then judges from the database alone.
 * @throws Error when the run itself cannot be set up
 */
export async function runOrdeal(options: OrdealOptions): Promise<OrdealResult> {
  const started = performance.now();
  const folder = await mkdtemp(join(tmpdir(), 'atelier-chaos-'));
  const undo: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })];
  try {
    const postgres = await startChaosPostgres(join(folder, 'database'));
    undo.push(() => postgres.stop());
    const redis = options.queue === 'redis' ? await startRedis() : null;
    if (redis) undo.push(() => redis.stop());
    const env = environmentWith({
      NODE_ENV: 'test',
      DATABASE_URL: postgres.url,
      REDIS_URL: redis?.url ?? '',
      ATELIER_DATA_DIR: join(folder, 'data'),
      ATELIER_MODEL: `rehearsal:studio?delayMs=${DELAY_MS}`,
      ATELIER_LEASE_SECONDS: String(LEASE_SECONDS),
      LOG_LEVEL: 'info',
    });
    const app = await createApp(loadConfig(env), { logger: silentLogger() });
    undo.push(() => app.close());
    await app.accounts.bootstrap();
    const admin = await app.accounts.localAdmin();
    const witness = new Witness(postgres.url);
    undo.push(() => witness.close());
    await witness.install();
    const fleet = new Fleet({
      entry: new URL('./worker.js', import.meta.url),
      env,
      size: options.workers,
      logFile: join(folder, 'workers.log'),
    });
    undo.push(() => fleet.stop());
    await fleet.start();
    const random = new Random(options.seed);
    const client = new ChaosClient(app, { userId: admin.id, role: 'admin' }, witness, random);
    const scene: Scene = {
      postgres,
      redis,
      fleet,
      witness,
      client,
      random,
      kills: [],
      outages: [],
      done: {},
    };
    options.say(`${options.queue}: ${options.workers} workers up, ${options.missions} missions`);
    await withstand(scene, options);
    const recoveries = await witness.recoveries(scene.kills);
    const outages = [...scene.outages, ...fleet.downtimes];
    const during = (one: Recovery): Recovery[] =>
      outages.filter(({ from, to }) => from < one.to && to > one.from);
    const calm = recoveries.filter((one) => during(one).length === 0);
    const disturbed = recoveries.filter((one) => during(one).length > 0);
    const findings = await verify(witness, client.accepted);
    return {
      ...findings,
      queue: options.queue,
      faults: scene.done,
      doubleDecisions: client.doubleDecisions.length,
      surprises: fleet.surprises,
      recoveries: calm.map(({ from, to }) => Math.round(to - from)),
      recoveriesInOutages: disturbed.map((one) => {
        const back = Math.max(one.from, ...during(one).map(({ to }) => to));
        return Math.max(0, Math.round(one.to - back));
      }),
      seconds: Math.round((performance.now() - started) / 100) / 10,
    };
  } finally {
    for (const step of undo.toReversed())
      await step().catch((error: unknown) => options.say(`while clearing up: ${String(error)}`));
  }
}

/** Submits, decides and breaks things, until every mission has ended or patience has. */
async function withstand(scene: Scene, options: OrdealOptions): Promise<void> {
  const enough = new AbortController();
  const deciding = scene.client.decideAll(enough.signal);
  const started = performance.now();
  const last = options.plan.at(-1)?.atMs ?? 0;
  const submitting = (async () => {
    for (let index = 0; index < options.missions; index += 1) {
      // Spread over the faults, so that at each of them some missions are in every phase.
      await sleep(Math.max(0, (index / options.missions) * last * 0.8 - (performance.now() - started)));
      await scene.client.submit(index);
    }
  })();
  for (const { fault, atMs } of options.plan) {
    await sleep(Math.max(0, atMs - (performance.now() - started)));
    const from = Date.now();
    const what = await DO[fault](scene);
    if (OUTAGES.has(fault)) scene.outages.push({ from, to: Date.now() });
    options.say(`${((performance.now() - started) / 1000).toFixed(1)} s  ${fault}${what ? `: ${what}` : ''}`);
    scene.done[fault] = (scene.done[fault] ?? 0) + 1;
  }
  await submitting;
  const until = performance.now() + options.patienceMs;
  while (performance.now() < until) {
    const [open] = await scene.witness.ask<{ open: number }>(
      `SELECT count(*)::int AS open FROM sessions WHERE status IN ('pending', 'running', 'awaiting_approval')`,
    );
    if (open?.open === 0) break;
    await sleep(200);
  }
  enough.abort();
  await deciding;
}

/** How each fault is done; gives what it hit, in words. */
const DO: Record<Fault, (scene: Scene) => Promise<string>> = {
  kill: async (scene) => kill(scene, await ownedBy(scene, scene.witness.ownerOfLease())),
  'kill-after-claim': async (scene) =>
    kill(scene, await ownedBy(scene, scene.witness.nextOwner('claim', 3000))),
  'kill-at-gate': async (scene) => kill(scene, await ownedBy(scene, scene.witness.nextOwner('gate', 3000))),
  'kill-in-node': async (scene) => kill(scene, await ownedBy(scene, scene.witness.ownerInNode())),
  'stop-past-lease': async (scene) => {
    const worker = await ownedBy(scene, scene.witness.ownerInNode());
    if (worker) scene.fleet.hold(worker, LEASE_SECONDS * 1000 + scene.random.between(500, 3000));
    return `worker ${worker?.pid}`;
  },
  terminate: async (scene) => {
    const worker = await ownedBy(scene, scene.witness.ownerOfLease());
    // It may take its time to drain while the next faults happen.
    if (worker) void scene.fleet.end(worker, 'SIGTERM');
    return `worker ${worker?.pid}`;
  },
  'cut-postgres': async ({ postgres }) => `${await postgres.cutConnections()} connections`,
  'kill-postgres': async ({ postgres, random }) => {
    await postgres.killAndRestart(random.between(100, 1500));
    return 'back on the same port';
  },
  'same-job-thrice': async ({ client }) => {
    await client.dispatchThrice();
    return '';
  },
  'wipe-redis': async ({ redis }) => {
    if (redis) await wipeRedis(redis.url);
    return '';
  },
  'kill-redis': async ({ redis, random }) => {
    await redis?.kill();
    await sleep(random.between(100, 2000));
    await redis?.restart();
    return 'back, empty';
  },
};

async function kill(scene: Scene, worker: FleetWorker | undefined): Promise<string> {
  if (!worker) return 'nobody to kill';
  const at = await scene.witness.now();
  await scene.fleet.end(worker, 'SIGKILL');
  const held = await scene.witness.leasesOf(worker.owner);
  scene.kills.push({ at, held });
  return `worker ${worker.pid}, ${held.length} leases`;
}

/** The worker that signs so, or any that runs; waits a while when all are just starting. */
async function ownedBy(scene: Scene, owner: Promise<string | undefined>): Promise<FleetWorker | undefined> {
  const name = await owner;
  for (const until = performance.now() + 10_000; performance.now() < until; await sleep(50)) {
    const worker =
      (name === undefined ? undefined : scene.fleet.find(name)) ?? scene.random.pick(scene.fleet.awake);
    if (worker) return worker;
  }
  return undefined;
}
