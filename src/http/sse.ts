import { once } from 'node:events';
import type { Response } from 'express';
import { AppError } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import type { StreamedEvent } from '../services/event-hub.js';
import { presentEvent } from './presenters/event.js';

/** Headers of an event stream: no proxy may keep or gather it. */
export const SSE_HEADERS: Record<string, string> = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  'Cache-Control': 'no-store, no-transform',
  'X-Accel-Buffering': 'no',
};

export interface EventStreamParts {
  events(signal: AbortSignal): AsyncIterable<StreamedEvent>;
  /** Asked at every heartbeat. @throws AppError (4xx) when the reader may read no longer */
  stillAllowed(): Promise<void>;
  heartbeatMs: number;
  log: Logger;
}

/**
 * Writes events as they come until the reader leaves, may read no longer, or the events end. Reads no further
 * event while the socket is full. Ends the response; never throws.
 * @param gone aborts when the client has left or the server closes
 */
export async function sendEvents(res: Response, gone: AbortSignal, parts: EventStreamParts): Promise<void> {
  const over = new AbortController();
  const signal = AbortSignal.any([gone, over.signal]);
  let checking = false;
  const beat = async (): Promise<void> => {
    // A full socket gets no more; the server's socket timeout ends one that nobody empties.
    if (checking || signal.aborted || res.writableNeedDrain) return;
    checking = true;
    try {
      await parts.stillAllowed();
      if (!signal.aborted) res.write(': heartbeat\n\n');
    } catch (error) {
      // While the database is away nobody knows: the reader stays until the answer is no.
      if (error instanceof AppError && error.httpStatus < 500) over.abort();
    } finally {
      checking = false;
    }
  };
  const timer = setInterval(() => void beat(), parts.heartbeatMs);
  try {
    res.write('retry: 2000\n\n');
    for await (const event of parts.events(signal)) {
      if (signal.aborted) break;
      if (!res.write(frame(event))) await once(res, 'drain', { signal });
    }
  } catch (error) {
    // The reader comes back with its Last-Event-ID and loses nothing.
    if (!signal.aborted) parts.log.warn({ err: error }, 'an event stream broke off');
  } finally {
    clearInterval(timer);
    res.end();
  }
}

/** One event in the format of the HTML standard. JSON has no line breaks, so `data` is one line. */
function frame(event: StreamedEvent): string {
  const id = event.seq === undefined ? '' : `id: ${event.seq}\n`;
  return `event: ${event.type}\n${id}data: ${JSON.stringify(presentEvent(event))}\n\n`;
}
