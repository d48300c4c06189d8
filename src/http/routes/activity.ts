import { MAX_INT4, idCursor, numberCursor, toPage } from '../cursor.js';
import { idempotencyKey, replayHeader } from '../idempotency-key.js';
import { checkpointView, presentCheckpoint } from '../presenters/checkpoint.js';
import {
  executionView,
  listedExecutionView,
  presentExecution,
  presentListedExecution,
} from '../presenters/execution.js';
import {
  acceptedMessageView,
  messageView,
  presentMessage,
  type AcceptedMessageView,
} from '../presenters/message.js';
import { pageOf } from '../presenters/page.js';
import { noBody, none, route, type Route } from '../route.js';
import { activityQuery, executionsQuery, newMessageBody } from './activity.schema.js';
import { idempotencyHeader, sessionParams } from './common.schema.js';

const turns = numberCursor('messages', MAX_INT4);
const executions = numberCursor('executions');
const allExecutions = numberCursor('all-executions');
const checkpoints = idCursor('history');
const tag = 'Activity';

/** What happens in a session: messages, executions, checkpoints. */
export const activityRoutes: readonly Route[] = [
  route({
    method: 'post',
    path: '/api/v1/sessions/:sessionId/messages',
    access: 'submitter',
    tag,
    summary: 'Say something in a session',
    description:
      'One turn at a time: while one is answered, `onBusy` queues the next or refuses it with 409.',
    headers: [idempotencyHeader],
    params: sessionParams,
    query: none,
    body: newMessageBody,
    answers: { 202: { description: 'The turn was taken.', schema: acceptedMessageView } },
    async handle(request) {
      const { app, caller, params, body } = request;
      const said = await app.activity.say(caller, params.sessionId, body, idempotencyKey(request));
      return {
        status: 202,
        headers: replayHeader(said.created),
        body: { messageId: said.messageId, turnNumber: said.turnNumber } satisfies AcceptedMessageView,
      };
    },
  }),
  route({
    method: 'get',
    path: '/api/v1/sessions/:sessionId/messages',
    access: 'viewer',
    tag,
    summary: 'The messages of a session, oldest first',
    params: sessionParams,
    query: activityQuery,
    body: noBody,
    answers: { 200: { description: 'A page of them.', schema: pageOf(messageView) } },
    async handle({ app, caller, params, query: { cursor, limit } }) {
      const after = cursor === undefined ? 0 : turns.decode(cursor);
      const rows = await app.activity.messages(caller, params.sessionId, after, limit + 1);
      return { status: 200, body: toPage(rows, limit, turns, (row) => row.turnNumber, presentMessage) };
    },
  }),
  route({
    method: 'get',
    path: '/api/v1/sessions/:sessionId/executions',
    access: 'viewer',
    tag,
    summary: 'What the agents did, with models, tokens and cost',
    params: sessionParams,
    query: activityQuery,
    body: noBody,
    answers: { 200: { description: 'A page, in the order they began.', schema: pageOf(executionView) } },
    async handle({ app, caller, params, query: { cursor, limit } }) {
      const after = cursor === undefined ? 0 : executions.decode(cursor);
      const rows = await app.activity.executions(caller, params.sessionId, after, limit + 1);
      return { status: 200, body: toPage(rows, limit, executions, (row) => row.id, presentExecution) };
    },
  }),
  route({
    method: 'get',
    path: '/api/v1/executions',
    access: 'viewer',
    tag,
    summary: 'What the agents did in all sessions, yours or the team’s, newest first',
    params: none,
    query: executionsQuery,
    body: noBody,
    answers: { 200: { description: 'A page of them.', schema: pageOf(listedExecutionView) } },
    async handle({ app, caller, query: { cursor, limit, ...filter } }) {
      const rows = await app.activity.allExecutions(caller, {
        ...filter,
        limit: limit + 1,
        ...(cursor !== undefined && { beforeId: allExecutions.decode(cursor) }),
      });
      return {
        status: 200,
        body: toPage(rows, limit, allExecutions, (row) => row.execution.id, presentListedExecution),
      };
    },
  }),
  route({
    method: 'get',
    path: '/api/v1/sessions/:sessionId/history',
    access: 'viewer',
    tag,
    summary: 'The checkpoints of a session, newest first',
    params: sessionParams,
    query: activityQuery,
    body: noBody,
    answers: { 200: { description: 'A page, without the saved data.', schema: pageOf(checkpointView) } },
    async handle({ app, caller, params, query: { cursor, limit } }) {
      const before = cursor === undefined ? undefined : checkpoints.decode(cursor);
      const rows = await app.activity.history(caller, params.sessionId, limit + 1, before);
      return {
        status: 200,
        body: toPage(rows, limit, checkpoints, (row) => row.checkpointId, presentCheckpoint),
      };
    },
  }),
];
