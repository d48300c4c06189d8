import { z } from 'zod';
import { idCursor, toPage } from '../cursor.js';
import { pageOf } from '../presenters/page.js';
import { newUserView, presentUser, userView, type NewUserView } from '../presenters/user.js';
import { emptyBody, none, noBody, route, type Route } from '../route.js';
import { newUserBody, passwordBody, userBody, userParams, usersQuery } from './users.schema.js';

const cursors = idCursor('users');
const tag = 'Administration';

/** People, for administrators; and one's own password. */
export const userRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/api/v1/users',
    access: 'admin',
    tag,
    summary: 'Users, oldest first',
    params: none,
    query: usersQuery,
    body: noBody,
    answers: { 200: { description: 'A page of them.', schema: pageOf(userView) } },
    async handle({ app, caller, query: { cursor, limit, q, role, active } }) {
      const users = await app.people.page(caller, {
        limit: limit + 1,
        role,
        isActive: active,
        ...(q !== undefined && q.trim() !== '' && { text: q.trim() }),
        ...(cursor !== undefined && { afterId: cursors.decode(cursor) }),
      });
      return { status: 200, body: toPage(users, limit, cursors, ({ id }) => id, presentUser) };
    },
  }),
  route({
    method: 'post',
    path: '/api/v1/users',
    access: 'admin',
    tag,
    summary: 'Make a user',
    description:
      'Without a password they get a one-time password, which the answer tells once. The e-mail address is unique: ' +
      'a repeated request is answered with 409 `email_taken`.',
    params: none,
    query: none,
    body: newUserBody,
    answers: { 201: { description: 'The user.', schema: newUserView } },
    async handle({ app, caller, body }) {
      const { user, oneTimePassword } = await app.accounts.addUser(caller, body);
      return { status: 201, body: { ...presentUser(user), oneTimePassword } satisfies NewUserView };
    },
  }),
  route({
    method: 'patch',
    path: '/api/v1/users/:userId',
    access: 'admin',
    tag,
    summary: 'Rename a user, change their role, or let them in or out',
    description:
      'Whoever is deactivated loses their logins and API tokens at once. The last active administrator cannot be ' +
      'taken away: 409 `last_admin`.',
    params: userParams,
    query: none,
    body: userBody,
    answers: { 200: { description: 'The user as they are now.', schema: userView } },
    handle: async ({ app, caller, params: { userId }, body }) => ({
      status: 200,
      body: presentUser(await app.people.update(caller, userId, body)),
    }),
  }),
  route({
    method: 'post',
    path: '/api/v1/users/:userId/password',
    access: 'admin',
    tag,
    summary: 'Give a user a new one-time password',
    description: 'They have to change it at the next login. Their logins end; their API tokens stay.',
    params: userParams,
    query: none,
    body: emptyBody,
    answers: { 200: { description: 'The user, and the password, told once.', schema: newUserView } },
    async handle({ app, caller, params: { userId } }) {
      const { user, oneTimePassword } = await app.people.resetPassword(caller, userId);
      return { status: 200, body: { ...presentUser(user), oneTimePassword } satisfies NewUserView };
    },
  }),
  route({
    method: 'post',
    path: '/api/v1/me/password',
    access: 'viewer',
    tag: 'Accounts',
    summary: 'Change your own password',
    description: 'Your other logins end; your API tokens stay. After ten wrong passwords you have to wait.',
    params: none,
    query: none,
    body: passwordBody,
    answers: {
      200: {
        description: 'It is changed.',
        schema: z.strictObject({ endedLogins: z.number().int() }),
      },
    },
    handle: async ({ app, caller, body }) => ({
      status: 200,
      body: await app.accounts.changePassword(caller, body, caller.token),
    }),
  }),
];
