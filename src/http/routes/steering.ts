import { idempotencyKey, replayHeader } from '../idempotency-key.js';
import { comparisonView, presentComparison } from '../presenters/comparison.js';
import { presentAcceptedSession, sessionView } from '../presenters/session.js';
import { noBody, none, route, type Route } from '../route.js';
import { idempotencyHeader, sessionParams } from './common.schema.js';
import { shownSession } from './shown-session.js';
import { compareParams, forkBody, rerunBody } from './steering.schema.js';

const tag = 'Steering';

/** Sessions that go another way: from a phase again, or as a fork; and two of them side by side. */
export const steeringRoutes: readonly Route[] = [
  route({
    method: 'post',
    path: '/api/v1/sessions/:sessionId/rerun',
    access: 'submitter',
    tag,
    summary: 'Begin a phase again, with edited documents if you like',
    description:
      'For sessions that nobody works on just now. What was done before stays as history. `edits` are new texts of ' +
      'documents that the phase builds on.',
    params: sessionParams,
    query: none,
    body: rerunBody,
    answers: { 202: { description: 'The session, which runs again.', schema: sessionView } },
    async handle({ app, caller, params, body }) {
      await app.steering.rerun(caller, params.sessionId, body);
      return { status: 202, body: await shownSession(app, caller, params.sessionId) };
    },
  }),
  route({
    method: 'post',
    path: '/api/v1/sessions/:sessionId/fork',
    access: 'submitter',
    tag,
    summary: 'Go on from a saved state, as a session of its own',
    description: 'From `checkpointId` of `/history`, or from the newest state. Both go on independently.',
    headers: [idempotencyHeader],
    params: sessionParams,
    query: none,
    body: forkBody,
    answers: { 202: { description: 'The fork as it was made; it runs by itself.', schema: sessionView } },
    async handle(request) {
      const { app, caller, params, body = {} } = request;
      const key = idempotencyKey(request);
      const { session, created } = await app.steering.fork(caller, params.sessionId, body, key);
      return {
        status: 202,
        headers: { Location: `/api/v1/sessions/${session.sessionId}`, ...replayHeader(created) },
        body: presentAcceptedSession(session, app.kinds.get(session.kind), {
          name: body.name,
          projectName: session.projectName ?? undefined,
        }),
      };
    },
  }),
  route({
    method: 'get',
    path: '/api/v1/sessions/:sessionId/compare/:otherId',
    access: 'viewer',
    tag,
    summary: 'Two sessions side by side: what they made, how it was judged, what it cost',
    params: compareParams,
    query: none,
    body: noBody,
    answers: {
      200: { description: 'The comparison; `a` is the first of the path.', schema: comparisonView },
    },
    handle: async ({ app, caller, params }) => ({
      status: 200,
      body: presentComparison(await app.comparisons.compare(caller, params.sessionId, params.otherId)),
    }),
  }),
];
