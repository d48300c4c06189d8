import React, { type ReactNode } from 'react';
import type { ReviewView } from '../../../src/http/presenters/review.js';
import type { Action } from '../../components/api.js';
import type { Draft } from '../../components/draft.js';
import { money } from '../../components/format.js';
import { Button, Dialog, ErrorNote, Field } from '../../components/kit.js';
import type { Typed, Wish } from './decision.js';
import { lineWords } from './threads.js';
import { documentName, targetWords } from './words.js';

/** What a dialog needs to ask and to send. */
export interface Asking {
  review: ReviewView;
  draft: Draft<Typed>;
  action: Action<[Wish]>;
  close: () => void;
}

/** The reason of an administrator who decides past the policy, for the decision. */
export function bypassOf({ review, draft }: Pick<Asking, 'review' | 'draft'>): Pick<Wish, 'bypass'> {
  const reason = (draft.value.bypass ?? '').trim();
  return review.can.bypass && reason !== '' ? { bypass: { reason } } : {};
}

/** Says why the policy is in the way, and takes the reason for going past it. */
export function Bypass({ review, draft }: Pick<Asking, 'review' | 'draft'>): React.JSX.Element | null {
  const { can, votes } = review;
  if (!can.bypass || (can.decide && votes.needed <= 1)) return null;
  return (
    <Field
      label={can.decide ? 'Reason to decide at once (optional)' : 'Reason to decide past the policy'}
      help={
        can.decide
          ? `${votes.needed} people have to approve. With a reason, your decision counts at once; the audit keeps it.`
          : `${can.because ?? ''} As an administrator you can decide with a reason; the audit keeps it.`
      }
      name="bypass"
    >
      <input
        value={draft.value.bypass ?? ''}
        maxLength={2000}
        onChange={({ target }) => draft.set({ bypass: target.value })}
      />
    </Field>
  );
}

/** Whether the policy lets the reader decide, or they gave a reason to go past it. */
export function cleared({ review, draft }: Pick<Asking, 'review' | 'draft'>): boolean {
  return review.can.decide || 'bypass' in bypassOf({ review, draft });
}

/** The end of each dialog: what went wrong, the button that does it, and the way back. */
export function Send({
  asking: { action, close },
  label,
  look = 'primary',
  disabled = false,
  send,
  first = false,
}: {
  asking: Asking;
  label: string;
  look?: 'primary' | 'danger';
  disabled?: boolean;
  send: () => Wish;
  /** Whether the button has the focus when the dialog opens, so that Enter does it. */
  first?: boolean;
}): React.JSX.Element {
  return (
    <>
      {action.error && <ErrorNote error={action.error} />}
      <div className="at-actions" ref={first ? focusFirst : undefined}>
        <Button look={look} busy={action.busy} disabled={disabled} onClick={() => void action.run(send())}>
          {label}
        </Button>
        <Button onClick={close}>Not now</Button>
      </div>
    </>
  );
}

/** A dialog gives the focus to what has this attribute when it opens; React leaves it out. */
const focusFirst = (box: HTMLElement | null): void => {
  (box?.querySelector('button') ?? box)?.setAttribute('autofocus', '');
};

/** Approving, with notes or without. */
export function ApproveDialog({ asking }: { asking: Asking }): React.JSX.Element {
  const { review, draft } = asking;
  const { votes, cost, openComments } = review;
  const notes = draft.value.notes ?? '';
  const bypass = bypassOf(asking);
  const onlyCounts = votes.needed > 1 && votes.given + 1 < votes.needed && !('bypass' in bypass);
  return (
    <Dialog title="Approve" onClose={asking.close}>
      <div className="at-stack">
        <p>
          {onlyCounts
            ? `Your approval is number ${votes.given + 1} of ${votes.needed}. The work goes on when all are there.`
            : 'The team goes on with exactly these documents.'}
          {!onlyCounts &&
            cost.toCompleteUsd !== null &&
            ` Finishing is likely to cost about ${money(cost.toCompleteUsd)} more.`}
        </p>
        {openComments > 0 && (
          <p className="at-note at-warn">
            {openComments === 1 ? 'One comment is' : `${openComments} comments are`} open. Comments on lines
            go to an agent only with a request for changes.
          </p>
        )}
        <Bypass review={review} draft={draft} />
        <Field
          label="Notes (optional)"
          help="They go to the agents that build it."
          name="comment"
          error={asking.action.error}
        >
          <textarea
            value={notes}
            maxLength={20_000}
            onChange={({ target }) => draft.set({ notes: target.value })}
          />
        </Field>
        <Send
          asking={asking}
          first
          label={notes.trim() === '' ? 'Confirm approval' : 'Approve with notes'}
          disabled={!cleared(asking)}
          send={() => ({ decision: 'approve', comment: notes, ...bypass })}
        />
      </div>
    </Dialog>
  );
}

/** Asking for changes: what, and from whom. */
export function ChangesDialog({ asking }: { asking: Asking }): React.JSX.Element {
  const { review, draft } = asking;
  const { changeTargets } = review.approval;
  const changes = draft.value.changes ?? '';
  const kept = draft.value.target;
  const target = kept !== undefined && changeTargets.includes(kept) ? kept : changeTargets[0];
  const open = review.threads.filter(
    (thread) => thread.resolvedAt === null && review.artifacts.some(({ path }) => path === thread.path),
  );
  const nothing = changes.trim() === '' && open.length === 0;
  return (
    <Dialog title="Request changes" onClose={asking.close}>
      <div className="at-stack">
        {changeTargets.length > 1 && (
          <fieldset className="at-choice">
            <legend>Who is to change it</legend>
            {changeTargets.map((phase) => {
              const [who, what] = targetWords(phase);
              return (
                <label key={phase} className="at-check">
                  <input
                    type="radio"
                    name="target"
                    checked={phase === target}
                    onChange={() => draft.set({ target: phase })}
                  />
                  <span>
                    <strong>{who}</strong> {what}
                  </span>
                </label>
              );
            })}
          </fieldset>
        )}
        <Field
          label={
            open.length > 0 ? 'What has to change (optional, as there are comments)' : 'What has to change'
          }
          help="It goes to the agent word for word."
          name="comment"
          error={asking.action.error}
        >
          <textarea
            ref={focusFirst}
            value={changes}
            maxLength={20_000}
            required={open.length === 0}
            onChange={(event) => draft.set({ changes: event.target.value })}
          />
        </Field>
        {open.length > 0 && (
          <details className="at-with" open={open.length <= 3}>
            <summary>
              {open.length === 1 ? 'One open comment goes' : `${open.length} open comments go`} along
            </summary>
            <ul>
              {open.map((thread) => (
                <li key={thread.id}>
                  <span className="at-soft">
                    {documentName({ type: '', path: thread.path })},{' '}
                    {thread.now ? lineWords(thread.now.lineStart, thread.now.lineEnd) : 'lines that are gone'}
                    :
                  </span>{' '}
                  {thread.body}
                </li>
              ))}
            </ul>
          </details>
        )}
        <Bypass review={review} draft={draft} />
        {nothing && <p className="at-soft">Say what has to change, here or on lines of the documents.</p>}
        <Send
          asking={asking}
          label="Send the request"
          disabled={nothing || !cleared(asking)}
          send={() => ({ decision: 'request_changes', comment: changes, target, ...bypassOf(asking) })}
        />
      </div>
    </Dialog>
  );
}

/** Rejecting, which ends the mission. */
export function RejectDialog({ asking }: { asking: Asking }): React.JSX.Element {
  const { draft, review } = asking;
  const why = draft.value.rejection ?? '';
  return (
    <Dialog title="Reject" onClose={asking.close}>
      <div className="at-stack">
        <p>
          The mission ends here: no code is written and nothing more is spent. The documents stay where they
          are. To get another version instead, request changes.
        </p>
        <Bypass review={review} draft={draft} />
        <Field label="Why (optional)" help="Its owner reads it." name="comment" error={asking.action.error}>
          <textarea
            ref={focusFirst}
            value={why}
            maxLength={20_000}
            onChange={({ target }) => draft.set({ rejection: target.value })}
          />
        </Field>
        <Send
          asking={asking}
          look="danger"
          label="Reject the mission"
          disabled={!cleared(asking)}
          send={() => ({ decision: 'reject', comment: why, ...bypassOf(asking) })}
        />
      </div>
    </Dialog>
  );
}

/** What a dialog is for, in a row of the bar. */
export type Ask = 'approve' | 'changes' | 'edit' | 'reject' | 'more';

/** The rest of the decisions, where the bar has no room for them. */
export function MoreDialog({ choose, close }: { choose: (ask: Ask) => void; close: () => void }): ReactNode {
  return (
    <Dialog title="More" onClose={close}>
      <div className="at-stack at-more-list">
        <Button onClick={() => choose('edit')}>Edit and approve</Button>
        <Button look="danger" onClick={() => choose('reject')}>
          Reject
        </Button>
      </div>
    </Dialog>
  );
}
