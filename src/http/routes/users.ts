import { pageOf } from '../presenters/page.js';
import { presentUser, userView } from '../presenters/user.js';
import { none, noBody, route, type Route } from '../route.js';
import { newUserBody } from './users.schema.js';

/** People, for administrators. */
export const userRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/api/v1/users',
    access: 'admin',
    tag: 'Administration',
    summary: 'All users, oldest first',
    params: none,
    query: none,
    body: noBody,
    answers: { 200: { description: 'All of them.', schema: pageOf(userView) } },
    async handle({ app, caller }) {
      const users = await app.accounts.listUsers(caller);
      return { status: 200, body: { items: users.map(presentUser), nextCursor: null } };
    },
  }),
  route({
    method: 'post',
    path: '/api/v1/users',
    access: 'admin',
    tag: 'Administration',
    summary: 'Make a user',
    description: 'The e-mail address is unique: a repeated request is answered with 409 `email_taken`.',
    params: none,
    query: none,
    body: newUserBody,
    answers: { 201: { description: 'The user.', schema: userView } },
    async handle({ app, caller, body }) {
      return { status: 201, body: presentUser(await app.accounts.createUser(caller, body)) };
    },
  }),
];
