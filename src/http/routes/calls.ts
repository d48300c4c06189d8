import { z } from 'zod';
import {
  modelCallView,
  openedCallView,
  presentModelCall,
  presentOpenedCall,
} from '../presenters/model-call.js';
import { noBody, none, route, type Route } from '../route.js';
import { wholeId } from '../whole-id.js';
import { callParams, executionParams } from './calls.schema.js';

const tag = 'Activity';

/** What models were asked and answered. */
export const callRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/api/v1/executions/:executionId/calls',
    access: 'viewer',
    tag,
    summary: 'The model calls of an execution, in order, with every try',
    params: executionParams,
    query: none,
    body: noBody,
    answers: { 200: { description: 'All of them.', schema: z.array(modelCallView) } },
    async handle({ app, caller, params }) {
      const calls = await app.calls.list(caller, wholeId(params.executionId));
      return { status: 200, body: calls.map(presentModelCall) };
    },
  }),
  route({
    method: 'get',
    path: '/api/v1/executions/:executionId/calls/:number',
    access: 'viewer',
    tag,
    summary: 'What a model saw in one call, and what it answered',
    description: 'The messages as they were sent, system prompt included. Keys are no part of them.',
    params: callParams,
    query: none,
    body: noBody,
    answers: { 200: { description: 'The call.', schema: openedCallView } },
    async handle({ app, caller, params }) {
      const call = await app.calls.open(caller, wholeId(params.executionId), wholeId(params.number));
      return { status: 200, body: presentOpenedCall(call) };
    },
  }),
];
