import { presentRetention, retentionView } from '../presenters/retention.js';
import { none, route, type Route } from '../route.js';
import { retentionBody } from './retention.schema.js';

/** Letting go of what nobody needs any more. */
export const retentionRoutes: readonly Route[] = [
  route({
    method: 'post',
    path: '/api/v1/retention',
    access: 'admin',
    tag: 'Administration',
    summary: 'Let go of what the settings no longer keep, or say what that is',
    params: none,
    query: none,
    body: retentionBody,
    answers: { 200: { description: 'What went, or would go.', schema: retentionView } },
    async handle({ app, caller, body }) {
      const report = await app.retention.run(caller, body.dryRun);
      return { status: 200, body: presentRetention(report, body.dryRun) };
    },
  }),
];
