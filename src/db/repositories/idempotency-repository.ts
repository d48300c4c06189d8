import type { EntityManager } from 'typeorm';
import { IdempotencyKey } from '../entities/idempotency-key.js';

/** Which resource a client's key has already made. */
export class IdempotencyRepository {
  constructor(private readonly db: EntityManager) {}

  /**
   * Takes a key for a new resource, in the transaction that makes it. A second taker waits for the first.
   * @returns null when the key is ours now, else what it made before
   */
  async take(
    userId: string,
    key: string,
    requestHash: string,
    resourceId: string,
  ): Promise<{ requestHash: string; resourceId: string } | null> {
    const rows: unknown[] = await this.db.query(
      `INSERT INTO idempotency_keys (user_id, key, request_hash, resource_id) VALUES ($1, $2, $3, $4)
       ON CONFLICT (user_id, key) DO NOTHING RETURNING key`,
      [userId, key, requestHash, resourceId],
    );
    if (rows.length > 0) return null;
    return this.db.findOneByOrFail(IdempotencyKey, { userId, key });
  }
}
