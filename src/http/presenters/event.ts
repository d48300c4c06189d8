import { z } from 'zod';
import { STREAM_EVENTS } from '../../core/vocabulary.js';
import type { StreamedEvent } from '../../services/event-hub.js';
import { iso, time } from './time.js';

/**
 * The JSON in the `data:` lines of a session's event stream. The SSE `event:` is `type` and the SSE `id:` is
 * `seq`. Live pieces of a model's answer (`token`, data `{phase, text}`) have neither id nor time: they cannot
 * be replayed.
 */
export const eventView = z
  .strictObject({
    seq: z.number().int().nullable(),
    type: z.enum(STREAM_EVENTS),
    data: z.record(z.string(), z.unknown()),
    createdAt: time.nullable(),
  })
  .meta({ id: 'EventView' });
export type EventView = z.infer<typeof eventView>;

/** One event of a stream. */
export function presentEvent(event: StreamedEvent): EventView {
  return {
    seq: event.seq ?? null,
    type: event.type,
    data: event.data,
    createdAt: iso(event.createdAt ?? null),
  };
}
