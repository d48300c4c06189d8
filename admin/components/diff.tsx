import { diffLines, diffWordsWithSpace, type Change } from 'diff';
import React, { useMemo, useState } from 'react';
import { Button } from './kit.js';

/** Unchanged lines that stay around a change. */
const CONTEXT = 3;
/** Texts that differ beyond this are shown as gone and come, line by line: comparing them longer helps nobody. */
const PATIENCE_MS = 1500;

interface Row {
  kind: 'same' | 'gone' | 'come';
  text: string;
  /** Line numbers from 1 in the old and the new text. */
  old?: number;
  now?: number;
  /** The words that changed in a line that has a partner. */
  words?: Change[];
}

/** What changed from one text to another, by lines, and in changed lines by words. Unchanged stretches are folded. */
export function Diff({
  before,
  after,
  label,
}: {
  before: string;
  after: string;
  label: string;
}): React.JSX.Element {
  const rows = useMemo(() => rowsOf(before, after), [before, after]);
  const [open, setOpen] = useState<ReadonlySet<number>>(new Set());
  const changed = rows.filter(({ kind }) => kind !== 'same').length;
  if (changed === 0) return <p className="at-soft">Nothing changed.</p>;
  const groups = folded(rows);
  const come = rows.filter(({ kind }) => kind === 'come').length;
  return (
    <div>
      <p className="at-soft at-diff-sum">
        {come} {come === 1 ? 'line' : 'lines'} new, {changed - come} gone
      </p>
      <div className="at-diff" role="region" aria-label={label} tabIndex={0}>
        <table>
          <tbody>
            {groups.map((group, at) =>
              group.fold && !open.has(at) ? (
                <tr key={at} className="at-fold">
                  <td colSpan={3}>
                    <Button look="quiet" onClick={() => setOpen(new Set([...open, at]))}>
                      {group.rows.length} unchanged lines
                    </Button>
                  </td>
                </tr>
              ) : (
                group.rows.map((row, index) => <Line key={`${at}:${index}`} row={row} />)
              ),
            )}
          </tbody>
        </table>
      </div>
    </div>
  );
}

const SIGN = { same: ' ', gone: '−', come: '+' } as const;
const SAID = { same: '', gone: 'removed: ', come: 'added: ' } as const;

function Line({ row }: { row: Row }): React.JSX.Element {
  return (
    <tr className={`at-${row.kind}`}>
      <td className="at-no">{row.now ?? row.old}</td>
      <td className="at-sign" aria-hidden="true">
        {SIGN[row.kind]}
      </td>
      <td>
        <span className="at-hidden">{SAID[row.kind]}</span>
        {row.words
          ? row.words.map((word, at) =>
              word.added || word.removed ? <mark key={at}>{word.value}</mark> : word.value,
            )
          : row.text}
      </td>
    </tr>
  );
}

/** What changed from one text to another, word by word, in one running text. */
export function WordDiff({ before, after }: { before: string; after: string }): React.JSX.Element {
  const words = useMemo(
    () => diffWordsWithSpace(before, after, { timeout: PATIENCE_MS }) ?? whole(before, after),
    [before, after],
  );
  return (
    <div className="at-words" role="region" aria-label="Changes by words" tabIndex={0}>
      {words.map((word, at) =>
        word.added ? (
          <ins key={at}>{word.value}</ins>
        ) : word.removed ? (
          <del key={at}>{word.value}</del>
        ) : (
          word.value
        ),
      )}
    </div>
  );
}

function whole(before: string, after: string): Change[] {
  return [
    { value: before, removed: true, added: false, count: 1 },
    { value: after, removed: false, added: true, count: 1 },
  ];
}

function rowsOf(before: string, after: string): Row[] {
  const rows: Row[] = [];
  let old = 1;
  let now = 1;
  for (const change of diffLines(before, after, { timeout: PATIENCE_MS }) ?? whole(before, after))
    for (const text of change.value.replace(/\n$/, '').split('\n'))
      if (change.removed) rows.push({ kind: 'gone', text, old: old++ });
      else if (change.added) rows.push({ kind: 'come', text, now: now++ });
      else rows.push({ kind: 'same', text, old: old++, now: now++ });
  markWords(rows);
  return rows;
}

/** Finds for each run of gone lines the run that came in its place, and the words that changed in their pairs. */
function markWords(rows: Row[]): void {
  for (let at = 0; at < rows.length; at += 1) {
    if (rows[at]?.kind !== 'gone') continue;
    let end = at;
    while (rows[end]?.kind === 'gone') end += 1;
    let come = end;
    while (rows[come]?.kind === 'come') come += 1;
    if (end - at === come - end)
      for (let line = at; line < end; line += 1) {
        const [gone, fresh] = [rows[line], rows[line + end - at]];
        if (!gone || !fresh || gone.text.length + fresh.text.length > 2000) continue;
        const words = diffWordsWithSpace(gone.text, fresh.text);
        gone.words = words.filter(({ added }) => !added);
        fresh.words = words.filter(({ removed }) => !removed);
      }
    at = come - 1;
  }
}

function folded(rows: readonly Row[]): { fold: boolean; rows: Row[] }[] {
  const near = rows.map(() => false);
  rows.forEach((row, at) => {
    if (row.kind !== 'same')
      for (let by = -CONTEXT; by <= CONTEXT; by += 1)
        if (at + by >= 0 && at + by < rows.length) near[at + by] = true;
  });
  const groups: { fold: boolean; rows: Row[] }[] = [];
  rows.forEach((row, at) => {
    const fold = !near[at];
    const last = groups.at(-1);
    if (last && last.fold === fold) last.rows.push(row);
    else groups.push({ fold, rows: [row] });
  });
  return groups;
}
