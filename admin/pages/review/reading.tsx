import { diffLines } from 'diff';
import React, { memo, useEffect, useMemo, useRef, type ReactNode } from 'react';
import type { ThreadView } from '../../../src/http/presenters/review.js';
import { blocksOf, decorate, type DocBlock } from '../../components/markdown.js';
import { CommentForm, lineWords, Thread, type OpenComment } from './threads.js';

/** What a document's lines are shown with: the remarks on them, and where a new one goes. */
export interface Remarks {
  approvalId: string;
  ownerId: string;
  path: string;
  sha256: string;
  threads: readonly ThreadView[];
  /** Whether the reader may remark. */
  allowed: boolean;
  open: OpenComment | undefined;
  setOpen: (open: OpenComment | undefined) => void;
  changed: () => void;
}

/** The lines of a text as the API counts them. */
function linesOf(text: string): string[] {
  const lines = text.split(/\r?\n/);
  if (lines.length > 1 && lines.at(-1) === '') lines.pop();
  return lines;
}

/** The lines of `after` that are not in `before`. */
function freshLines(before: string | undefined, after: string): ReadonlySet<number> {
  const fresh = new Set<number>();
  if (before === undefined) return fresh;
  let line = 1;
  for (const change of diffLines(before, after, { timeout: 1500 }) ?? []) {
    if (change.removed) continue;
    if (change.added) for (let at = 0; at < change.count; at += 1) fresh.add(line + at);
    line += change.count;
  }
  return fresh;
}

/** A document as it is meant to be read, block by block, each with its remarks below. */
export function Reading({
  text,
  before,
  remarks,
}: {
  text: string;
  /** The version before, whose differences are marked. */
  before: string | undefined;
  remarks: Remarks;
}): React.JSX.Element {
  const blocks = useMemo(() => blocksOf(text), [text]);
  const lines = useMemo(() => linesOf(text), [text]);
  const fresh = useMemo(() => freshLines(before, text), [before, text]);
  return (
    <div className="at-doc at-reading">
      {blocks.map((block, at) => {
        const to = Math.max(block.from, Math.min(block.to, lines.length));
        const isNew = [...fresh].some((line) => line >= block.from && line <= to);
        // A remark stands under the block in which its lines end.
        const first = at === 0 ? 0 : block.from;
        const next = blocks[at + 1]?.from ?? Infinity;
        return (
          <WithRemarks
            key={block.from}
            from={block.from}
            to={to}
            within={(line) => line >= first && line < next}
            lines={lines}
            remarks={remarks}
            className={isNew ? 'at-block at-fresh' : 'at-block'}
          >
            {isNew && <span className="at-hidden">Changed since the last version: </span>}
            <Block block={block} />
          </WithRemarks>
        );
      })}
    </div>
  );
}

const Block = memo(
  function Block({ block }: { block: DocBlock }): React.JSX.Element {
    const ref = useRef<HTMLDivElement>(null);
    useEffect(() => (ref.current ? decorate(ref.current) : undefined), [block.html]);
    return <div ref={ref} className="at-block-in" dangerouslySetInnerHTML={{ __html: block.html }} />;
  },
  (old, now) => old.block.html === now.block.html,
);

/** A document as its plain lines, each of which can be remarked on. */
export function RawLines({
  text,
  before,
  remarks,
}: {
  text: string;
  before: string | undefined;
  remarks: Remarks;
}): React.JSX.Element {
  const lines = useMemo(() => linesOf(text), [text]);
  const fresh = useMemo(() => freshLines(before, text), [before, text]);
  return (
    <div className="at-raw">
      {lines.map((line, at) => (
        <WithRemarks
          key={at}
          from={at + 1}
          to={at + 1}
          within={(one) => one === at + 1}
          lines={lines}
          remarks={remarks}
          className={fresh.has(at + 1) ? 'at-raw-line at-fresh' : 'at-raw-line'}
        >
          <code>{line}</code>
        </WithRemarks>
      ))}
    </div>
  );
}

/** Lines of a document with a button to remark on them, and the remarks. */
function WithRemarks({
  from,
  to,
  within,
  lines,
  remarks,
  className,
  children,
}: {
  from: number;
  to: number;
  within: (line: number) => boolean;
  lines: readonly string[];
  remarks: Remarks;
  className: string;
  children: ReactNode;
}): React.JSX.Element {
  const { open, setOpen } = remarks;
  const here = remarks.threads.filter((thread) => thread.now !== null && within(thread.now.lineEnd));
  const writing = open !== undefined && open.path === remarks.path && within(open.to);
  return (
    <>
      <div className={className} id={`line-${from}`} data-line={from}>
        {remarks.allowed && (
          <button
            type="button"
            className="at-remark"
            aria-label={`Comment on ${lineWords(from, to)}`}
            title={`Comment on ${lineWords(from, to)}`}
            onClick={(event) => {
              // With Shift, the lines from where the open remark stands to this one.
              if (event.shiftKey && open?.path === remarks.path)
                setOpen({ ...open, from: Math.min(open.from, from), to: Math.max(open.to, to) });
              else setOpen({ path: remarks.path, from, to, body: open?.body ?? '' });
            }}
          >
            <span className="at-no" aria-hidden="true">
              {from}
            </span>
            <svg viewBox="0 0 24 24" width="16" height="16" aria-hidden="true" className="at-icon">
              <path d="M21 15a2 2 0 0 1-2 2H8l-5 4V5a2 2 0 0 1 2-2h14a2 2 0 0 1 2 2zM12 7v6M9 10h6" />
            </svg>
          </button>
        )}
        {!remarks.allowed && className.startsWith('at-raw') && (
          <span className="at-no" aria-hidden="true">
            {from}
          </span>
        )}
        {children}
      </div>
      {here.map((thread) => (
        <Thread key={thread.id} thread={thread} ownerId={remarks.ownerId} changed={remarks.changed} />
      ))}
      {writing && (
        <CommentForm
          approvalId={remarks.approvalId}
          sha256={remarks.sha256}
          lines={lines}
          range={{ from: Math.min(from, open.from), to: Math.max(to, open.to) }}
          open={open}
          set={setOpen}
          changed={remarks.changed}
        />
      )}
    </>
  );
}
