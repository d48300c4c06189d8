import { Annotation, Command, END, interrupt, START, StateGraph } from '@langchain/langgraph';
import { PostgresSaver } from '@langchain/langgraph-checkpoint-postgres';
import { createPostgresBackend, Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import pg from 'pg';
import { sleep } from '../../src/core/clock.js';
import { BULLMQ_SCHEMA } from '../../src/adapters/queue/postgres/schema.js';

/**
 * The control of a chaos run: BullMQ and LangGraph put together the way their guides do it. The job's state is
 * the truth; there is no lease, no fence and nobody who looks for what got lost. It is not part of Atelier.
 */
export interface NaiveStores {
  databaseUrl: string;
  /** Empty: BullMQ on Postgres. */
  redisUrl: string;
}

/** One job: begin a mission, or go on after its gate. */
export interface NaiveJob {
  mission: string;
  approved: boolean;
}

export const NAIVE_QUEUE = 'naive-runs';
const NODES = ['pm', 'arch', 'gate', 'eng', 'qa', 'complete'] as const;
/** How long one node works, in ms. */
const NODE_MS = 2500;
/** BullMQ looks after its jobs sooner than by default (30 s each), which is in the control's favour. */
const CARE = { lockDuration: 4000, stalledInterval: 2000 };

/** A pool for BullMQ or for ourselves that outlives a restart of Postgres. */
export function naivePool(url: string, searchPath: string): pg.Pool {
  const pool = new pg.Pool({ connectionString: url, max: 8, options: `-c search_path=${searchPath}` });
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}

function patientRedis(url: string): Redis {
  const redis = new Redis(url, { maxRetriesPerRequest: null, retryStrategy: () => 200 });
  redis.on('error', () => undefined);
  return redis;
}

/** The control's side of its queue that submits and looks. */
export interface NaiveQueue {
  /** Adds a job, under a fresh id when none is given. @throws whatever BullMQ throws when its store is away */
  add(job: NaiveJob, jobId?: string): Promise<void>;
  /** Whether any job waits or is at work. */
  busy(): Promise<boolean>;
  close(): Promise<void>;
}

/** Opens the queue on the given stores. */
export function naiveQueue({ databaseUrl, redisUrl }: NaiveStores): NaiveQueue {
  const connection = redisUrl ? patientRedis(redisUrl) : naivePool(databaseUrl, BULLMQ_SCHEMA);
  const queue =
    connection instanceof Redis
      ? new Queue(NAIVE_QUEUE, { connection })
      : new Queue(NAIVE_QUEUE, { connection }, createPostgresBackend);
  queue.on('error', () => undefined);
  return {
    async add(job, jobId) {
      await queue.add('run', job, { jobId, attempts: 3 });
    },
    async busy() {
      const counts = await queue.getJobCounts('waiting', 'active', 'delayed', 'prioritized');
      return Object.values(counts).some((jobs) => jobs > 0);
    },
    async close() {
      await queue.close();
      if (connection instanceof Redis) connection.disconnect();
      else await connection.end();
    },
  };
}

/** Takes jobs until the process ends. */
export async function naiveWorker(stores: NaiveStores): Promise<void> {
  const { databaseUrl, redisUrl } = stores;
  const pool = naivePool(databaseUrl, 'public');
  const graph = naiveGraph(pool);
  const work = async ({ data }: { data: NaiveJob }): Promise<void> => {
    const config = { configurable: { thread_id: data.mission } };
    const begun = (await graph.getState(config)).metadata !== undefined;
    const input = data.approved ? new Command({ resume: true }) : begun ? null : { mission: data.mission };
    await graph.invoke(input as Parameters<typeof graph.invoke>[0], config);
    const { next } = await graph.getState(config);
    await pool.query('UPDATE naive.missions SET status = $2 WHERE id = $1', [
      data.mission,
      next.length > 0 ? 'waiting' : 'done',
    ]);
  };
  const options = { concurrency: 16, ...CARE };
  const worker = redisUrl
    ? new Worker(NAIVE_QUEUE, work, { connection: patientRedis(redisUrl), ...options })
    : new Worker(
        NAIVE_QUEUE,
        work,
        { connection: naivePool(databaseUrl, BULLMQ_SCHEMA), ...options },
        createPostgresBackend,
      );
  worker.on('error', () => undefined);
  await worker.waitUntilReady();
}

function naiveGraph(pool: pg.Pool) {
  const State = Annotation.Root({ mission: Annotation<string>, last: Annotation<string> });
  const node = (name: string) => async (state: typeof State.State) => {
    await sleep(NODE_MS);
    await pool.query('INSERT INTO naive.effects (mission, node) VALUES ($1, $2)', [state.mission, name]);
    return { last: name };
  };
  const [pm, arch, gate, eng, qa, complete] = NODES;
  return new StateGraph(State)
    .addNode(pm, node(pm))
    .addNode(arch, node(arch))
    .addNode(gate, () => {
      interrupt('approve?');
      return { last: gate };
    })
    .addNode(eng, node(eng))
    .addNode(qa, node(qa))
    .addNode(complete, node(complete))
    .addEdge(START, pm)
    .addEdge(pm, arch)
    .addEdge(arch, gate)
    .addEdge(gate, eng)
    .addEdge(eng, qa)
    .addEdge(qa, complete)
    .addEdge(complete, END)
    .compile({ checkpointer: new PostgresSaver(pool, undefined, { schema: 'naive' }) });
}

/** Makes the control's tables, once. */
export async function prepareNaive(pool: pg.Pool): Promise<void> {
  await pool.query(`CREATE SCHEMA naive;
    CREATE TABLE naive.missions (id text PRIMARY KEY, status text NOT NULL DEFAULT 'accepted');
    CREATE TABLE naive.effects (mission text NOT NULL, node text NOT NULL)`);
  await new PostgresSaver(pool, undefined, { schema: 'naive' }).setup();
}
