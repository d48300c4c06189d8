import React from 'react';
import { useSearchParams } from 'react-router-dom';
import type { ReviewView } from '../../src/http/presenters/review.js';
import { ApiProblem, useApi } from '../components/api.js';
import { ButtonLink, Empty, ErrorNote, Loading, Page } from '../components/kit.js';
import { ReviewPage } from './review/review-page.js';

const BACK = { to: '/admin/pages/inbox', label: 'Inbox' };

/** A gate: its documents, what changed, what people say, and the decision. Opening it decides nothing. */
export default function Review(): React.JSX.Element {
  const id = useSearchParams()[0].get('id') ?? '';
  const review = useApi<ReviewView>(id === '' ? null : `/approvals/${encodeURIComponent(id)}/review`, 8000);
  if (review.data)
    return <ReviewPage key={id} review={review.data} reload={review.reload} lost={review.error} />;
  const missing =
    id === '' || (review.error instanceof ApiProblem && [400, 404].includes(review.error.status));
  return (
    <Page title="Review" back={BACK}>
      {missing ? (
        <Empty title="There is no such review for you">
          <p>The link may be cut off, or the mission is somebody else’s and you only see your own.</p>
          <p className="at-more">
            <ButtonLink to={BACK.to}>To the inbox</ButtonLink>
          </p>
        </Empty>
      ) : review.error ? (
        <ErrorNote error={review.error} retry={review.reload} />
      ) : (
        <Loading what="Loading the review" />
      )}
    </Page>
  );
}
