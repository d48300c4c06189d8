import { agentSettingsView, presentAgentSettings } from '../presenters/agent-settings.js';
import { pageOf } from '../presenters/page.js';
import { none, noBody, route, type Route } from '../route.js';
import { apiKeyBody, profileBody, profileParams } from './agent-settings.schema.js';

const tag = 'Administration';

/** Which models the agents call, with whose keys, and within which limits. */
export const agentSettingRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/api/v1/settings/agents',
    access: 'viewer',
    tag,
    summary: 'Every agent: its model, limits, and usage of today',
    params: none,
    query: none,
    body: noBody,
    answers: { 200: { description: 'All of them. Never a key.', schema: pageOf(agentSettingsView) } },
    handle: async ({ app }) => ({
      status: 200,
      body: { items: (await app.profiles.list()).map(presentAgentSettings), nextCursor: null },
    }),
  }),
  route({
    method: 'patch',
    path: '/api/v1/settings/agents/:profile',
    access: 'admin',
    tag,
    summary: 'Change an agent',
    description:
      'Fields left out stay as they are. Another provider clears the stored key: it belonged to the former one.',
    params: profileParams,
    query: none,
    body: profileBody,
    answers: { 200: { description: 'The agent as it is now.', schema: agentSettingsView } },
    async handle({ app, caller, params: { profile }, body }) {
      await app.profiles.update(caller, profile, body);
      return { status: 200, body: presentAgentSettings(await app.profiles.get(profile)) };
    },
  }),
  route({
    method: 'put',
    path: '/api/v1/settings/agents/:profile/key',
    access: 'admin',
    tag,
    summary: 'Store the key with which an agent calls its provider',
    description:
      'It is kept sealed, and never given out again: of long keys the last four characters are shown.',
    params: profileParams,
    query: none,
    body: apiKeyBody,
    answers: { 200: { description: 'The agent as it is now, without the key.', schema: agentSettingsView } },
    async handle({ app, caller, params: { profile }, body }) {
      await app.keys.setKey(caller, profile, body.apiKey);
      return { status: 200, body: presentAgentSettings(await app.profiles.get(profile)) };
    },
  }),
  route({
    method: 'delete',
    path: '/api/v1/settings/agents/:profile/key',
    access: 'admin',
    tag,
    summary: 'Forget an agent’s own key',
    description: 'From then on the environment’s is used.',
    params: profileParams,
    query: none,
    body: noBody,
    answers: { 200: { description: 'The agent as it is now.', schema: agentSettingsView } },
    async handle({ app, caller, params: { profile } }) {
      await app.keys.clearKey(caller, profile);
      return { status: 200, body: presentAgentSettings(await app.profiles.get(profile)) };
    },
  }),
];
