import { silentLogger } from '../../core/logger.js';
import { messageOf } from '../../core/errors.js';
import { PostgresJobQueue } from './postgres/postgres-queue.js';
import { RedisJobQueue } from './redis/redis-queue.js';
import type { JobQueue } from './port.js';
import type { QueueSettings } from './settings.js';

/**
 * A process of its own for the conformance suite. Arguments: backend, URL, prefix, what to do, and settings
 * as JSON. What it can do:
 * - `hang`: takes one job, tells its session id over IPC, and never finishes it
 * - `open`: tells `opened` once the queue's store is ready, or why it is not
 */

async function main([backend, url = '', prefix = '', mode, settings = '{}']: string[]): Promise<void> {
  const common = {
    logger: silentLogger(),
    prefix,
    settings: JSON.parse(settings) as Partial<QueueSettings>,
  };
  const queue: JobQueue =
    backend === 'bullmq-redis'
      ? new RedisJobQueue({ redisUrl: url, ...common })
      : new PostgresJobQueue({ databaseUrl: url, ...common });
  if (mode === 'open') {
    const said = await queue.counts().then(() => 'opened', messageOf);
    await queue.close();
    process.send?.(said);
    process.disconnect();
    return;
  }
  await queue.work(
    (job) => {
      process.send?.(job.sessionId);
      return new Promise(() => undefined);
    },
    { concurrency: 1 },
  );
}

await main(process.argv.slice(2));
