import { Client } from 'pg';
import type { DataSource } from 'typeorm';
import { sleep } from '../core/clock.js';
import { messageOf } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import type { StreamEvent } from '../core/vocabulary.js';
import { repositories } from '../db/repositories/index.js';
import { StepsAtWork } from './steps-at-work.js';

const CHANNEL = 'atelier_events';
/** NOTIFY takes at most 8,000 bytes; longer token batches are cut into several. */
const MAX_TOKEN_CHARS = 1500;
/** Wake-ups and tokens of this long a time travel together: one statement, not one per token. */
const FLUSH_MS = 40;
/** Live tokens kept for a reader that is slow; what is beyond is lost to it, as tokens may be. */
const MAX_LIVE = 1000;
/** Notifications only wake. Should one be lost, a reader looks for itself this often. */
const POLL_MS = 2000;

/** One event of a session's stream; `seq` is absent for live-only events, which cannot be replayed. */
export interface StreamedEvent {
  seq?: number;
  type: StreamEvent;
  data: Record<string, unknown>;
  createdAt?: Date;
}

type Listener = (token?: StreamedEvent) => void;

/**
 * Carries "session X has news" and live tokens between processes, over Postgres LISTEN/NOTIFY. The table
 * `session_events` is the truth; a notification only wakes its readers.
 */
export class EventHub {
  private readonly listeners = new Map<string, Set<Listener>>();
  private readonly waking = new Set<string>();
  /** By session, in the order they came; what is of one phase is joined. */
  private readonly tokens = new Map<string, { phase: string; text: string }[]>();
  private flushTimer: NodeJS.Timeout | undefined;
  private client: Client | undefined;
  private listening: Promise<void> | undefined;
  private readonly closed = new AbortController();

  constructor(
    private readonly dataSource: DataSource,
    private readonly databaseUrl: string,
    private readonly log: Logger,
  ) {}

  /** Says that a session has new events. Call after the commit. */
  wake(sessionId: string): void {
    this.waking.add(sessionId);
    this.scheduleFlush();
  }

  /** Sends a piece of a model's answer to whoever is watching now. */
  token(sessionId: string, phase: string, text: string): void {
    const pending = this.tokens.get(sessionId) ?? [];
    const last = pending.at(-1);
    if (last?.phase === phase) last.text += text;
    else pending.push({ phase, text });
    this.tokens.set(sessionId, pending);
    this.scheduleFlush();
  }

  /**
   * The events of a session from after `afterSeq` on, as they come, from any process, until `signal` aborts.
   * The caller has checked that the reader may see the session.
   */
  async *stream(sessionId: string, afterSeq: number, signal: AbortSignal): AsyncGenerator<StreamedEvent> {
    await this.listen();
    let seq = afterSeq;
    const live: StreamedEvent[] = [];
    const steps = new StepsAtWork(afterSeq === 0);
    let ring: (() => void) | undefined;
    let rung = true;
    const unsubscribe = this.subscribe(sessionId, (token) => {
      if (token && live.length < MAX_LIVE) live.push(token);
      rung = true;
      ring?.();
    });
    const stop = () => ring?.();
    signal.addEventListener('abort', stop);
    try {
      while (!signal.aborted) {
        rung = false;
        // Those that are here before the events are read belong to steps whose beginning is among them.
        const tokens = live.splice(0);
        const events = await repositories(this.dataSource.manager).events.after(sessionId, seq, 200);
        for (const event of events) {
          seq = event.seq;
          steps.take(event);
          yield { seq, type: event.type, data: event.data, createdAt: event.createdAt };
        }
        for (const token of tokens) if (steps.writes(token.data['phase'])) yield token;
        if (events.length === 200) continue;
        if (!rung && !signal.aborted)
          await new Promise<void>((resolve) => {
            const timer = setTimeout(resolve, POLL_MS);
            ring = () => {
              clearTimeout(timer);
              resolve();
            };
          });
        ring = undefined;
      }
    } finally {
      signal.removeEventListener('abort', stop);
      unsubscribe();
    }
  }

  /** Sends what is pending and lets go of the connection. Streams end. */
  async close(): Promise<void> {
    await this.flush();
    this.closed.abort();
    for (const set of this.listeners.values()) for (const listener of set) listener();
    await this.client?.end().catch(() => undefined);
  }

  private subscribe(sessionId: string, listener: Listener): () => void {
    const set = this.listeners.get(sessionId) ?? new Set();
    this.listeners.set(sessionId, set.add(listener));
    return () => {
      set.delete(listener);
      if (set.size === 0) this.listeners.delete(sessionId);
    };
  }

  private scheduleFlush(): void {
    this.flushTimer ??= setTimeout(() => {
      this.flush().catch((error: unknown) =>
        this.log.debug({ error: messageOf(error) }, 'events not announced'),
      );
    }, FLUSH_MS);
  }

  private async flush(): Promise<void> {
    clearTimeout(this.flushTimer);
    this.flushTimer = undefined;
    const payloads: string[] = [];
    for (const [sessionId, pieces] of this.tokens)
      for (const { phase, text } of pieces)
        for (let at = 0; at < text.length; at += MAX_TOKEN_CHARS)
          payloads.push(JSON.stringify({ s: sessionId, p: phase, t: text.slice(at, at + MAX_TOKEN_CHARS) }));
    for (const sessionId of this.waking) payloads.push(JSON.stringify({ s: sessionId }));
    this.tokens.clear();
    this.waking.clear();
    if (payloads.length === 0 || !this.dataSource.isInitialized) return;
    await this.dataSource.query(`SELECT pg_notify($1, p) FROM unnest($2::text[]) AS p`, [CHANNEL, payloads]);
  }

  /** Opens the one listening connection of this process, and keeps it open. */
  private listen(): Promise<void> {
    this.listening ??= this.connect().catch((error: unknown) => {
      this.listening = undefined;
      throw error;
    });
    return this.listening;
  }

  private async connect(): Promise<void> {
    const client = new Client({ connectionString: this.databaseUrl, application_name: 'atelier-events' });
    client.on('notification', ({ payload }) => this.receive(payload ?? ''));
    client.on('error', () => this.reconnect(client));
    client.on('end', () => this.reconnect(client));
    await client.connect();
    await client.query(`LISTEN ${CHANNEL}`);
    this.client = client;
  }

  /** Readers poll meanwhile, so a lost connection costs delay, not events. */
  private reconnect(lost: Client): void {
    if (this.client !== lost || this.closed.signal.aborted) return;
    this.client = undefined;
    const again = async (): Promise<void> => {
      for (let wait = 200; !this.closed.signal.aborted; wait = Math.min(wait * 2, 5000)) {
        await sleep(wait, this.closed.signal);
        try {
          return await this.connect();
        } catch (error) {
          this.log.debug({ error: messageOf(error) }, 'event connection is still away');
        }
      }
    };
    again().catch(() => undefined);
  }

  private receive(payload: string): void {
    let news: { s: string; p?: string; t?: string };
    try {
      news = JSON.parse(payload) as typeof news;
    } catch {
      return;
    }
    for (const listener of this.listeners.get(news.s) ?? [])
      listener(news.t === undefined ? undefined : { type: 'token', data: { phase: news.p, text: news.t } });
  }
}
