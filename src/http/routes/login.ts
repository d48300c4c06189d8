import { loginView, presentUser, userView, type LoginView } from '../presenters/user.js';
import { none, noBody, publicRoute, route, type Route } from '../route.js';
import { loginBody } from './login.schema.js';

/** Signing in, and who one is. */
export const loginRoutes: readonly Route[] = [
  publicRoute({
    method: 'post',
    path: '/api/v1/login',
    tag: 'Accounts',
    summary: 'Sign in with e-mail address and password',
    description: 'Opens an API token for thirty days. After ten failures the account has to wait.',
    params: none,
    query: none,
    body: loginBody,
    answers: { 200: { description: 'The token, told once, and whose it is.', schema: loginView } },
    async handle({ app, body, ip }) {
      const { token, user } = await app.accounts.login(body, ip);
      return { status: 200, body: { token, user: presentUser(user) } satisfies LoginView };
    },
  }),
  route({
    method: 'get',
    path: '/api/v1/me',
    access: 'viewer',
    tag: 'Accounts',
    summary: 'Who the token belongs to',
    params: none,
    query: none,
    body: noBody,
    answers: { 200: { description: 'You.', schema: userView } },
    handle: async ({ caller }) => ({ status: 200, body: presentUser(caller.user) }),
  }),
];
