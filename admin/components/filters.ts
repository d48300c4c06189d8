import { useEffect, useState } from 'react';
import { useSearchParams } from 'react-router-dom';

/** The filters of a list, kept in the page's address, so that a reload and the way back show the same list. */
export function useFilters<K extends string>(
  names: readonly K[],
): {
  values: Record<K, string>;
  /** Changes some at once. Two calls in a row would each begin with the same address, and the last one win. */
  set: (changes: Partial<Record<K, string>>) => void;
  clear: () => void;
} {
  const [params, setParams] = useSearchParams();
  const values = Object.fromEntries(names.map((name) => [name, params.get(name) ?? ''])) as Record<K, string>;
  const set = (changes: Partial<Record<K, string>>): void => {
    const next = new URLSearchParams(params);
    for (const name of names) {
      const value = changes[name];
      if (value === '') next.delete(name);
      else if (value !== undefined) next.set(name, value);
    }
    if (next.toString() !== params.toString()) setParams(next, { replace: true });
  };
  return { values, set, clear: () => setParams({}, { replace: true }) };
}

/** A query string of what is not empty, beginning with `?`. */
export function queryOf(values: Readonly<Record<string, string | number | boolean | undefined>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values))
    if (value !== undefined && value !== '') query.set(name, String(value));
  return `?${query.toString()}`;
}

/** A text as it was when it has not changed for a while: for fields that search as one types. */
export function useSettled(text: string, ms = 300): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), ms);
    return () => clearTimeout(timer);
  }, [text, ms]);
  return settled;
}
