import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { UnavailableError } from '../../../core/errors.js';
import { newId } from '../../../core/ids.js';
import type { Logger } from '../../../core/logger.js';
import { BullWorker } from '../bull-worker.js';
import { withDeadline } from '../deadline.js';
import { failedJobs, forgetFailedJob } from '../failed-jobs.js';
import { RUN_JOB_NAME, runQueueName, type RunJob } from '../jobs.js';
import { OutageLog } from '../outage-log.js';
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
  EVENTS_KEPT,
  RETENTION,
  STANDARD_SETTINGS,
  type QueueSettings,
} from '../settings.js';

export interface RedisQueueOptions {
  /** `redis://` or `rediss://`. */
  redisUrl: string;
  logger: Logger;
  /** Separates installations that share a Redis. Without colons. Default `atelier`. */
  prefix?: string;
  settings?: Partial<QueueSettings>;
}

/**
 * BullMQ on Redis. Three connections per process that works, one in a process that only dispatches.
 * Redis may be away at any time, also at the start: commands fail fast, workers wait.
 */
export class RedisJobQueue implements JobQueue {
  readonly name = 'bullmq-redis';
  readonly transactional = false;

  private readonly settings: QueueSettings;
  private readonly queueName: string;
  private readonly outages: OutageLog;
  private readonly client: Redis;
  private readonly queue: Queue;
  private readonly workers = new Set<QueueWorker>();
  private becomingReady: Promise<void> | undefined;
  private closing: Promise<void> | undefined;

  constructor(private readonly options: RedisQueueOptions) {
    this.settings = { ...STANDARD_SETTINGS, ...options.settings };
    this.queueName = runQueueName(options.prefix ?? 'atelier');
    this.outages = new OutageLog(options.logger, 'Redis');
    this.client = this.connect();
    this.queue = new Queue(this.queueName, {
      connection: this.client,
      defaultJobOptions: RETENTION,
      streams: { events: { maxLen: EVENTS_KEPT } },
    });
    this.queue.on('error', (error) => this.outages.failed(error));
  }

  async dispatch(job: RunJob, _tx?: QueueTransaction): Promise<void> {
    const data: RunJob = { ...job, dispatchedAt: job.dispatchedAt ?? Date.now() };
    await this.ask(() => this.queue.add(RUN_JOB_NAME, data, { jobId: newId() }));
  }

  work(handler: JobHandler, { concurrency }: { concurrency: number }): Promise<QueueWorker> {
    const connection = this.connect();
    // BullMQ copies the client for its blocking wait. It cannot be trusted to end the copy while Redis is away,
    // and one that goes on reconnecting keeps the process alive.
    const clients = [connection];
    const duplicate = connection.duplicate.bind(connection);
    connection.duplicate = (override) => {
      const copy = duplicate(override);
      clients.push(copy);
      return copy;
    };
    const worker: QueueWorker = new BullWorker({
      start: (process, common) => new Worker(this.queueName, process, { connection, ...common }),
      settings: this.settings,
      logger: this.options.logger,
      outages: this.outages,
      handler,
      concurrency,
      onClosed: () => {
        for (const client of clients) client.disconnect();
        this.workers.delete(worker);
      },
    });
    this.workers.add(worker);
    return Promise.resolve(worker);
  }

  async counts(): Promise<QueueCounts> {
    const found = await this.ask(() => this.queue.getJobCounts('waiting', 'active', 'failed', 'delayed'));
    return {
      waiting: found.waiting ?? 0,
      active: found.active ?? 0,
      failed: found.failed ?? 0,
      delayed: found.delayed ?? 0,
    };
  }

  failures(limit: number): Promise<FailedDelivery[]> {
    return this.ask(() => failedJobs(this.queue, limit));
  }

  forgetFailure(id: string): Promise<void> {
    return this.ask(() => forgetFailedJob(this.queue, id));
  }

  async ping(ms = ANSWER_WITHIN_MS): Promise<void> {
    await this.ask(() => this.client.ping(), ms);
  }

  close(): Promise<void> {
    this.closing ??= this.shutDown();
    return this.closing;
  }

  private async shutDown(): Promise<void> {
    await Promise.all([...this.workers].map((worker) => worker.close(0)));
    await this.queue.close().catch((error: unknown) => this.outages.failed(error));
    this.client.disconnect();
  }

  /**
   * Asks Redis only over a standing connection, so that questions do not pile up in memory during an outage.
   * @throws UnavailableError when there is no connection, or no answer, after `ms` in all
   */
  private async ask<T>(question: () => Promise<T>, ms = ANSWER_WITHIN_MS): Promise<T> {
    if (this.closing) throw new UnavailableError('The queue is closed: this process is shutting down.');
    const until = performance.now() + ms;
    await this.connected(ms);
    return withDeadline(question(), Math.max(1, Math.round(until - performance.now())), 'Redis');
  }

  private async connected(ms: number): Promise<void> {
    if (this.client.status === 'ready') return;
    // One listener for all who wait: during an outage that is every request.
    this.becomingReady ??= new Promise((resolve) => {
      this.client.once('ready', () => {
        this.becomingReady = undefined;
        resolve();
      });
    });
    await withDeadline(this.becomingReady, ms, 'Redis');
  }

  /** A client that reconnects for ever. `ask` is what keeps commands from waiting for it. */
  private connect(): Redis {
    const client = new Redis(this.options.redisUrl, {
      // BullMQ demands null: its own commands have to outlive a reconnect.
      maxRetriesPerRequest: null,
      connectTimeout: 5_000,
      // How long ioredis keeps a closed socket, and with it the process, before it destroys it.
      disconnectTimeout: 200,
      retryStrategy: (times) => Math.min(50 * 2 ** Math.min(times, 5), 1_000),
    });
    client.on('error', (error) => this.outages.failed(error));
    client.on('ready', () => this.outages.recovered());
    return client;
  }
}
