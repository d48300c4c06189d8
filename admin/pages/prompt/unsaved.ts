import { useCallback, useEffect, useState } from 'react';

interface Text {
  text: string;
  note: string;
}

interface Stored extends Text {
  at: string;
}

/** What is being written, kept in this browser as it is written. */
export interface Unsaved {
  now: Text;
  set: (next: Text) => void;
  /** When what was found here had been written; null when nothing was. */
  restored: string | null;
  /** Takes the first text again. */
  discard: () => void;
  /** It is saved: nothing has to be kept. */
  forget: () => void;
}

/** @param key one text's own name in the browser's storage, @param first what writing begins with */
export function useUnsaved(key: string, first: string): Unsaved {
  const [found] = useState(() => read(key));
  const [now, setNow] = useState<Text>(found ?? { text: first, note: '' });
  const [restored, setRestored] = useState(found?.at ?? null);
  const [kept, setKept] = useState(true);
  useEffect(() => {
    if (!kept) return;
    if (now.text === first && now.note === '') remove(key);
    else if (now !== found) write(key, { ...now, at: new Date().toISOString() });
  }, [key, first, now, found, kept]);
  const set = useCallback((next: Text) => {
    setKept(true);
    setNow(next);
  }, []);
  const discard = useCallback(() => {
    setRestored(null);
    setNow({ text: first, note: '' });
  }, [first]);
  const forget = useCallback(() => {
    setKept(false);
    remove(key);
  }, [key]);
  return { now, set, restored, discard, forget };
}

function read(key: string): Stored | null {
  try {
    const stored = JSON.parse(localStorage.getItem(key) ?? 'null') as Partial<Stored> | null;
    if (typeof stored?.text !== 'string' || typeof stored.at !== 'string') return null;
    return { text: stored.text, note: stored.note ?? '', at: stored.at };
  } catch {
    return null;
  }
}

function write(key: string, stored: Stored): void {
  try {
    localStorage.setItem(key, JSON.stringify(stored));
  } catch {
    // A browser that stores nothing, or has no room: the text is still on the page.
  }
}

function remove(key: string): void {
  try {
    localStorage.removeItem(key);
  } catch {
    // As above.
  }
}
