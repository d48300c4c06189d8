import { z } from 'zod';
import { USER_ROLES } from '../../core/vocabulary.js';
import type { User } from '../../db/entities/user.js';
import { iso, time } from './time.js';

/** A person who can sign in. */
export const userView = z
  .strictObject({
    id: z.string(),
    email: z.string(),
    name: z.string(),
    role: z.enum(USER_ROLES),
    isActive: z.boolean(),
    mustChangePassword: z.boolean(),
    lastLoginAt: time.nullable(),
    createdAt: time,
  })
  .meta({ id: 'UserView' });
export type UserView = z.infer<typeof userView>;

/** A user that was just made or given a new password, which is told here and never again. */
export const newUserView = userView
  .extend({
    oneTimePassword: z
      .string()
      .nullable()
      .describe('Told once, and to be changed at the first login; null when the request chose the password.'),
  })
  .meta({ id: 'NewUserView' });
export type NewUserView = z.infer<typeof newUserView>;

/** The answer to a login: an API token for thirty days, told once, and whose it is. */
export const loginView = z.strictObject({ token: z.string(), user: userView }).meta({ id: 'LoginView' });
export type LoginView = z.infer<typeof loginView>;

/** A person, without secrets. */
export function presentUser(user: User): UserView {
  return {
    id: user.id,
    email: user.email,
    name: user.name,
    role: user.role,
    isActive: user.isActive,
    mustChangePassword: user.mustChangePassword,
    lastLoginAt: iso(user.lastLoginAt),
    createdAt: iso(user.createdAt),
  };
}
