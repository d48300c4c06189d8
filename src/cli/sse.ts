/** One event as it came over the wire. */
export interface WireEvent {
  /** Absent for events that cannot be replayed. */
  id?: string;
  event: string;
  data: string;
}

/**
 * Reads server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html) from a byte stream.
 * Comments, such as heartbeats, are skipped; an event cut off by the stream's end is dropped, as the
 * specification wants.
 */
export async function* readEvents(body: AsyncIterable<Uint8Array>): AsyncGenerator<WireEvent> {
  const decoder = new TextDecoder();
  let buffer = '';
  let event: Partial<WireEvent> = {};
  for await (const chunk of body) {
    buffer += decoder.decode(chunk, { stream: true });
    // A trailing carriage return may be the first half of a line end.
    for (let match; (match = /\r\n|\n|\r(?!$)/.exec(buffer));) {
      const line = buffer.slice(0, match.index);
      buffer = buffer.slice(match.index + match[0].length);
      if (line !== '') take(event, line);
      else {
        if (event.data !== undefined)
          yield {
            ...(event.id !== undefined && { id: event.id }),
            event: event.event ?? 'message',
            data: event.data,
          };
        event = {};
      }
    }
  }
}

function take(event: Partial<WireEvent>, line: string): void {
  const colon = line.indexOf(':');
  if (colon === 0) return;
  const field = colon < 0 ? line : line.slice(0, colon);
  const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
  if (field === 'data') event.data = event.data === undefined ? value : `${event.data}\n${value}`;
  else if (field === 'event') event.event = value;
  else if (field === 'id' && !value.includes('\0')) event.id = value;
}
