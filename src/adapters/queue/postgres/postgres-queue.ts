import { createPostgresBackend, Queue, Worker } from 'bullmq';
import { Pool, type ClientBase } from 'pg';
import { UnavailableError } from '../../../core/errors.js';
import { newId } from '../../../core/ids.js';
import type { Logger } from '../../../core/logger.js';
import { BullWorker } from '../bull-worker.js';
import { withDeadline } from '../deadline.js';
import { failedJobs, forgetFailedJob } from '../failed-jobs.js';
import { RUN_JOB_NAME, runQueueName, type RunJob } from '../jobs.js';
import { isConnectionError, OutageLog } from '../outage-log.js';
import type {
  FailedDelivery,
  JobHandler,
  JobQueue,
  QueueCounts,
  QueueTransaction,
  QueueWorker,
} from '../port.js';
import {
  ANSWER_WITHIN_MS,
  POSTGRES_WITHIN_MS,
  EVENTS_KEPT,
  RETENTION,
  STANDARD_SETTINGS,
  type QueueSettings,
} from '../settings.js';
import { patientPostgresBackend } from './backend.js';
import { BULLMQ_SCHEMA, migrateQueueSchema } from './schema.js';

export interface PostgresQueueOptions {
  /** `postgres://`. The queue lives in the schema `bullmq` of this database. */
  databaseUrl: string;
  logger: Logger;
  /** Separates installations that share a database. Without colons. Default `atelier`. */
  prefix?: string;
  settings?: Partial<QueueSettings>;
}

/** One connection listens, the others serve claims, finishes and dispatches. Idle ones are let go. */
const POOL_SIZE = 4;

/**
 * `add_job` sets its own search_path, so it can be called from any transaction, and notifies the workers, which
 * Postgres delivers upon commit. Arguments: queue, id, name, data, options, priority, delay, timestamp, attempts,
 * parent queue, parent id, parent key, deduplication id, scheduler id, last-in-first-out.
 */
const ADD_JOB = `SELECT ${BULLMQ_SCHEMA}.add_job($1, $2, $3, $4::jsonb, $5::jsonb, 0, 0, $6::bigint, 1,
  NULL, NULL, NULL, NULL, NULL, false) AS id`;

/**
 * BullMQ names its tables without a schema. Not by the connection's `options`, as those that a URL may carry would
 * replace ours. The pool awaits what this returns, though its types say nothing of it.
 */
const useQueueSchema: (client: ClientBase) => unknown = (client) =>
  client.query(`SET search_path TO ${BULLMQ_SCHEMA}`);

/** Making the tables on an empty database may have to wait for another process that is doing just that. */
const PREPARE_WITHIN_MS = 15_000;

type BullQueue = ReturnType<typeof bullQueue>;

function bullQueue(name: string, pool: Pool) {
  return new Queue(
    name,
    { connection: pool, streams: { events: { maxLen: EVENTS_KEPT } } },
    createPostgresBackend,
  );
}

/**
 * BullMQ on Postgres. At most four connections per process, shared by dispatching and working.
 * The tables are made on first use.
 */
export class PostgresJobQueue implements JobQueue {
  readonly name = 'bullmq-postgres';
  readonly transactional = true;

  private readonly settings: QueueSettings;
  private readonly queueName: string;
  private readonly outages: OutageLog;
  private readonly pool: Pool;
  private readonly workers = new Set<QueueWorker>();
  private prepared: Promise<BullQueue> | undefined;
  private closing: Promise<void> | undefined;

  constructor(private readonly options: PostgresQueueOptions) {
    this.settings = { ...STANDARD_SETTINGS, ...options.settings };
    this.queueName = runQueueName(options.prefix ?? 'atelier');
    this.outages = new OutageLog(options.logger, 'Postgres');
    this.pool = new Pool({
      connectionString: options.databaseUrl,
      max: POOL_SIZE,
      onConnect: useQueueSchema,
      application_name: this.queueName,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      connectionTimeoutMillis: 5_000,
    });
    this.pool.on('error', (error) => this.outages.failed(error));
    this.pool.on('connect', (client) => {
      this.outages.recovered();
      // The pool listens only while a client is idle; a checked-out one that breaks would end the process.
      client.on('error', (error) => this.outages.failed(error));
    });
  }

  async dispatch(job: RunJob, tx?: QueueTransaction): Promise<void> {
    const now = Date.now();
    const data: RunJob = { ...job, dispatchedAt: job.dispatchedAt ?? now };
    const params = [
      this.queueName,
      newId(),
      RUN_JOB_NAME,
      JSON.stringify(data),
      JSON.stringify(RETENTION),
      now,
    ];
    if (tx) {
      await this.ask(() => this.prepare());
      await tx.query(ADD_JOB, params);
    } else {
      await this.ask(async () => {
        await this.prepare();
        return this.pool.query(ADD_JOB, params);
      });
    }
  }

  async work(handler: JobHandler, { concurrency }: { concurrency: number }): Promise<QueueWorker> {
    await this.ask(() => this.prepare(), PREPARE_WITHIN_MS);
    const worker = new BullWorker({
      start: (process, common) =>
        new Worker(
          this.queueName,
          process,
          { connection: this.pool, ...common },
          patientPostgresBackend(this.settings.runRetryDelay),
        ),
      settings: this.settings,
      logger: this.options.logger,
      outages: this.outages,
      handler,
      concurrency,
      onClosed: () => this.workers.delete(worker),
    });
    this.workers.add(worker);
    // BullMQ remembers a failed start for ever, so a worker that did not get up is thrown away.
    await this.ask(() => worker.ready(), PREPARE_WITHIN_MS).catch(async (error: unknown) => {
      await worker.close(0);
      throw error;
    });
    return worker;
  }

  async counts(): Promise<QueueCounts> {
    const found = await this.ask(async () => {
      const queue = await this.prepare();
      return queue.getJobCounts('waiting', 'active', 'failed', 'delayed');
    });
    return {
      waiting: found.waiting ?? 0,
      active: found.active ?? 0,
      failed: found.failed ?? 0,
      delayed: found.delayed ?? 0,
    };
  }

  failures(limit: number): Promise<FailedDelivery[]> {
    return this.ask(async () => failedJobs(await this.prepare(), limit));
  }

  forgetFailure(id: string): Promise<void> {
    return this.ask(async () => forgetFailedJob(await this.prepare(), id));
  }

  async ping(ms = ANSWER_WITHIN_MS): Promise<void> {
    await this.ask(() => this.pool.query('SELECT 1'), ms);
  }

  close(): Promise<void> {
    this.closing ??= this.shutDown();
    return this.closing;
  }

  private async shutDown(): Promise<void> {
    await Promise.all([...this.workers].map((worker) => worker.close(0)));
    const queue = await this.prepared?.catch(() => undefined);
    await queue?.close().catch((error: unknown) => this.outages.failed(error));
    await this.pool.end();
  }

  /** Tables and a BullMQ queue, once. A failed attempt is forgotten, as Postgres may come later. */
  private prepare(): Promise<BullQueue> {
    this.prepared ??= this.open().catch((error: unknown) => {
      this.prepared = undefined;
      throw error;
    });
    return this.prepared;
  }

  private async open(): Promise<BullQueue> {
    await migrateQueueSchema(this.pool);
    const queue = bullQueue(this.queueName, this.pool);
    queue.on('error', (error) => this.outages.failed(error));
    await queue.waitUntilReady();
    return queue;
  }

  /**
   * The answer of Postgres.
   * @throws UnavailableError when it is away or takes longer than `ms`; its other errors pass through
   */
  private async ask<T>(question: () => Promise<T>, ms = POSTGRES_WITHIN_MS): Promise<T> {
    if (this.closing) throw new UnavailableError('The queue is closed: this process is shutting down.');
    try {
      return await withDeadline(question(), ms, 'Postgres');
    } catch (error) {
      if (!isConnectionError(error)) throw error;
      this.outages.failed(error);
      throw new UnavailableError('Postgres is away, so the queue is too. Try again later.', { cause: error });
    }
  }
}
