import { pageOf } from '../presenters/page.js';
import { newTokenView, presentToken, tokenView, type NewTokenView } from '../presenters/token.js';
import { none, noBody, route, type Route } from '../route.js';
import { newTokenBody, tokenParams } from './tokens.schema.js';

/** One's own API tokens. */
export const tokenRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/api/v1/tokens',
    access: 'viewer',
    tag: 'Accounts',
    summary: 'Your API tokens and logins, newest first',
    params: none,
    query: none,
    body: noBody,
    answers: {
      200: {
        description: 'Without the tokens themselves. Those that ended over thirty days ago are left out.',
        schema: pageOf(tokenView),
      },
    },
    async handle({ app, caller }) {
      const tokens = await app.accounts.listTokens(caller);
      return {
        status: 200,
        body: { items: tokens.map((token) => presentToken(token, caller.tokenId)), nextCursor: null },
      };
    },
  }),
  route({
    method: 'post',
    path: '/api/v1/tokens',
    access: 'viewer',
    tag: 'Accounts',
    summary: 'Make an API token for yourself',
    params: none,
    query: none,
    body: newTokenBody,
    answers: { 201: { description: 'The token, told once.', schema: newTokenView } },
    async handle({ app, caller, body }) {
      const { token, record } = await app.accounts.createToken(caller, body);
      return { status: 201, body: { ...presentToken(record, caller.tokenId), token } satisfies NewTokenView };
    },
  }),
  route({
    method: 'delete',
    path: '/api/v1/tokens/:tokenId',
    access: 'viewer',
    tag: 'Accounts',
    summary: 'Revoke one of your API tokens',
    params: tokenParams,
    query: none,
    body: noBody,
    answers: { 204: { description: 'It is worth nothing from now on.' } },
    async handle({ app, caller, params }) {
      await app.accounts.revokeToken(caller, params.tokenId);
      return { status: 204 };
    },
  }),
];
