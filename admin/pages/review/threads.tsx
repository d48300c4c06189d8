import React, { useEffect, useRef, useState } from 'react';
import type { ThreadView } from '../../../src/http/presenters/review.js';
import { call, useAction } from '../../components/api.js';
import { Ago } from '../../components/format.js';
import { Button, ConfirmButton, ErrorNote } from '../../components/kit.js';
import { useMe, useRole } from '../../components/session.js';

/** Lines in words: `line 3`, `lines 3–5`. */
export function lineWords(from: number, to: number): string {
  return from === to ? `line ${from}` : `lines ${from}–${to}`;
}

/** One remark on lines, with what its reader may do with it. */
export function Thread({
  thread,
  ownerId,
  changed,
}: {
  thread: ThreadView;
  /** Whose mission it is: they may resolve remarks, too. */
  ownerId: string;
  changed: () => void;
}): React.JSX.Element {
  const me = useMe();
  const approver = useRole('approver');
  const submitter = useRole('submitter');
  const [editing, setEditing] = useState<string>();
  const done = thread.resolvedAt !== null;
  const change = useAction(async (body: { body?: string; resolved?: boolean }) => {
    await call('PATCH', `/comments/${thread.id}`, body);
    setEditing(undefined);
    changed();
  });
  const remove = useAction(async () => {
    await call('DELETE', `/comments/${thread.id}`);
    changed();
  });
  const mayResolve = submitter && (thread.mine || approver || me.id === ownerId);
  return (
    <article
      className={done ? 'at-thread at-done' : 'at-thread'}
      id={`thread-${thread.id}`}
      tabIndex={-1}
      aria-label={`Comment by ${thread.author?.name ?? 'somebody'}`}
    >
      <header className="at-row">
        <strong>{thread.author?.name ?? 'Somebody who is gone'}</strong>
        <span className="at-soft">
          {thread.now ? lineWords(thread.now.lineStart, thread.now.lineEnd) : 'its lines are gone'} ·{' '}
          <Ago at={thread.createdAt} />
          {done && ' · resolved'}
        </span>
      </header>
      {thread.outdated && (
        <pre className="at-quote" tabIndex={0}>
          {thread.quote}
        </pre>
      )}
      {editing === undefined ? (
        <p className="at-said">{thread.body}</p>
      ) : (
        <textarea
          aria-label="Your comment"
          value={editing}
          maxLength={10_000}
          onChange={({ target }) => setEditing(target.value)}
        />
      )}
      {change.error && <ErrorNote error={change.error} />}
      <div className="at-actions">
        {editing !== undefined ? (
          <>
            <Button
              look="primary"
              busy={change.busy}
              disabled={editing.trim() === ''}
              onClick={() => void change.run({ body: editing })}
            >
              Save
            </Button>
            <Button onClick={() => setEditing(undefined)}>Cancel</Button>
          </>
        ) : (
          <>
            {mayResolve && (
              <Button look="quiet" busy={change.busy} onClick={() => void change.run({ resolved: !done })}>
                {done ? 'Open again' : 'Resolve'}
              </Button>
            )}
            {thread.mine && (
              <>
                <Button look="quiet" onClick={() => setEditing(thread.body)}>
                  Edit
                </Button>
                <ConfirmButton
                  label="Delete"
                  look="quiet"
                  question="Your comment is deleted for everybody. Resolve it instead to keep it on record."
                  action={remove}
                />
              </>
            )}
          </>
        )}
      </div>
    </article>
  );
}

/** A remark that is being written; it is kept with the page's draft until it is sent. */
export interface OpenComment {
  path: string;
  from: number;
  to: number;
  body: string;
}

/** Where a remark on lines is written. Of several lines, those that are meant can be chosen. */
export function CommentForm({
  approvalId,
  sha256,
  lines,
  range,
  open,
  set,
  changed,
}: {
  approvalId: string;
  /** The version that is read; the API refuses another. */
  sha256: string;
  lines: readonly string[];
  /** The lines that can be chosen from. */
  range: { from: number; to: number };
  open: OpenComment;
  set: (open: OpenComment | undefined) => void;
  changed: () => void;
}): React.JSX.Element {
  const box = useRef<HTMLTextAreaElement>(null);
  useEffect(() => box.current?.focus(), []);
  const send = useAction(async () => {
    const { path, from, to, body } = open;
    await call('POST', `/approvals/${approvalId}/comments`, {
      ...{ path, sha256, lineStart: from, lineEnd: to, body },
    });
    set(undefined);
    changed();
  });
  const numbers = Array.from({ length: range.to - range.from + 1 }, (_, at) => range.from + at);
  return (
    <form
      className="at-thread at-form"
      aria-label={`Comment on ${lineWords(open.from, open.to)}`}
      onSubmit={(event) => {
        event.preventDefault();
        if (open.body.trim() !== '') void send.run();
      }}
    >
      {numbers.length > 1 && (
        <div className="at-row at-lines-pick">
          <label>
            From line
            <select
              value={open.from}
              onChange={({ target }) => {
                const from = Number(target.value);
                set({ ...open, from, to: Math.max(from, open.to) });
              }}
            >
              {numbers.map((no) => (
                <option key={no}>{no}</option>
              ))}
            </select>
          </label>
          <label>
            to line
            <select
              value={open.to}
              onChange={({ target }) => {
                const to = Number(target.value);
                set({ ...open, to, from: Math.min(to, open.from) });
              }}
            >
              {numbers.map((no) => (
                <option key={no}>{no}</option>
              ))}
            </select>
          </label>
        </div>
      )}
      <pre className="at-quote" tabIndex={0}>
        {lines.slice(open.from - 1, open.to).join('\n')}
      </pre>
      <textarea
        ref={box}
        aria-label={`Comment on ${lineWords(open.from, open.to)}`}
        value={open.body}
        maxLength={10_000}
        placeholder="What should be different, and why"
        onChange={({ target }) => set({ ...open, body: target.value })}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey))
            event.currentTarget.form?.requestSubmit();
          if (event.key === 'Escape' && open.body === '') set(undefined);
        }}
      />
      {send.error && <ErrorNote error={send.error} />}
      <div className="at-actions">
        <Button type="submit" look="primary" busy={send.busy} disabled={open.body.trim() === ''}>
          Comment
        </Button>
        <Button onClick={() => set(undefined)}>Cancel</Button>
      </div>
    </form>
  );
}
