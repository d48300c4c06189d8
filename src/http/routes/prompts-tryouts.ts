import { pageOf } from '../presenters/page.js';
import {
  presentInput,
  presentTryout,
  presentTryoutReport,
  recordedInputView,
  tryoutReportView,
  tryoutView,
} from '../presenters/prompt-tryout.js';
import { emptyBody, none, noBody, route, type Route } from '../route.js';
import { promptProfileParams, tryoutBody, tryoutParams } from './prompts.schema.js';

const tag = 'Prompts';

/** Drafts tried against the active version on what past executions sent. Everybody sees their own alone. */
export const promptTryoutRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/api/v1/prompts/profiles/:profile/inputs',
    access: 'approver',
    tag,
    summary: 'Recorded inputs of your missions that versions can be tried on',
    params: promptProfileParams,
    query: none,
    body: noBody,
    answers: { 200: { description: 'The newest 50, newest first.', schema: pageOf(recordedInputView) } },
    handle: async ({ app, caller, params }) => ({
      status: 200,
      body: {
        items: (await app.promptWork.tryouts.inputs(caller, params.profile)).map(presentInput),
        nextCursor: null,
      },
    }),
  }),
  route({
    method: 'get',
    path: '/api/v1/prompts/profiles/:profile/tryouts',
    access: 'approver',
    tag,
    summary: 'Your tryouts of a profile',
    params: promptProfileParams,
    query: none,
    body: noBody,
    answers: { 200: { description: 'The newest 50, newest first.', schema: pageOf(tryoutView) } },
    handle: async ({ app, caller, params }) => ({
      status: 200,
      body: {
        items: (await app.promptWork.tryouts.list(caller, params.profile)).map(presentTryout),
        nextCursor: null,
      },
    }),
  }),
  route({
    method: 'post',
    path: '/api/v1/prompts/profiles/:profile/tryouts',
    access: 'approver',
    tag,
    summary: 'Try a version against the active one on recorded inputs',
    description:
      'Of at most 20 executions: those of `executionIds`, or the `last` so many of your missions. Both versions are ' +
      'asked; the calls count in the profile’s limits and cost. Ask for the tryout again to see how far it is.',
    params: promptProfileParams,
    query: none,
    body: tryoutBody,
    answers: { 202: { description: 'The tryout; workers carry it out.', schema: tryoutView } },
    async handle({ app, caller, params, body }) {
      const report = await app.promptWork.tryouts.start(caller, params.profile, body);
      return {
        status: 202,
        headers: { Location: `/api/v1/prompts/tryouts/${report.tryout.id}` },
        body: presentTryout(report),
      };
    },
  }),
  route({
    method: 'get',
    path: '/api/v1/prompts/tryouts/:tryoutId',
    access: 'approver',
    tag,
    summary: 'A tryout with the answers so far, side by side',
    params: tryoutParams,
    query: none,
    body: noBody,
    answers: { 200: { description: 'As far as it is.', schema: tryoutReportView } },
    handle: async ({ app, caller, params }) => ({
      status: 200,
      body: presentTryoutReport(await app.promptWork.tryouts.get(caller, params.tryoutId)),
    }),
  }),
  route({
    method: 'post',
    path: '/api/v1/prompts/tryouts/:tryoutId/cancel',
    access: 'approver',
    tag,
    summary: 'Stop a tryout',
    description:
      'Calls under way are broken off, and billed for what they used. One that has ended stays as it is.',
    params: tryoutParams,
    query: none,
    body: emptyBody,
    answers: { 200: { description: 'The tryout as it is then.', schema: tryoutView } },
    handle: async ({ app, caller, params }) => ({
      status: 200,
      body: presentTryout(await app.promptWork.tryouts.cancel(caller, params.tryoutId)),
    }),
  }),
];
