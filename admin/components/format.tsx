import React, { useEffect, useState } from 'react';

const PARTS = [
  ['d', 86_400],
  ['h', 3600],
  ['min', 60],
  ['s', 1],
] as const;

/** A duration for people, in its two largest units: `2 h 5 min`. @param seconds at least 0 */
export function duration(seconds: number): string {
  if (seconds > 0 && seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  let left = Math.round(seconds);
  const said: string[] = [];
  for (const [unit, size] of PARTS) {
    const count = Math.floor(left / size);
    left -= count * size;
    if (count > 0) said.push(`${count} ${unit}`);
    else if (said.length > 0) break;
    if (said.length === 2) break;
  }
  return said.join(' ') || '0 s';
}

/** US dollars: cents from a dollar on, more digits below. `null`: nobody knows the price. */
export function money(usd: number | null | undefined): string {
  if (usd === null || usd === undefined) return 'unknown';
  if (usd === 0) return '$0';
  return usd < 1 ? `$${usd.toPrecision(2)}` : `$${usd.toFixed(2)}`;
}

/** A count in its shortest form: 950, 12.4k, 3.1M. */
export function count(value: number): string {
  return new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 }).format(value);
}

/** A share as a percentage. @param share 0 to 1, or null when there is none */
export function percent(share: number | null | undefined): string {
  return share === null || share === undefined ? '–' : `${Math.round(share * 100)} %`;
}

/** A moment as the time since then, with the full time at hand; it stays right while the page is open. */
export function Ago({ at }: { at: string | null | undefined }): React.JSX.Element {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 20_000);
    return () => clearInterval(timer);
  }, []);
  if (at === null || at === undefined) return <span className="at-soft">never</span>;
  const seconds = (now - Date.parse(at)) / 1000;
  const said =
    Math.abs(seconds) < 10
      ? 'just now'
      : seconds < 0
        ? `in ${duration(-seconds)}`
        : `${duration(seconds)} ago`;
  return (
    <time dateTime={at} title={new Date(at).toLocaleString()}>
      {said}
    </time>
  );
}
