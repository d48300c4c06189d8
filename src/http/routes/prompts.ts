import { pageOf } from '../presenters/page.js';
import { presentPrompt, presentPromptProfile, promptProfileView, promptView } from '../presenters/prompt.js';
import { none, noBody, route, type Route } from '../route.js';
import { wholeId } from '../whole-id.js';
import { promptParams } from './prompts.schema.js';

/** The agents' prompts and their versions. */
export const promptRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/api/v1/prompts',
    access: 'viewer',
    tag: 'Prompts',
    summary: 'Every agent profile with its prompt versions',
    params: none,
    query: none,
    body: noBody,
    answers: {
      200: { description: 'Profiles in the order of their kinds.', schema: pageOf(promptProfileView) },
    },
    async handle({ app }) {
      const items = await Promise.all(
        app.kinds
          .all()
          .flatMap(({ kind, profiles }) =>
            profiles.map(async (profile) =>
              presentPromptProfile(kind, profile, await app.prompts.list(profile.name)),
            ),
          ),
      );
      return { status: 200, body: { items, nextCursor: null } };
    },
  }),
  route({
    method: 'get',
    path: '/api/v1/prompts/:promptId',
    access: 'viewer',
    tag: 'Prompts',
    summary: 'One prompt version with its text',
    params: promptParams,
    query: none,
    body: noBody,
    answers: { 200: { description: 'The version; versions never change.', schema: promptView } },
    async handle({ app, params }) {
      return { status: 200, body: presentPrompt(await app.prompts.get(wholeId(params.promptId))) };
    },
  }),
];
