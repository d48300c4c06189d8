import { pageOf } from '../presenters/page.js';
import { presentSetting, settingView } from '../presenters/setting.js';
import { none, noBody, route, type Route } from '../route.js';
import { settingBody, settingParams } from './settings.schema.js';

/** The system's settings. */
export const settingRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/api/v1/settings',
    access: 'viewer',
    tag: 'Administration',
    summary: 'Every setting with its value, default and meaning',
    params: none,
    query: none,
    body: noBody,
    answers: { 200: { description: 'All of them.', schema: pageOf(settingView) } },
    handle: async ({ app, caller }) => ({
      status: 200,
      body: {
        items: (await app.settings.describe()).map((one) => presentSetting(one, caller.role === 'admin')),
        nextCursor: null,
      },
    }),
  }),
  route({
    method: 'put',
    path: '/api/v1/settings/:key',
    access: 'admin',
    tag: 'Administration',
    summary: 'Set one setting',
    params: settingParams,
    query: none,
    body: settingBody,
    answers: { 200: { description: 'The setting as it holds now.', schema: settingView } },
    async handle({ app, caller, params, body }) {
      await app.settings.set(params.key, body.value, caller);
      const now = (await app.settings.describe()).find(({ key }) => key === params.key);
      return { status: 200, body: now && presentSetting(now, caller.role === 'admin') };
    },
  }),
];
