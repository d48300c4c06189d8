import type { Request } from 'express';
import type { App } from '../app.js';
import { UnauthorizedError } from '../core/errors.js';
import type { SignedIn } from './route.js';
import { requireSameOrigin } from './same-origin.js';
import { cookieToken } from './session-cookie.js';

/** `Bearer`, in any case, and a token of visible ASCII. */
const BEARER = /^bearer +([\x21-\x7e]{1,512})$/i;

/**
 * The caller of a request by its bearer token, or by the panel's cookie. The user is read anew each time, so that
 * a changed role or a closed account holds from the next request on.
 * @throws UnauthorizedError when there is neither, or one that is unknown, expired or revoked
 * @throws ForbiddenError when a cookie comes with a change from another site's page
 */
export async function authenticate(app: App, req: Request): Promise<SignedIn> {
  const { authorization } = req.headers;
  const bearer = BEARER.exec(authorization ?? '')?.[1];
  const token = authorization === undefined ? cookieToken(req) : bearer;
  if (token === undefined) throw new UnauthorizedError();
  if (bearer === undefined) requireSameOrigin(req);
  return { ...(await app.accounts.authenticate(token, req.ip)), token };
}
