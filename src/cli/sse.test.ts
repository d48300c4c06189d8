import { describe, expect, it } from '@jest/globals';
import { readEvents, type WireEvent } from './sse.js';

async function read(...chunks: string[]): Promise<WireEvent[]> {
  async function* body(): AsyncGenerator<Uint8Array> {
    for (const chunk of chunks) yield Buffer.from(chunk, 'latin1');
  }
  const events: WireEvent[] = [];
  for await (const event of readEvents(body())) events.push(event);
  return events;
}

/** UTF-8 bytes as the characters of a latin1 string, so that a chunk can end inside one. */
const utf8 = (text: string): string => Buffer.from(text).toString('latin1');

describe('reading server-sent events', () => {
  it('gives each event with its id, name and data', async () => {
    expect(await read('id: 7\nevent: phase\ndata: {"a":1}\n\ndata: x\n\n')).toEqual([
      { id: '7', event: 'phase', data: '{"a":1}' },
      { event: 'message', data: 'x' },
    ]);
  });

  it('reads the same whatever pieces it arrives in, even single bytes', async () => {
    const text = utf8('id: 1\r\ndata: Grüße\r\ndata: 設計\r\n\r\n: beat\n\nid:2\ndata:b\n\n');
    const whole = await read(text);
    expect(whole).toEqual([
      { id: '1', event: 'message', data: 'Grüße\n設計' },
      { id: '2', event: 'message', data: 'b' },
    ]);
    expect(await read(...text.split(''))).toEqual(whole);
  });

  it('skips comments and drops an event that the end cuts off', async () => {
    expect(await read(': heartbeat\n\n', 'data: whole\n\n', 'data: half\n')).toEqual([
      { event: 'message', data: 'whole' },
    ]);
  });
});
