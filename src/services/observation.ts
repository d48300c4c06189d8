import type { DataSource } from 'typeorm';
import type { FailedDelivery, JobQueue, QueueCounts } from '../adapters/queue/port.js';
import { messageOf, NotFoundError } from '../core/errors.js';
import { repositories } from '../db/repositories/index.js';
import {
  MetricSeriesRepository,
  type KnownMetric,
  type MetricBucket,
} from '../db/repositories/metric-series-repository.js';
import { RunningRepository, type HeldRun, type WantedRuns } from '../db/repositories/running-repository.js';
import { requireRole, type Caller } from './sessions.js';

/** What the queue is at. `counts` is null while its store is away, which `problem` explains. */
export interface QueueState {
  backend: JobQueue['name'];
  counts: QueueCounts | null;
  problem: string | null;
  failures: FailedDelivery[];
  /** Sessions that want a run: the truth, whatever the queue holds. */
  wanted: WantedRuns;
  /** Runs under way. */
  held: HeldRun[];
}

const FAILURES = 100;
const HELD = 50;

/** What approvers may see of the machinery: measurements, and the queue. */
export class ObservationService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly queue: JobQueue,
  ) {}

  /** Every metric there is. */
  async metrics(caller: Caller): Promise<KnownMetric[]> {
    requireRole(caller, 'approver');
    return new MetricSeriesRepository(this.dataSource.manager).names();
  }

  /**
   * A metric over time, in about sixty stretches.
   * @returns the length of a stretch in seconds, and what was measured in each
   */
  async series(
    caller: Caller,
    name: string,
    hours: number,
    by: string | null,
  ): Promise<{ from: Date; seconds: number; buckets: MetricBucket[] }> {
    requireRole(caller, 'approver');
    const seconds = STRETCHES.find((one) => (hours * 3600) / one <= 62) ?? 86_400;
    const from = new Date(Math.floor((Date.now() / 1000 - hours * 3600) / seconds) * seconds * 1000);
    const buckets = await new MetricSeriesRepository(this.dataSource.manager).series(name, from, seconds, by);
    return { from, seconds, buckets };
  }

  /** What the queue and the runs are at. Answers while the queue's store is away, too. */
  async queueState(caller: Caller): Promise<QueueState> {
    requireRole(caller, 'approver');
    const runs = new RunningRepository(this.dataSource.manager);
    const asked = async (): Promise<Pick<QueueState, 'counts' | 'problem' | 'failures'>> => {
      try {
        const [counts, failures] = [await this.queue.counts(), await this.queue.failures(FAILURES)];
        return { counts, failures, problem: null };
      } catch (error) {
        return { counts: null, failures: [], problem: messageOf(error) };
      }
    };
    const [queue, wanted, held] = await Promise.all([asked(), runs.wanted(), runs.held(HELD)]);
    return { backend: this.queue.name, ...queue, wanted, held };
  }

  /**
   * Wakes the session of a failed delivery once more and forgets the failure. A wake-up decides nothing: whether
   * there is something to run, the session's row says.
   * @returns the session
   * @throws NotFoundError when there is no such failed delivery (any more)
   */
  async retry(caller: Caller, jobId: string): Promise<{ sessionId: string }> {
    requireRole(caller, 'admin');
    const failed = (await this.queue.failures(FAILURES)).find(({ id }) => id === jobId);
    if (!failed?.sessionId) throw new NotFoundError('failed delivery', jobId);
    const { sessionId } = failed;
    await this.queue.dispatch({ sessionId, reason: 'retried_by_hand' });
    await this.queue.forgetFailure(jobId);
    await repositories(this.dataSource.manager).audit.append([
      {
        eventType: 'delivery_retried',
        sessionId,
        userId: caller.userId,
        userAction: 'retry delivery',
        details: { jobId, problem: failed.problem },
        ipAddress: caller.ip ?? null,
      },
    ]);
    return { sessionId };
  }
}

/** Lengths of a stretch, in seconds: a minute to a day. */
const STRETCHES = [60, 300, 900, 1800, 3600, 7200, 14_400, 43_200, 86_400] as const;
