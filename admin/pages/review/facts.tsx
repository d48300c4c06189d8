import React from 'react';
import { Link } from 'react-router-dom';
import type { ReviewView, ThreadView } from '../../../src/http/presenters/review.js';
import { call, useAction } from '../../components/api.js';
import { Badge } from '../../components/badge.js';
import { Ago, money } from '../../components/format.js';
import { Button, Card, ErrorNote, Facts } from '../../components/kit.js';
import { useMe } from '../../components/session.js';
import { Since } from '../../components/since.js';
import { lineWords } from './threads.js';
import { decidedWords, documentName } from './words.js';

/** What it has cost, what it may cost, who decides, and how long it waits. */
export function FactsCard({
  review,
  changed,
}: {
  review: ReviewView;
  changed: () => void;
}): React.JSX.Element {
  const { cost, votes, approval, policy } = review;
  const waits = approval.status === 'pending';
  return (
    <Card title="At a glance">
      <Facts
        of={[
          ['Cost so far', money(cost.usd)],
          !waits
            ? null
            : [
                'Cost to finish',
                cost.toCompleteUsd === null ? (
                  <span className="at-soft">not known before a first mission is finished</span>
                ) : (
                  <span>
                    about {money(cost.toCompleteUsd)}{' '}
                    <span className="at-soft">
                      (median of {cost.fromMissions === 1 ? 'one mission' : `${cost.fromMissions} missions`})
                    </span>
                  </span>
                ),
              ],
          ['Owner', review.owner.name],
          waits ? ['Waiting', <Since key="w" at={approval.createdAt} />] : null,
          waits && approval.expiresAt !== null
            ? ['Time is up', <Ago key="e" at={approval.expiresAt} />]
            : null,
          votes.needed > 1 ? ['Approvals', `${votes.given} of ${votes.needed}`] : null,
        ]}
      />
      {waits && <Claim review={review} changed={changed} />}
      <details className="at-policy">
        <summary>Who may decide</summary>
        <ul>
          {policy.words.map((words) => (
            <li key={words}>{words}</li>
          ))}
        </ul>
      </details>
    </Card>
  );
}

/** Who looks at it; a hint for the others, which locks nothing. */
function Claim({ review, changed }: { review: ReviewView; changed: () => void }): React.JSX.Element | null {
  const me = useMe();
  const { claimedBy, can, approval } = review;
  const claim = useAction(async (way: 'claim' | 'release', body?: { force: boolean }) => {
    try {
      await call('POST', `/approvals/${approval.id}/${way}`, body);
    } finally {
      changed();
    }
  });
  if (!can.claim && !claimedBy) return null;
  const mine = claimedBy?.id === me.id;
  return (
    <div className="at-claim">
      <span className="at-soft">
        {claimedBy === null
          ? 'Nobody is on it yet.'
          : mine
            ? 'You are on it; the others see that.'
            : `${claimedBy.name} is on it.`}
      </span>
      {can.claim && (
        <Button
          busy={claim.busy}
          onClick={() =>
            void (mine ? claim.run('release') : claim.run('claim', { force: claimedBy !== null }))
          }
        >
          {mine ? 'Leave it' : claimedBy === null ? 'I’m on it' : 'Take over'}
        </Button>
      )}
      {claim.error && <ErrorNote error={claim.error} />}
    </div>
  );
}

/** The remarks of all documents, to go to them. */
export function CommentList({
  review,
  go,
}: {
  review: ReviewView;
  go: (thread: ThreadView) => void;
}): React.JSX.Element | null {
  if (review.threads.length === 0) return null;
  return (
    <Card title={`Comments (${review.openComments} open)`}>
      <ul className="at-comment-list">
        {review.threads.map((thread) => (
          <li key={thread.id}>
            <button
              type="button"
              onClick={() => go(thread)}
              className={thread.resolvedAt === null ? '' : 'at-done'}
            >
              <span className="at-soft">
                {documentName(
                  review.artifacts.find(({ path }) => path === thread.path) ?? {
                    type: '',
                    path: thread.path,
                  },
                )}
                , {thread.now ? lineWords(thread.now.lineStart, thread.now.lineEnd) : 'lines gone'}
                {thread.resolvedAt !== null && ', resolved'}
              </span>
              <span className="at-clip">{thread.body}</span>
            </button>
          </li>
        ))}
      </ul>
    </Card>
  );
}

/** Every gate of the session, and what people said there. */
export function HistoryCard({ review }: { review: ReviewView }): React.JSX.Element | null {
  const { history, approval } = review;
  if (history.length < 2 && history.every(({ status, votes }) => status === 'pending' && votes.length === 0))
    return null;
  return (
    <Card title="Decisions so far">
      <ol className="at-history">
        {history.toReversed().map((past) => (
          <li key={past.approvalId}>
            <div className="at-row">
              <Badge status={past.status} />
              {past.approvalId === approval.id ? (
                <strong>
                  {past.gateLabel}, revision {past.revision} (this one)
                </strong>
              ) : (
                <Link to={`/admin/pages/review?id=${past.approvalId}`}>
                  {past.gateLabel}, revision {past.revision}
                </Link>
              )}
            </div>
            {past.status !== 'pending' && (
              <p>
                {decidedWords(past)} · <Ago at={past.decidedAt} />
              </p>
            )}
            {past.comment !== null && (
              <p className="at-said at-quote" tabIndex={0}>
                {past.comment}
              </p>
            )}
            {past.edited.length > 0 && <p className="at-soft">Edited with it: {past.edited.join(', ')}</p>}
            {past.bypassReason !== null && (
              <p className="at-soft">Past the policy, because: {past.bypassReason}</p>
            )}
            {past.votes.map((vote) => (
              <p key={vote.person.id + vote.at} className="at-soft">
                {vote.person.name} approved{vote.counts ? '' : ' an earlier text'} · <Ago at={vote.at} />
                {vote.comment !== null && `: ${vote.comment}`}
              </p>
            ))}
          </li>
        ))}
      </ol>
    </Card>
  );
}
