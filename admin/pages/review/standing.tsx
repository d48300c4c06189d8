import React from 'react';
import type { ReviewView } from '../../../src/http/presenters/review.js';
import { Ago } from '../../components/format.js';
import { Button, ButtonLink } from '../../components/kit.js';
import type { Draft } from '../../components/draft.js';
import type { Decided, Typed } from './decision.js';
import { decidedWords, documentName, nextWords, type Shown } from './words.js';

/** The decision that stands at a closed gate, and where it went on. `late`: it stood before the reader's own. */
export function Standing({
  review,
  own,
  late,
  draft,
}: {
  review: ReviewView;
  own: Decided | undefined;
  late: boolean;
  draft: Draft<Typed>;
}): React.JSX.Element | null {
  const { approval, session, history } = review;
  if (approval.status === 'pending') {
    // Until the page knows what a decision has done, it says nothing of it.
    if (own?.status !== 'pending') return null;
    return (
      <div className="at-note at-good" role="status">
        <p>
          <strong>
            Your approval counts: {own.votes.given} of {own.votes.needed}.
          </strong>{' '}
          The work goes on when the others have approved the same documents.
        </p>
        <div className="at-actions">
          <ButtonLink to="/admin/pages/inbox">To the inbox</ButtonLink>
        </div>
      </div>
    );
  }
  const past = history.find(({ approvalId }) => approvalId === approval.id);
  const next = history.find(({ status, approvalId }) => status === 'pending' && approvalId !== approval.id);
  const mine = own !== undefined && own.status !== 'pending';
  const { notes, changes, rejection, comment, edits } = draft.value;
  const typed = [notes, changes, rejection, comment?.body, ...Object.values(edits ?? {})].filter(
    (text) => text !== undefined && text !== '',
  );
  const tone = late
    ? 'at-warn'
    : ({ approved: 'at-good', rejected: 'at-bad' }[approval.status as string] ?? 'at-warn');
  return (
    <div className={`at-note ${tone}`} role="status" id="standing" tabIndex={-1}>
      {late && (
        <p>
          <strong>Your decision came too late and was not taken: this gate was closed already.</strong>
        </p>
      )}
      <p>
        <strong>
          {mine
            ? `You decided: ${approval.status.replaceAll('_', ' ')}.`
            : `${past ? decidedWords(past) : approval.status}.`}
        </strong>{' '}
        {approval.decidedAt !== null && <Ago at={approval.decidedAt} />}
        {past && past.edited.length > 0 && ` · edited with it: ${past.edited.join(', ')}`}
        {past && past.bypassReason !== null && ` · past the policy: ${past.bypassReason}`}
      </p>
      {approval.comment !== null && (
        <p className="at-said at-quote" tabIndex={0}>
          {approval.comment}
        </p>
      )}
      {mine && <p>{nextWords(approval.status, approval.target)}</p>}
      {typed.length > 0 && (
        <div>
          <p>What you typed here was not sent:</p>
          {typed.map((text) => (
            <p key={text} className="at-said at-quote" tabIndex={0}>
              {text}
            </p>
          ))}
          <Button onClick={draft.clear}>Forget it</Button>
        </div>
      )}
      <div className="at-actions">
        {next && (
          <ButtonLink look="primary" to={`/admin/pages/review?id=${next.approvalId}`}>
            Review revision {next.revision}
          </ButtonLink>
        )}
        <ButtonLink
          look={mine && !next ? 'primary' : 'plain'}
          to={`/admin/pages/session?id=${session.sessionId}`}
        >
          {approval.status === 'rejected' ? 'See the mission' : 'Watch the mission'}
        </ButtonLink>
        <ButtonLink look="quiet" to="/admin/pages/inbox">
          To the inbox
        </ButtonLink>
      </div>
    </div>
  );
}

/** What changed under the reader, and the way on. */
export function Changed({
  from,
  to,
  refused,
  follow,
}: {
  from: readonly Shown[];
  to: readonly Shown[];
  /** Whether a decision was refused for it: then the page has followed already. */
  refused: boolean;
  follow: (() => void) | undefined;
}): React.JSX.Element {
  const changed = to.filter((one) => from.every(({ sha256 }) => sha256 !== one.sha256));
  const names = changed.map((one) => {
    const old = from.find(({ path }) => path === one.path);
    return `${documentName(one)} (version ${old ? `${old.version} → ` : ''}${one.version})`;
  });
  return (
    <div className="at-note at-warn" role="alert" id="changed" tabIndex={-1}>
      <p>
        <strong>
          {refused
            ? 'Not decided: what is shown here changed while you were reading.'
            : 'What is shown here changed while you were reading.'}
        </strong>{' '}
        {names.length > 0 ? `New: ${names.join(', ')}.` : 'A document was taken away.'}{' '}
        {follow
          ? 'A decision for the old version is not taken.'
          : 'Below is the difference to what you read. What you typed is kept; look at it, and decide anew.'}
      </p>
      {follow && <Button onClick={follow}>Show what changed</Button>}
    </div>
  );
}
