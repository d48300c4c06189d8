import { z } from 'zod';

export { profileUpdate as profileBody } from '../../services/profiles.js';
export { apiKeyInput as apiKeyBody } from '../../services/keys.js';

export const profileParams = z.strictObject({
  profile: z.string().regex(/^[\w-]{1,50}$/, 'is no name of a profile'),
});
