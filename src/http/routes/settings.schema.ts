import { z } from 'zod';

export const settingParams = z.strictObject({ key: z.string() });

export const settingBody = z.strictObject({
  value: z
    .union([z.number(), z.string(), z.boolean(), z.null()])
    .describe('The new value; null goes back to the default.'),
});
