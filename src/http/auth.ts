import type { Request } from 'express';
import type { App } from '../app.js';
import { UnauthorizedError } from '../core/errors.js';
import type { SignedIn } from './route.js';

/** `Bearer`, in any case, and a token of visible ASCII. */
const BEARER = /^bearer +([\x21-\x7e]{1,512})$/i;

/**
 * The caller of a request by its bearer token.
 * @throws UnauthorizedError when there is no token, or one that is unknown, expired or revoked
 */
export async function authenticate(app: App, req: Request): Promise<SignedIn> {
  const token = BEARER.exec(req.headers.authorization ?? '')?.[1];
  if (token === undefined) throw new UnauthorizedError();
  return { ...(await app.accounts.authenticate(token, req.ip)), token };
}
