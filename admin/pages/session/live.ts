import { useCallback, useEffect, useRef, useState } from 'react';
import { STREAM_EVENTS } from '../../../src/core/vocabulary.js';
import type { EventView } from '../../../src/http/presenters/event.js';

/** How much of what is being written is kept to be shown, in characters. */
const KEPT = 12_000;
/** News are shown together, this often, in milliseconds. */
const BEAT = 200;
const AGAIN_MS = 5000;

/** What comes over a session's stream. */
export interface Live {
  /** Everything that has happened, oldest first. */
  events: readonly EventView[];
  /** What the step at work is writing just now. */
  writing: { phase: string; text: string; characters: number } | null;
  /** Grows whenever something has happened that lists should be read again for. */
  version: number;
  /** `away`: the stream has broken off and is tried again. */
  state: 'opening' | 'open' | 'away';
}

const NOTHING: Live = { events: [], writing: null, version: 0, state: 'opening' };

/**
 * Follows a session. A page that nobody sees lets go of its stream, as browsers allow but few of them, and takes it up
 * again where it was.
 */
export function useLive(sessionId: string): Live {
  const [live, setLive] = useState<Live>(NOTHING);
  const events = useRef<EventView[]>([]);
  const writing = useRef<Live['writing']>(null);
  const state = useRef<Live['state']>('opening');
  const pendingVersions = useRef(0);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const show = useCallback((fresh: boolean) => {
    const shown = fresh ? 1 : 0;
    pendingVersions.current += shown;
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      const more = pendingVersions.current;
      pendingVersions.current = 0;
      setLive((before) => ({
        events: more > 0 ? [...events.current] : before.events,
        writing: writing.current,
        version: before.version + more,
        state: state.current,
      }));
    }, BEAT);
  }, []);

  useEffect(() => {
    let source: EventSource | undefined;
    let again: ReturnType<typeof setTimeout> | undefined;
    const take = (message: MessageEvent<string>): void => {
      const event = JSON.parse(message.data) as EventView;
      if (event.type === 'token') {
        const { phase, text } = event.data as { phase?: string; text?: string };
        const before = writing.current?.phase === phase ? writing.current : undefined;
        writing.current = {
          phase: phase ?? '',
          text: `${before?.text ?? ''}${text ?? ''}`.slice(-KEPT),
          characters: (before?.characters ?? 0) + (text?.length ?? 0),
        };
        show(false);
        return;
      }
      // After a break the stream may say again what is known already.
      if (event.seq !== null && event.seq <= (events.current.at(-1)?.seq ?? 0)) return;
      if (event.type === 'execution' || event.type === 'status') writing.current = null;
      events.current.push(event);
      show(true);
    };
    const open = (): void => {
      source = new EventSource(
        `/api/v1/sessions/${encodeURIComponent(sessionId)}/events?after=${events.current.at(-1)?.seq ?? 0}`,
      );
      for (const type of STREAM_EVENTS)
        // The browser reports its own trouble as "error" as well; that has no data.
        source.addEventListener(type, (event) => {
          if (event instanceof MessageEvent) take(event as MessageEvent<string>);
        });
      source.addEventListener('open', () => {
        state.current = 'open';
        show(false);
      });
      source.addEventListener('error', (event) => {
        if (event instanceof MessageEvent) return;
        state.current = 'away';
        show(false);
        if (source?.readyState !== EventSource.CLOSED) return;
        clearTimeout(again);
        again = setTimeout(open, AGAIN_MS);
      });
    };
    const close = (): void => {
      clearTimeout(again);
      source?.close();
      source = undefined;
    };
    const look = (): void => {
      close();
      if (!document.hidden) open();
    };
    look();
    document.addEventListener('visibilitychange', look);
    return () => {
      document.removeEventListener('visibilitychange', look);
      close();
      clearTimeout(timer.current);
      timer.current = undefined;
      events.current = [];
      writing.current = null;
      setLive(NOTHING);
    };
  }, [sessionId, show]);
  return live;
}

/** Reads something again whenever the session has news. */
export function useFresh(loaded: { reload: () => void }, version: number): void {
  const first = useRef(version);
  const { reload } = loaded;
  useEffect(() => {
    if (version !== first.current) reload();
  }, [version, reload]);
}

/** The time now, each second while `on`. */
export function useNow(on: boolean): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!on) return undefined;
    setNow(Date.now());
    const ticking = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(ticking);
  }, [on]);
  return now;
}
