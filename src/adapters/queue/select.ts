import type { Logger } from '../../core/logger.js';
import type { JobQueue } from './port.js';
import { PostgresJobQueue } from './postgres/postgres-queue.js';
import { RedisJobQueue } from './redis/redis-queue.js';

export interface JobQueueOptions {
  /** Given: BullMQ runs on this Redis. Absent: on `databaseUrl`. */
  redisUrl?: string;
  databaseUrl: string;
  logger: Logger;
  /** Separates installations that share a store. Without colons. Default `atelier`. */
  prefix?: string;
}

/** Chooses the queue's backend, here and nowhere else. Connects lazily: the store may still be away. */
export function createJobQueue({ redisUrl, databaseUrl, logger, prefix }: JobQueueOptions): JobQueue {
  const child = logger.child({ component: 'queue' });
  return redisUrl
    ? new RedisJobQueue({ redisUrl, logger: child, prefix })
    : new PostgresJobQueue({ databaseUrl, logger: child, prefix });
}
