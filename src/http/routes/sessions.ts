import { idCursor } from '../cursor.js';
import { idempotencyKey, replayHeader } from '../idempotency-key.js';
import { pageOf } from '../presenters/page.js';
import {
  presentAcceptedSession,
  presentSessionSummary,
  sessionSummaryView,
  sessionView,
} from '../presenters/session.js';
import { retryInput } from '../../services/sessions.js';
import { emptyBody, none, noBody, route, type Route } from '../route.js';
import { idempotencyHeader, sessionParams } from './common.schema.js';
import { shownSession } from './shown-session.js';
import { newSessionBody, sessionChanges, sessionQuery } from './sessions.schema.js';

const cursors = idCursor('sessions');
const tag = 'Sessions';

/** Sessions of every kind: made, listed, changed, cancelled, taken up again. */
export const sessionRoutes: readonly Route[] = [
  route({
    method: 'post',
    path: '/api/v1/sessions',
    access: 'submitter',
    tag,
    summary: 'Submit a mission, or open a session of another kind',
    headers: [idempotencyHeader],
    params: none,
    query: none,
    body: newSessionBody,
    answers: {
      201: { description: 'The session, which waits for messages.', schema: sessionView },
      202: { description: 'The session as accepted; its run begins by itself.', schema: sessionView },
    },
    async handle(request) {
      const { app, caller, body } = request;
      const { session, created } = await app.sessions.submit(caller, body, idempotencyKey(request));
      const rules = app.kinds.get(session.kind);
      return {
        status: rules.startedBy === 'mission' ? 202 : 201,
        headers: { Location: `/api/v1/sessions/${session.sessionId}`, ...replayHeader(created) },
        body: presentAcceptedSession(session, rules, body),
      };
    },
  }),
  route({
    method: 'get',
    path: '/api/v1/sessions',
    access: 'viewer',
    tag,
    summary: "Your sessions, or the team's, newest first",
    params: none,
    query: sessionQuery,
    body: noBody,
    answers: { 200: { description: 'A page of them.', schema: pageOf(sessionSummaryView) } },
    async handle({ app, caller, query }) {
      const { items, next } = await app.sessions.page(caller, {
        scope: query.scope,
        kind: query.kind,
        promptVersionId: query.promptVersion,
        status: query.status,
        projectName: query.project,
        text: query.q,
        parentSessionId: query.parent,
        isPinned: query.pinned,
        limit: query.limit,
        ...(query.cursor !== undefined && { after: cursors.decode(query.cursor) }),
      });
      return {
        status: 200,
        body: {
          items: items.map(presentSessionSummary),
          nextCursor: next === null ? null : cursors.encode(next),
        },
      };
    },
  }),
  route({
    method: 'get',
    path: '/api/v1/sessions/:sessionId',
    access: 'viewer',
    tag,
    summary: 'One session',
    params: sessionParams,
    query: none,
    body: noBody,
    answers: { 200: { description: 'The session.', schema: sessionView } },
    handle: async ({ app, caller, params }) => ({
      status: 200,
      body: await shownSession(app, caller, params.sessionId),
    }),
  }),
  route({
    method: 'patch',
    path: '/api/v1/sessions/:sessionId',
    access: 'submitter',
    tag,
    summary: 'Rename or pin a session',
    params: sessionParams,
    query: none,
    body: sessionChanges,
    answers: { 200: { description: 'The session as it is now.', schema: sessionView } },
    async handle({ app, caller, params, body }) {
      await app.sessions.update(caller, params.sessionId, body);
      return { status: 200, body: await shownSession(app, caller, params.sessionId) };
    },
  }),
  route({
    method: 'delete',
    path: '/api/v1/sessions/:sessionId',
    access: 'submitter',
    tag,
    summary: 'Delete a session, and stop what runs for it',
    params: sessionParams,
    query: none,
    body: noBody,
    answers: { 204: { description: 'It is gone from every list.' } },
    async handle({ app, caller, params }) {
      await app.sessions.remove(caller, params.sessionId);
      return { status: 204 };
    },
  }),
  route({
    method: 'post',
    path: '/api/v1/sessions/:sessionId/cancel',
    access: 'submitter',
    tag,
    summary: 'Stop a session',
    description: 'What was made so far stays. Cancelling twice is cancelling once.',
    params: sessionParams,
    query: none,
    body: emptyBody,
    answers: { 200: { description: 'The cancelled session.', schema: sessionView } },
    async handle({ app, caller, params }) {
      await app.sessions.cancel(caller, params.sessionId);
      return { status: 200, body: await shownSession(app, caller, params.sessionId) };
    },
  }),
  route({
    method: 'post',
    path: '/api/v1/sessions/:sessionId/retry',
    access: 'submitter',
    tag,
    summary: 'Take a session up again where it stood',
    description:
      'For sessions that failed, expired, were cancelled or need attention. `advice` goes to the agents of a session ' +
      'that ran out of attempts.',
    params: sessionParams,
    query: none,
    body: retryInput.optional(),
    answers: { 202: { description: 'The session, which runs again.', schema: sessionView } },
    async handle({ app, caller, params, body }) {
      await app.sessions.retry(caller, params.sessionId, body);
      return { status: 202, body: await shownSession(app, caller, params.sessionId) };
    },
  }),
];
