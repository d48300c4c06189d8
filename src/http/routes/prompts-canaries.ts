import { pageOf } from '../presenters/page.js';
import {
  canaryReportView,
  canaryView,
  presentCanary,
  presentCanaryReport,
} from '../presenters/prompt-canary.js';
import { emptyBody, none, noBody, route, type Route } from '../route.js';
import { wholeId } from '../whole-id.js';
import { canaryBody, canaryParams, promptProfileParams } from './prompts.schema.js';

const tag = 'Prompts';

/** Canaries: a version gets a share of new missions until somebody, or its figures, decide. */
export const promptCanaryRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/api/v1/prompts/profiles/:profile/canaries',
    access: 'viewer',
    tag,
    summary: 'The canaries of a profile',
    params: promptProfileParams,
    query: none,
    body: noBody,
    answers: { 200: { description: 'The newest 50, newest first.', schema: pageOf(canaryView) } },
    handle: async ({ app, params }) => ({
      status: 200,
      body: {
        items: (await app.promptWork.canaries.list(params.profile)).map(presentCanary),
        nextCursor: null,
      },
    }),
  }),
  route({
    method: 'post',
    path: '/api/v1/prompts/profiles/:profile/canaries',
    access: 'approver',
    tag,
    summary: 'Give a version to a share of new missions',
    description:
      'A mission that got it keeps it. With `autoStop` it is stopped when QA or first reviews go significantly worse ' +
      '(z ≤ -3 with at least `minMissions` results in both arms). 409 `canary_running` when one runs.',
    params: promptProfileParams,
    query: none,
    body: canaryBody,
    answers: { 201: { description: 'The canary.', schema: canaryReportView } },
    async handle({ app, caller, params, body }) {
      const report = await app.promptWork.canaries.start(caller, params.profile, body);
      return {
        status: 201,
        headers: { Location: `/api/v1/prompts/canaries/${report.canary.id}` },
        body: presentCanaryReport(report),
      };
    },
  }),
  route({
    method: 'get',
    path: '/api/v1/prompts/canaries/:canaryId',
    access: 'submitter',
    tag,
    summary: 'A canary with both arms in figures',
    params: canaryParams,
    query: none,
    body: noBody,
    answers: { 200: { description: 'As it stands.', schema: canaryReportView } },
    handle: async ({ app, params }) => ({
      status: 200,
      body: presentCanaryReport(await app.promptWork.canaries.get(wholeId(params.canaryId))),
    }),
  }),
  route({
    method: 'post',
    path: '/api/v1/prompts/canaries/:canaryId/promote',
    access: 'approver',
    tag,
    summary: 'Make the canary’s version the active one',
    params: canaryParams,
    query: none,
    body: emptyBody,
    answers: { 200: { description: 'The canary, ended.', schema: canaryReportView } },
    handle: async ({ app, caller, params }) => ({
      status: 200,
      body: presentCanaryReport(await app.promptWork.canaries.promote(caller, wholeId(params.canaryId))),
    }),
  }),
  route({
    method: 'post',
    path: '/api/v1/prompts/canaries/:canaryId/drop',
    access: 'approver',
    tag,
    summary: 'End a canary; new missions get the active version',
    params: canaryParams,
    query: none,
    body: emptyBody,
    answers: { 200: { description: 'The canary, ended.', schema: canaryReportView } },
    handle: async ({ app, caller, params }) => ({
      status: 200,
      body: presentCanaryReport(await app.promptWork.canaries.drop(caller, wholeId(params.canaryId))),
    }),
  }),
];
