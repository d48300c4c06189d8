import { idempotencyKey, replayHeader } from '../idempotency-key.js';
import { budgetView, presentBudget } from '../presenters/budget.js';
import { none, noBody, route, type Route } from '../route.js';
import { extensionBody } from './budgets.schema.js';
import { idempotencyHeader, sessionParams } from './common.schema.js';

const tag = 'Sessions';

/** What a session may use. */
export const budgetRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/api/v1/sessions/:sessionId/budget',
    access: 'viewer',
    tag,
    summary: 'What a session has used, and may use',
    params: sessionParams,
    query: none,
    body: noBody,
    answers: { 200: { description: 'The budget as it stands.', schema: budgetView } },
    handle: async ({ app, caller, params }) => ({
      status: 200,
      body: presentBudget(await app.budgets.state(caller, params.sessionId)),
    }),
  }),
  route({
    method: 'post',
    path: '/api/v1/sessions/:sessionId/budget',
    access: 'submitter',
    tag,
    summary: 'Add to what a session may use',
    description:
      'A session that paused with `budget_reached` goes on where it stood. Only units that have a limit can be ' +
      'added to.',
    headers: [idempotencyHeader],
    params: sessionParams,
    query: none,
    body: extensionBody,
    answers: { 200: { description: 'The budget as it stands now.', schema: budgetView } },
    async handle(request) {
      const { app, caller, params, body } = request;
      const { state, added } = await app.budgets.extend(
        caller,
        params.sessionId,
        body.add,
        idempotencyKey(request),
      );
      return { status: 200, headers: replayHeader(added), body: presentBudget(state) };
    },
  }),
];
