import { useCallback, useState } from 'react';

/** What somebody has typed and not sent; it survives a reload of the page, in this browser. */
export interface Draft<T> {
  value: Partial<T>;
  /** Keeps what is given; `undefined` forgets it. */
  set: (changes: { [K in keyof T]?: T[K] | undefined }) => void;
  clear: () => void;
}

/** Keeps a draft under a key. Where the browser keeps nothing, it lasts as long as the page. */
export function useDraft<T extends object>(key: string): Draft<T> {
  const [state, setState] = useState<{ key: string; value: Partial<T> }>(() => ({
    key,
    value: read<T>(key),
  }));
  const current = state.key === key ? state : { key, value: read<T>(key) };
  if (current !== state) setState(current);
  const set = useCallback(
    (changes: { [K in keyof T]?: T[K] | undefined }) =>
      setState((before) => {
        const value = { ...before.value, ...changes } as Partial<T>;
        keep(key, value);
        return { key, value };
      }),
    [key],
  );
  const clear = useCallback(() => {
    keep(key, {});
    setState({ key, value: {} });
  }, [key]);
  return { value: current.value, set, clear };
}

function read<T>(key: string): Partial<T> {
  try {
    const kept: unknown = JSON.parse(window.localStorage.getItem(`atelier:${key}`) ?? '{}');
    return typeof kept === 'object' && kept !== null ? kept : {};
  } catch {
    return {};
  }
}

function keep(key: string, value: object): void {
  try {
    const kept = JSON.stringify(value);
    if (kept === '{}') window.localStorage.removeItem(`atelier:${key}`);
    else window.localStorage.setItem(`atelier:${key}`, kept);
  } catch {
    // Full, or forbidden: the page still has it.
  }
}
