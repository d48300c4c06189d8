import { z } from 'zod';
import {
  metricSeriesView,
  metricView,
  presentMetric,
  presentQueue,
  presentSeries,
  queueView,
} from '../presenters/observation.js';
import { overviewView, presentOverview } from '../presenters/overview.js';
import { pageOf } from '../presenters/page.js';
import { emptyBody, noBody, none, route, type Route } from '../route.js';
import { jobParams, metricParams, metricQuery, overviewQuery } from './overview.schema.js';

const tag = 'Overview';

/** How things stand: for people at a glance, and for those who look after the machinery. */
export const overviewRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/api/v1/overview',
    access: 'viewer',
    tag,
    summary: 'How your sessions stand, or the team’s',
    params: none,
    query: overviewQuery,
    body: noBody,
    answers: { 200: { description: 'The overview.', schema: overviewView } },
    handle: async ({ app, caller, query: { scope } }) => ({
      status: 200,
      body: presentOverview(await app.overview.overview(caller, scope)),
    }),
  }),
  route({
    method: 'get',
    path: '/api/v1/metrics',
    operationId: 'getMeasuredMetrics',
    access: 'approver',
    tag,
    summary: 'The metrics that were measured',
    params: none,
    query: none,
    body: noBody,
    answers: { 200: { description: 'All of them.', schema: pageOf(metricView) } },
    handle: async ({ app, caller }) => ({
      status: 200,
      body: { items: (await app.observation.metrics(caller)).map(presentMetric), nextCursor: null },
    }),
  }),
  route({
    method: 'get',
    path: '/api/v1/metrics/:name',
    access: 'approver',
    tag,
    summary: 'A metric over time',
    params: metricParams,
    query: metricQuery,
    body: noBody,
    answers: { 200: { description: 'About sixty stretches of time.', schema: metricSeriesView } },
    async handle({ app, caller, params: { name }, query: { hours, by } }) {
      const found = await app.observation.series(caller, name, hours, by ?? null);
      return { status: 200, body: presentSeries(name, found) };
    },
  }),
  route({
    method: 'get',
    path: '/api/v1/queue',
    access: 'approver',
    tag,
    summary: 'The queue of wake-ups, and the runs under way',
    params: none,
    query: none,
    body: noBody,
    answers: { 200: { description: 'How they stand.', schema: queueView } },
    handle: async ({ app, caller }) => ({
      status: 200,
      body: presentQueue(await app.observation.queueState(caller)),
    }),
  }),
  route({
    method: 'post',
    path: '/api/v1/queue/failures/:jobId/retry',
    access: 'admin',
    tag,
    summary: 'Wake the session of a failed delivery once more',
    description: 'The failure is forgotten. Whether there is something to run, the session’s row says.',
    params: jobParams,
    query: none,
    body: emptyBody,
    answers: {
      202: { description: 'The wake-up is sent.', schema: z.strictObject({ sessionId: z.string() }) },
    },
    handle: async ({ app, caller, params: { jobId } }) => ({
      status: 202,
      body: await app.observation.retry(caller, jobId),
    }),
  }),
];
