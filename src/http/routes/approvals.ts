import type { App } from '../../app.js';
import type { Approval } from '../../db/entities/approval.js';
import type { KindRules } from '../../services/kind-rules.js';
import { approvalView, presentApproval, type ApprovalView } from '../presenters/approval.js';
import { decidedView } from '../presenters/review.js';
import { pageOf } from '../presenters/page.js';
import { noBody, none, route, type Route, type SignedIn } from '../route.js';
import { approvalParams, decisionBody } from './approvals.schema.js';
import { sessionParams } from './common.schema.js';

const tag = 'Gates';

/** Human gates: what waits for a person, and the person's decision. */
export const approvalRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/api/v1/sessions/:sessionId/approvals',
    access: 'viewer',
    tag,
    summary: 'The gates of a session, oldest first',
    params: sessionParams,
    query: none,
    body: noBody,
    answers: { 200: { description: 'All of them.', schema: pageOf(approvalView) } },
    async handle({ app, caller, params: { sessionId } }) {
      const { kind } = await app.sessions.get(caller, sessionId);
      const rules = rulesOf(app, kind);
      const approvals = await app.approvals.list(caller, sessionId);
      return {
        status: 200,
        body: { items: approvals.map((approval) => presentApproval(approval, rules)), nextCursor: null },
      };
    },
  }),
  route({
    method: 'get',
    path: '/api/v1/approvals/:approvalId',
    access: 'viewer',
    tag,
    summary: 'One gate, with what it shows',
    params: approvalParams,
    query: none,
    body: noBody,
    answers: { 200: { description: 'The gate.', schema: approvalView } },
    handle: async ({ app, caller, params }) => ({
      status: 200,
      body: await present(app, caller, await app.approvals.get(caller, params.approvalId)),
    }),
  }),
  route({
    method: 'post',
    path: '/api/v1/approvals/:approvalId/decision',
    access: 'submitter',
    tag,
    summary: 'Decide a gate, once',
    description:
      'Name the SHA-256 of everything the gate shows: the decision holds for exactly that. A gate that is ' +
      'decided already answers 409 `already_decided` with the decision that stands; one that shows something ' +
      'else by now, 409 `stale_artifacts` with what `changed`. Where the policy wants several approvals, each but ' +
      'the last is only counted; the same person again is answered with 409 `already_voted`.',
    params: approvalParams,
    query: none,
    body: decisionBody,
    answers: {
      200: {
        description: 'The gate: closed, or still `pending` when more have to approve.',
        schema: decidedView,
      },
    },
    async handle({ app, caller, params, body }) {
      const decided = await app.approvals.decide(caller, params.approvalId, body);
      const votes = await app.approvals.votes(caller, params.approvalId);
      return { status: 200, body: { ...(await present(app, caller, decided)), votes } };
    },
  }),
];

async function present(app: App, caller: SignedIn, approval: Approval): Promise<ApprovalView> {
  const { kind } = await app.sessions.get(caller, approval.sessionId);
  return presentApproval(approval, rulesOf(app, kind));
}

function rulesOf(app: App, kind: string): KindRules | undefined {
  return app.kinds.all().find((rules) => rules.kind === kind);
}
