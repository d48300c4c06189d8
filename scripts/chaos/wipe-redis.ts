import { Redis } from 'ioredis';

/** FLUSHALL: every job, waiting or at work, is forgotten. Does nothing while Redis is away. */
export async function wipeRedis(url: string): Promise<void> {
  const client = new Redis(url, { maxRetriesPerRequest: 1 });
  client.on('error', () => undefined);
  await client.flushall().catch(() => undefined);
  client.disconnect();
}
