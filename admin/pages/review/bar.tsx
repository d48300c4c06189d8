import React from 'react';
import type { ReviewView } from '../../../src/http/presenters/review.js';
import { Button } from '../../components/kit.js';
import type { Ask } from './dialogs.js';

/** The decisions: beside the documents on a desk, at the bottom of a phone. Each asks before it is sent. */
export function DecisionBar({
  review,
  mayAsk,
  ask,
}: {
  review: ReviewView;
  mayAsk: boolean;
  ask: (what: Ask) => void;
}): React.JSX.Element | null {
  const { can, openComments, votes, approval } = review;
  if (approval.status !== 'pending') return null;
  if (!mayAsk)
    return (
      <section className="at-card at-decide at-decide-not" aria-label="Your decision">
        <p>
          <strong>You cannot decide this.</strong> {can.because}
        </p>
      </section>
    );
  const voted = can.decide && !can.approve;
  return (
    <section className="at-card at-decide" aria-label="Your decision">
      {!can.decide && <p className="at-soft at-desk-only">{can.because} You can decide past the policy.</p>}
      {votes.needed > 1 && (
        <p className="at-soft at-desk-only">
          {votes.given} of {votes.needed} approvals{voted && ', yours among them'}
        </p>
      )}
      <Button look="primary" disabled={voted && !can.bypass} onClick={() => ask('approve')}>
        {voted ? 'You approved' : can.decide ? 'Approve' : 'Approve past the policy'}
      </Button>
      <Button onClick={() => ask('changes')}>
        Request changes{openComments > 0 && <span className="at-pill">{openComments}</span>}
      </Button>
      <span className="at-desk-only">
        <Button onClick={() => ask('edit')}>Edit and approve</Button>
        <Button look="danger" onClick={() => ask('reject')}>
          Reject
        </Button>
      </span>
      <span className="at-phone-only">
        <Button aria-label="More decisions" onClick={() => ask('more')}>
          ⋯
        </Button>
      </span>
    </section>
  );
}
