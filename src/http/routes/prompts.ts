import type { App } from '../../app.js';
import {
  activationView,
  outcomeView,
  presentActivation,
  presentOutcome,
} from '../presenters/prompt-history.js';
import { presentDiff, promptDiffView } from '../presenters/prompt-history.js';
import { pageOf } from '../presenters/page.js';
import {
  presentPrompt,
  presentPromptProfile,
  promptProfileView,
  promptView,
  type PromptView,
} from '../presenters/prompt.js';
import { diffPrompts } from '../../services/prompt-work/diff.js';
import { emptyBody, none, noBody, route, type Route } from '../route.js';
import { wholeId } from '../whole-id.js';
import {
  draftBody,
  expectationBody,
  outcomesQuery,
  promptPairParams,
  promptParams,
  promptProfileParams,
} from './prompts.schema.js';

const tag = 'Prompts';

async function shown(app: App, versionId: number): Promise<PromptView> {
  const { version, overview } = await app.promptWork.overviews.version(versionId);
  return presentPrompt(version, overview);
}

/** The agents' prompts: their versions, what became of them, and which one is in use. */
export const promptRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/api/v1/prompts',
    access: 'viewer',
    tag,
    summary: 'Every agent profile with its prompt versions',
    params: none,
    query: none,
    body: noBody,
    answers: {
      200: { description: 'Profiles in the order of their kinds.', schema: pageOf(promptProfileView) },
    },
    handle: async ({ app }) => ({
      status: 200,
      body: { items: (await app.promptWork.overviews.all()).map(presentPromptProfile), nextCursor: null },
    }),
  }),
  route({
    method: 'post',
    path: '/api/v1/prompts',
    access: 'approver',
    tag,
    summary: 'Write a new version of a prompt',
    description:
      'It is a draft: no mission uses it before it is activated or made a canary. It never changes.',
    params: none,
    query: none,
    body: draftBody,
    answers: { 201: { description: 'The draft.', schema: promptView } },
    async handle({ app, caller, body }) {
      const { id } = await app.promptWork.authoring.draft(caller, body);
      return { status: 201, headers: { Location: `/api/v1/prompts/${id}` }, body: await shown(app, id) };
    },
  }),
  route({
    method: 'get',
    path: '/api/v1/prompts/:promptId',
    access: 'viewer',
    tag,
    summary: 'One prompt version with its text',
    params: promptParams,
    query: none,
    body: noBody,
    answers: { 200: { description: 'The version; its text never changes.', schema: promptView } },
    handle: async ({ app, params }) => ({ status: 200, body: await shown(app, wholeId(params.promptId)) }),
  }),
  route({
    method: 'get',
    path: '/api/v1/prompts/:promptId/diff/:otherId',
    access: 'viewer',
    tag,
    summary: 'What differs between two versions: words, variables, model settings',
    params: promptPairParams,
    query: none,
    body: noBody,
    answers: { 200: { description: 'From the first of the path to the second.', schema: promptDiffView } },
    async handle({ app, params }) {
      const a = await app.prompts.get(wholeId(params.promptId));
      const b = await app.prompts.get(wholeId(params.otherId));
      return { status: 200, body: presentDiff(a, b, diffPrompts(a, b)) };
    },
  }),
  route({
    method: 'post',
    path: '/api/v1/prompts/:promptId/propose',
    access: 'approver',
    tag,
    summary: 'Ask for approval of a draft',
    params: promptParams,
    query: none,
    body: emptyBody,
    answers: { 200: { description: 'The version.', schema: promptView } },
    async handle({ app, caller, params }) {
      const { id } = await app.promptWork.authoring.propose(caller, wholeId(params.promptId));
      return { status: 200, body: await shown(app, id) };
    },
  }),
  route({
    method: 'post',
    path: '/api/v1/prompts/:promptId/approve',
    access: 'approver',
    tag,
    summary: 'Approve a version',
    description: 'With the setting `requirePromptApproval`, its author cannot (403).',
    params: promptParams,
    query: none,
    body: emptyBody,
    answers: { 200: { description: 'The version.', schema: promptView } },
    async handle({ app, caller, params }) {
      const { id } = await app.promptWork.authoring.approve(caller, wholeId(params.promptId));
      return { status: 200, body: await shown(app, id) };
    },
  }),
  route({
    method: 'post',
    path: '/api/v1/prompts/:promptId/activate',
    access: 'approver',
    tag,
    summary: 'Make a version the active one',
    description:
      'New missions use it at once; those that have begun keep theirs. 409 `stale_expectation` names what is active, ' +
      'when that is not `expectedActiveVersionId`; 422 `prompt_variables` names variables that are missing or unknown.',
    params: promptParams,
    query: none,
    body: expectationBody,
    answers: { 200: { description: 'The version, active.', schema: promptView } },
    async handle({ app, caller, params, body }) {
      const id = wholeId(params.promptId);
      await app.promptWork.switch.activate(caller, id, body.expectedActiveVersionId);
      return { status: 200, body: await shown(app, id) };
    },
  }),
  route({
    method: 'get',
    path: '/api/v1/prompts/profiles/:profile',
    access: 'viewer',
    tag,
    summary: 'One agent profile with its prompt versions',
    params: promptProfileParams,
    query: none,
    body: noBody,
    answers: { 200: { description: 'Versions newest first.', schema: promptProfileView } },
    handle: async ({ app, params }) => ({
      status: 200,
      body: presentPromptProfile(await app.promptWork.overviews.of(params.profile)),
    }),
  }),
  route({
    method: 'get',
    path: '/api/v1/prompts/profiles/:profile/activations',
    access: 'viewer',
    tag,
    summary: 'Which versions were active, since when, and by whom',
    params: promptProfileParams,
    query: none,
    body: noBody,
    answers: { 200: { description: 'Newest first.', schema: pageOf(activationView) } },
    handle: async ({ app, params }) => ({
      status: 200,
      body: {
        items: (await app.promptWork.switch.history(params.profile)).map(presentActivation),
        nextCursor: null,
      },
    }),
  }),
  route({
    method: 'get',
    path: '/api/v1/prompts/profiles/:profile/outcomes',
    access: 'submitter',
    tag,
    summary: 'What came of the missions that each version was given to',
    description: 'Over everybody’s missions. Each figure has its sample and a 95 % interval.',
    params: promptProfileParams,
    query: outcomesQuery,
    body: noBody,
    answers: { 200: { description: 'Versions newest first.', schema: pageOf(outcomeView) } },
    handle: async ({ app, params, query }) => ({
      status: 200,
      body: {
        items: (await app.promptWork.outcomes.of(params.profile, query.days)).map(presentOutcome),
        nextCursor: null,
      },
    }),
  }),
  route({
    method: 'post',
    path: '/api/v1/prompts/profiles/:profile/rollback',
    access: 'approver',
    tag,
    summary: 'Go back to the version that was active before',
    description: 'Once more, and it is the one before that. 409 `nothing_to_roll_back` when there is none.',
    params: promptProfileParams,
    query: none,
    body: expectationBody,
    answers: { 200: { description: 'The version that is active again.', schema: promptView } },
    async handle({ app, caller, params, body }) {
      const { id } = await app.promptWork.switch.rollback(
        caller,
        params.profile,
        body.expectedActiveVersionId,
      );
      return { status: 200, body: await shown(app, id) };
    },
  }),
];
