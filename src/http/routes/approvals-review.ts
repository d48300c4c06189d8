import { idCursor } from '../cursor.js';
import { approvalView, presentApproval } from '../presenters/approval.js';
import { pageOf } from '../presenters/page.js';
import {
  commentView,
  inboxItemView,
  policyView,
  presentComment,
  presentInboxItem,
  presentPolicy,
  presentReview,
  presentThread,
  reviewView,
  threadView,
} from '../presenters/review.js';
import { emptyBody, noBody, none, route, type Route } from '../route.js';
import {
  claimBody,
  commentChangesBody,
  commentParams,
  inboxQuery,
  newCommentBody,
  policyBody,
  policyParams,
} from './approvals-review.schema.js';
import { approvalParams } from './approvals.schema.js';
import type { App } from '../../app.js';
import type { Approval } from '../../db/entities/approval.js';
import type { ApprovalView } from '../presenters/approval.js';
import type { SignedIn } from '../route.js';

const cursors = idCursor('approvals');
const tag = 'Gates';

/** What people need to decide together: the inbox, claims, reviews, remarks on lines, policies. */
export const reviewRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/api/v1/approvals',
    access: 'viewer',
    tag,
    summary: 'The inbox: gates that wait, oldest first',
    params: none,
    query: inboxQuery,
    body: noBody,
    answers: { 200: { description: 'A page of them.', schema: pageOf(inboxItemView) } },
    async handle({ app, caller, query: { q, cursor, ...query } }) {
      const { items, next } = await app.inbox.page(caller, {
        ...query,
        text: q,
        ...(cursor !== undefined && { after: cursors.decode(cursor) }),
      });
      const rules = app.kinds.all();
      return {
        status: 200,
        body: {
          items: items.map((item) => presentInboxItem(item, rules, caller.userId)),
          nextCursor: next === null ? null : cursors.encode(next),
        },
      };
    },
  }),
  route({
    method: 'get',
    path: '/api/v1/approvals/:approvalId/review',
    access: 'viewer',
    tag,
    summary: 'Everything somebody needs to decide a gate',
    description:
      'What it shows and what was shown before, the decisions so far, remarks on lines, cost, policy, and what you ' +
      'may do. Reading decides nothing.',
    params: approvalParams,
    query: none,
    body: noBody,
    answers: { 200: { description: 'The review.', schema: reviewView } },
    async handle({ app, caller, params }) {
      const review = await app.reviews.review(caller, params.approvalId);
      return { status: 200, body: presentReview(review, app.kinds.all(), caller.userId) };
    },
  }),
  route({
    method: 'post',
    path: '/api/v1/approvals/:approvalId/claim',
    access: 'submitter',
    tag,
    summary: 'Tell the others that you look at a gate',
    description: "A hint, not a lock. Somebody else's claim answers 409 `claimed`, unless you give `force`.",
    params: approvalParams,
    query: none,
    body: claimBody,
    answers: { 200: { description: 'The gate.', schema: approvalView } },
    async handle({ app, caller, params, body }) {
      const approval = await app.inbox.claim(caller, params.approvalId, body?.force ?? false);
      return { status: 200, body: await present(app, caller, approval) };
    },
  }),
  route({
    method: 'post',
    path: '/api/v1/approvals/:approvalId/release',
    access: 'submitter',
    tag,
    summary: 'Take your claim back',
    params: approvalParams,
    query: none,
    body: emptyBody,
    answers: { 200: { description: 'The gate.', schema: approvalView } },
    async handle({ app, caller, params }) {
      const approval = await app.inbox.release(caller, params.approvalId);
      return { status: 200, body: await present(app, caller, approval) };
    },
  }),
  route({
    method: 'get',
    path: '/api/v1/approvals/:approvalId/comments',
    access: 'viewer',
    tag,
    summary: 'Remarks on lines, looked up in what the gate shows',
    params: approvalParams,
    query: none,
    body: noBody,
    answers: { 200: { description: 'All of the session, oldest first.', schema: pageOf(threadView) } },
    async handle({ app, caller, params }) {
      const threads = await app.comments.threads(await app.approvals.get(caller, params.approvalId));
      const items = threads.map((thread) => presentThread(thread, caller.userId));
      return { status: 200, body: { items, nextCursor: null } };
    },
  }),
  route({
    method: 'post',
    path: '/api/v1/approvals/:approvalId/comments',
    access: 'submitter',
    tag,
    summary: 'Remark on lines of a document',
    description:
      'On the version that the gate shows; another answers 409 `stale_artifacts`. Open remarks go to the agent with ' +
      'a request for changes, and are looked up again in the next version.',
    params: approvalParams,
    query: none,
    body: newCommentBody,
    answers: { 201: { description: 'The remark.', schema: threadView } },
    async handle({ app, caller, params, body }) {
      const approval = await app.approvals.get(caller, params.approvalId);
      const thread = await app.comments.add(caller, approval, body);
      return { status: 201, body: presentThread(thread, caller.userId) };
    },
  }),
  route({
    method: 'patch',
    path: '/api/v1/comments/:commentId',
    access: 'submitter',
    tag,
    summary: 'Edit your remark, resolve one, or open it again',
    params: commentParams,
    query: none,
    body: commentChangesBody,
    answers: { 200: { description: 'The remark.', schema: commentView } },
    async handle({ app, caller, params, body }) {
      const { comment, authorName } = await app.comments.change(caller, params.commentId, body);
      return { status: 200, body: presentComment(comment, authorName) };
    },
  }),
  route({
    method: 'delete',
    path: '/api/v1/comments/:commentId',
    access: 'submitter',
    tag,
    summary: 'Delete your remark',
    params: commentParams,
    query: none,
    body: emptyBody,
    answers: { 204: { description: 'It is gone.' } },
    async handle({ app, caller, params }) {
      await app.comments.remove(caller, params.commentId);
      return { status: 204 };
    },
  }),
  route({
    method: 'get',
    path: '/api/v1/policies',
    access: 'viewer',
    tag,
    summary: 'Who may decide at which gate, and what happens when nobody does',
    params: none,
    query: none,
    body: noBody,
    answers: { 200: { description: 'Every gate of every kind.', schema: pageOf(policyView) } },
    async handle({ app }) {
      const all = await app.policies.list();
      return { status: 200, body: { items: all.map(presentPolicy), nextCursor: null } };
    },
  }),
  route({
    method: 'put',
    path: '/api/v1/policies/:kind/:gate',
    access: 'admin',
    tag,
    summary: 'Set the policy of a gate',
    description:
      'What is left out goes back to its default. Who may decide and how many holds at once, also at gates that ' +
      'wait already; the times hold for gates that open from then on.',
    params: policyParams,
    query: none,
    body: policyBody,
    answers: { 200: { description: 'What holds now.', schema: policyView } },
    async handle({ app, caller, params: { kind, gate }, body }) {
      return { status: 200, body: presentPolicy(await app.policies.put(caller, kind, gate, body)) };
    },
  }),
];

async function present(app: App, caller: SignedIn, approval: Approval): Promise<ApprovalView> {
  const { kind } = await app.sessions.get(caller, approval.sessionId);
  return presentApproval(
    approval,
    app.kinds.all().find((rules) => rules.kind === kind),
  );
}
