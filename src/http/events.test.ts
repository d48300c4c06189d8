import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestApi, tokenFor, type TestApi, type TestUser } from '../testing/http-api.js';
import { until } from '../testing/until.js';
import type { EventView } from './presenters/event.js';

/** A reader of a stream, as a browser is one. */
interface Reader {
  status: number;
  headers: Headers;
  /** Frames so far: their fields as sent. */
  frames: { event?: string; id?: string; data?: EventView }[];
  comments: string[];
  ended: boolean;
  leave(): void;
}

describe('the event stream', () => {
  let api: TestApi;
  let user: TestUser;
  const readers: Reader[] = [];

  const open = async (url: string, token: string, headers: Record<string, string> = {}): Promise<Reader> => {
    const leaving = new AbortController();
    const response = await fetch(url, {
      headers: { authorization: `Bearer ${token}`, ...headers },
      signal: leaving.signal,
    });
    const reader: Reader = {
      status: response.status,
      headers: response.headers,
      frames: [],
      comments: [],
      ended: false,
      leave: () => leaving.abort(),
    };
    readers.push(reader);
    const read = async (): Promise<void> => {
      let text = '';
      const decoder = new TextDecoder();
      for await (const chunk of response.body ?? []) {
        text += decoder.decode(chunk as Uint8Array, { stream: true });
        const parts = text.split('\n\n');
        text = parts.pop() ?? '';
        for (const part of parts) take(reader, part);
      }
    };
    void read()
      .catch(() => undefined)
      .finally(() => {
        reader.ended = true;
      });
    return reader;
  };

  beforeAll(async () => {
    api = await startTestApi({}, { heartbeatMs: 50 });
    user = await api.user();
  });
  afterEach(() => {
    for (const reader of readers.splice(0)) reader.leave();
  });
  afterAll(async () => api.close());

  const newSession = async (): Promise<string> =>
    (await api.app.sessions.submit(user, { mission: 'Build it' })).session.sessionId;
  const emit = (sessionId: string, count: number): Promise<void> =>
    api.app.transactions.locked(sessionId, async (tx) => {
      for (let n = 0; n < count; n += 1) tx.emit('phase', { n });
    });
  const step = (sessionId: string, phase: string, status: string): Promise<void> =>
    api.app.transactions.locked(sessionId, async (tx) =>
      tx.emit('execution', { id: phase.length, phase, status }),
    );
  const eventsOf = (sessionId: string, url = api.url): string => `${url}/api/v1/sessions/${sessionId}/events`;
  const seqs = (reader: Reader): number[] => reader.frames.map(({ id }) => Number(id));

  it('replays what was and sends what comes, each with its type, number and time', async () => {
    const sessionId = await newSession();
    const reader = await open(eventsOf(sessionId), user.token);
    expect(reader.headers.get('content-type')).toMatch(/^text\/event-stream/);
    expect(reader.headers.get('x-accel-buffering')).toBe('no');
    await until('the replay', () => reader.frames.length === 1);
    await emit(sessionId, 2);
    await until('the new ones', () => reader.frames.length === 3);
    expect(reader.frames.map(({ event }) => event)).toEqual(['status', 'phase', 'phase']);
    expect(reader.frames[2]).toMatchObject({ id: '3', data: { seq: 3, type: 'phase', data: { n: 1 } } });
    expect(Date.parse(reader.frames[2]?.data?.createdAt ?? '')).toBeGreaterThan(0);
  });

  it('goes on without a gap or a repetition at another process, by Last-Event-ID', async () => {
    const sessionId = await newSession();
    const otherUrl = await api.anotherUrl();
    const first = await open(eventsOf(sessionId), user.token);
    await emit(sessionId, 5);
    await until('some events', () => first.frames.length >= 4);
    first.leave();
    const seen = seqs(first);
    await emit(sessionId, 5);
    const second = await open(eventsOf(sessionId, otherUrl), user.token, {
      'Last-Event-ID': String(seen.at(-1)),
    });
    await emit(sessionId, 5);
    await until('the rest', () => seen.length + second.frames.length === 16);
    expect([...seen, ...seqs(second)]).toEqual(Array.from({ length: 16 }, (_, n) => n + 1));
  });

  it('begins after ?after=, and lets Last-Event-ID go before it', async () => {
    const sessionId = await newSession();
    await emit(sessionId, 4);
    const byQuery = await open(`${eventsOf(sessionId)}?after=3`, user.token);
    const byHeader = await open(`${eventsOf(sessionId)}?after=1`, user.token, { 'Last-Event-ID': '4' });
    await until('both', () => byQuery.frames.length === 2 && byHeader.frames.length === 1);
    expect([seqs(byQuery), seqs(byHeader)]).toEqual([[4, 5], [5]]);
  });

  it.each(['x', '-1', '1.5', '99999999999'])('refuses the position %s', async (position) => {
    const sessionId = await newSession();
    const byHeader = await open(eventsOf(sessionId), user.token, { 'Last-Event-ID': position });
    const byQuery = await open(`${eventsOf(sessionId)}?after=${position}`, user.token);
    expect([byHeader.status, byQuery.status]).toEqual([400, 400]);
  });

  it('sends live tokens from any process, without an id', async () => {
    const sessionId = await newSession();
    const reader = await open(eventsOf(sessionId, await api.anotherUrl()), user.token);
    await step(sessionId, 'pm', 'running');
    await until('the replay', () => reader.frames.length === 2);
    api.app.hub.token(sessionId, 'pm', 'Hello\n\nthere');
    await until('the token', () => reader.frames.length === 3);
    expect(reader.frames[2]).toEqual({
      event: 'token',
      data: { seq: null, type: 'token', data: { phase: 'pm', text: 'Hello\n\nthere' }, createdAt: null },
    });
  });

  it('drops live tokens that come after the step that they belong to has ended', async () => {
    const sessionId = await newSession();
    await step(sessionId, 'pm', 'running');
    await step(sessionId, 'pm', 'completed');
    const reader = await open(eventsOf(sessionId), user.token);
    await until('the replay', () => reader.frames.length === 3);
    api.app.hub.token(sessionId, 'pm', 'late');
    // It travels before this event's news, if at all.
    await step(sessionId, 'arch', 'running');
    api.app.hub.token(sessionId, 'arch', 'in time');
    await until('the next token', () => reader.frames.some(({ data }) => data?.data['text'] === 'in time'));
    expect(reader.frames.map(({ event }) => event)).toEqual([
      'status',
      ...['execution', 'execution', 'execution'],
      'token',
    ]);
  });

  it('sends heartbeats, and ends when the token is revoked', async () => {
    const sessionId = await newSession();
    const token = await tokenFor(api.app, user);
    const reader = await open(eventsOf(sessionId), token);
    await until('two heartbeats', () => reader.comments.filter((text) => text === 'heartbeat').length >= 2);
    const record = (await api.app.accounts.listTokens(user)).find(({ lastFour }) => token.endsWith(lastFour));
    await api.app.accounts.revokeToken(user, record?.id ?? '');
    await until('the end', () => reader.ended);
    expect((await open(eventsOf(sessionId), token)).status).toBe(401);
  });

  it('ends when the session is deleted', async () => {
    const sessionId = await newSession();
    const reader = await open(eventsOf(sessionId), user.token);
    await until('the replay', () => reader.frames.length === 1);
    await api.app.sessions.remove(user, sessionId);
    await until('the end', () => reader.ended);
    expect((await open(eventsOf(sessionId), user.token)).status).toBe(404);
  });

  it('answers HEAD with the headers alone', async () => {
    const { status, headers, text } = await api.call(
      'HEAD',
      `/api/v1/sessions/${await newSession()}/events`,
      {
        token: user.token,
      },
    );
    expect([status, text]).toEqual([200, '']);
    expect(headers.get('content-type')).toMatch(/^text\/event-stream/);
  });
});

function take(reader: Reader, part: string): void {
  const frame: Reader['frames'][number] = {};
  for (const line of part.split('\n')) {
    const [, name = '', value = ''] = /^(\w*): ?(.*)$/.exec(line) ?? [];
    if (name === '') reader.comments.push(value);
    else if (name === 'data') frame.data = JSON.parse(value) as EventView;
    else if (name === 'event' || name === 'id') frame[name] = value;
  }
  if (frame.event !== undefined) reader.frames.push(frame);
}
