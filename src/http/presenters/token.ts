import { z } from 'zod';
import type { ApiToken } from '../../db/entities/api-token.js';
import { iso, time } from './time.js';

const fields = {
  id: z.string(),
  name: z.string(),
  lastFour: z.string().describe('The last four characters, to tell tokens apart.'),
  expiresAt: time.nullable(),
  revokedAt: time.nullable(),
  lastUsedAt: time.nullable().describe('To the minute.'),
  createdAt: time,
  isLogin: z.boolean().describe('Made by signing in; `false`: made by hand, for programs.'),
  isCurrent: z.boolean().describe('The one that asks.'),
};

/** An API token, without the token. */
export const tokenView = z.strictObject(fields).meta({ id: 'TokenView' });
export type TokenView = z.infer<typeof tokenView>;

/** A new API token. `token` is told here and never again. */
export const newTokenView = z.strictObject({ ...fields, token: z.string() }).meta({ id: 'NewTokenView' });
export type NewTokenView = z.infer<typeof newTokenView>;

/** An API token, without the token. @param currentId the token that asks */
export function presentToken(token: ApiToken, currentId: string): TokenView {
  return {
    id: token.id,
    name: token.name,
    lastFour: token.lastFour,
    expiresAt: iso(token.expiresAt),
    revokedAt: iso(token.revokedAt),
    lastUsedAt: iso(token.lastUsedAt),
    createdAt: iso(token.createdAt),
    isLogin: token.isLogin,
    isCurrent: token.id === currentId,
  };
}
