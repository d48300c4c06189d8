import { z } from 'zod';
import type { HeaderParameter } from '../route.js';

/** `cursor` and `limit` of a list. */
export const paging = (standard: number, max: number) => ({
  cursor: z.string().max(200).optional().describe('The `nextCursor` of the page before.'),
  limit: z.coerce.number().int().min(1).max(max).default(standard),
});

/** A flag in a query: `true` or `false`. */
export const flag = z
  .enum(['true', 'false'])
  .default('false')
  .transform((value) => value === 'true');

/** Ids are not checked here: what is no id names nothing, and is answered with 404. */
export const sessionParams = z.strictObject({ sessionId: z.string() });

export const idempotencyHeader: HeaderParameter = {
  name: 'Idempotency-Key',
  description:
    'Up to 255 printable characters of your choice. The same key with the same body makes one thing, however ' +
    'often it is sent; repeated answers carry `Idempotent-Replay: true`.',
};
