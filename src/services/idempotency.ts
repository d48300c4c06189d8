import { ConflictError } from '../core/errors.js';
import { sha256 } from '../core/hash.js';
import type { SessionTx } from './session-transaction.js';
import type { Caller } from './sessions.js';

/**
 * Takes a client's key for what this transaction is about to make. Of many requests with one key, one takes it;
 * the others wait for its commit.
 * @param request what was asked for, as plain data: a key holds for one request only
 * @param resourceId the id of what will be made
 * @returns null when the key is ours (or none was given), else the id of what it has made before
 * @throws ConflictError `idempotency_mismatch` when the key was used with another request
 */
export async function takeKey(
  tx: SessionTx,
  caller: Caller,
  key: string | undefined,
  request: unknown,
  resourceId: string,
): Promise<string | null> {
  if (key === undefined) return null;
  const requestHash = sha256(JSON.stringify(request));
  const before = await tx.idempotency.take(caller.userId, key, requestHash, resourceId);
  if (before && before.requestHash !== requestHash)
    throw new ConflictError('idempotency_mismatch', 'This Idempotency-Key was used with another request.', {
      details: { field: 'Idempotency-Key', resourceId: before.resourceId },
    });
  return before?.resourceId ?? null;
}
