import { z } from 'zod';

export const settingParams = z.strictObject({ key: z.string() });

export const settingBody = z.strictObject({
  value: z
    .union([z.number(), z.string(), z.boolean(), z.null(), z.record(z.string(), z.json()), z.array(z.json())])
    .describe('The new value; null goes back to the default.'),
});
