import { describe, expect, it } from '@jest/globals';
import { silentLogger } from '../../core/logger.js';
import { createJobQueue } from './select.js';

describe('createJobQueue', () => {
  const databaseUrl = 'postgres://postgres@127.0.0.1:1/none';

  it('takes Postgres when no Redis is given, without connecting yet', async () => {
    const queue = createJobQueue({ databaseUrl, logger: silentLogger() });
    expect(queue).toMatchObject({ name: 'bullmq-postgres', transactional: true });
    await queue.close();
  });

  it('takes Redis when one is given, though it may be away', async () => {
    const queue = createJobQueue({ redisUrl: 'redis://127.0.0.1:1', databaseUrl, logger: silentLogger() });
    expect(queue).toMatchObject({ name: 'bullmq-redis', transactional: false });
    await queue.close();
  });
});
