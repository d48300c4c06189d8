import { diffLines } from 'diff';
import React, { useMemo } from 'react';

interface Pair {
  old?: { no: number; text: string };
  now?: { no: number; text: string };
  same: boolean;
}

/** Two versions next to each other, line by line; a changed stretch stands beside what came in its place. */
export function SideBySide({
  before,
  after,
  titles,
}: {
  before: string;
  after: string;
  titles: readonly [old: string, now: string];
}): React.JSX.Element {
  const pairs = useMemo(() => pairsOf(before, after), [before, after]);
  return (
    <div className="at-diff at-sides" role="region" aria-label="Side by side" tabIndex={0}>
      <table>
        <colgroup>
          <col className="at-col-no" />
          <col />
          <col className="at-col-no" />
          <col />
        </colgroup>
        <thead>
          <tr>
            <th colSpan={2} scope="col">
              {titles[0]}
            </th>
            <th colSpan={2} scope="col">
              {titles[1]}
            </th>
          </tr>
        </thead>
        <tbody>
          {pairs.map(({ old, now, same }, at) => (
            <tr key={at}>
              <td className="at-no">{old?.no}</td>
              <td className={old ? (same ? '' : 'at-was') : 'at-void'}>{old?.text}</td>
              <td className="at-no">{now?.no}</td>
              <td className={now ? (same ? '' : 'at-is') : 'at-void'}>{now?.text}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function pairsOf(before: string, after: string): Pair[] {
  const pairs: Pair[] = [];
  let old = 1;
  let now = 1;
  let gone: Pair['old'][] = [];
  const flush = (come: Pair['now'][]): void => {
    for (let at = 0; at < Math.max(gone.length, come.length); at += 1)
      pairs.push({ old: gone[at], now: come[at], same: false });
    gone = [];
  };
  const changes = diffLines(before, after, { timeout: 1500 }) ?? [
    { value: before, removed: true, added: false },
    { value: after, removed: false, added: true },
  ];
  for (const change of changes) {
    const lines = change.value.replace(/\n$/, '').split('\n');
    if (change.removed) gone.push(...lines.map((text) => ({ no: old++, text })));
    else if (change.added) flush(lines.map((text) => ({ no: now++, text })));
    else {
      flush([]);
      for (const text of lines)
        pairs.push({ old: { no: old++, text }, now: { no: now++, text }, same: true });
    }
  }
  flush([]);
  return pairs;
}
