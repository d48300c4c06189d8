import { z } from 'zod';

export { newToken as newTokenBody } from '../../services/accounts.js';

export const tokenParams = z.strictObject({ tokenId: z.string() });
