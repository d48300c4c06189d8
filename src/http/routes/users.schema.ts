import { z } from 'zod';
import { USER_ROLES } from '../../core/vocabulary.js';
import { paging } from './common.schema.js';

export { newUser as newUserBody, passwordChange as passwordBody } from '../../services/accounts.js';
export { userUpdate as userBody } from '../../services/accounts-people.js';

export const userParams = z.strictObject({ userId: z.string() });

export const usersQuery = z.strictObject({
  ...paging(100, 500),
  q: z.string().max(200).optional().describe('Part of the name or the e-mail address.'),
  role: z.enum(USER_ROLES).optional(),
  active: z
    .enum(['true', 'false'])
    .transform((value) => value === 'true')
    .optional(),
});
