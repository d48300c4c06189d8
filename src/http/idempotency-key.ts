import { ValidationError } from '../core/errors.js';
import type { RawRequest } from './route.js';

/**
 * The request's Idempotency-Key, if it has one.
 * @throws ValidationError when it is empty, longer than 255 characters, or not printable ASCII
 */
export function idempotencyKey(request: Pick<RawRequest, 'header'>): string | undefined {
  const key = request.header('Idempotency-Key');
  if (key === undefined || /^[\x20-\x7e]{1,255}$/.test(key)) return key;
  throw new ValidationError('The Idempotency-Key is not valid.', [
    { field: 'Idempotency-Key', message: 'must be 1 to 255 printable ASCII characters' },
  ]);
}

/** The header that marks an answer to a request that was answered before. */
export function replayHeader(created: boolean): Record<string, string> {
  return created ? {} : { 'Idempotent-Replay': 'true' };
}
