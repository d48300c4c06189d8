import type { DataSource } from 'typeorm';
import type { JobQueue, QueueCounts } from '../adapters/queue/port.js';
import { withDeadline } from '../adapters/queue/deadline.js';
import { messageOf } from '../core/errors.js';
import { repositories } from '../db/repositories/index.js';

/** One thing a process needs: whether it answers, and, for the log, what it said when not. */
export interface PartState {
  state: 'ok' | 'away';
  problem?: string;
}

/** What a process needs before it can serve. */
export interface Readiness {
  database: PartState;
  queue: PartState;
}

/** What an operator asks a process. Nobody's sessions are shown here, only numbers. */
export class OperationsService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly queue: JobQueue,
  ) {}

  /** Asks database and queue for an answer within `ms` milliseconds. Never throws. */
  async readiness(ms = 1000): Promise<Readiness> {
    const told = (answer: Promise<unknown>): Promise<PartState> =>
      answer.then(
        () => ({ state: 'ok' }),
        (error: unknown) => ({ state: 'away', problem: messageOf(error) }),
      );
    const [database, queue] = await Promise.all([
      told(withDeadline(this.dataSource.query('SELECT 1'), ms, 'The database')),
      told(withDeadline(this.queue.ping(ms), ms, 'The queue')),
    ]);
    return { database, queue };
  }

  /** Sessions of everybody per kind and status. */
  async sessionCounts(): Promise<{ kind: string; status: string; count: number }[]> {
    return repositories(this.dataSource.manager).metrics.sessionsByStatus();
  }

  /** @throws UnavailableError when the queue's store does not answer */
  async queueCounts(): Promise<QueueCounts> {
    return this.queue.counts();
  }
}
