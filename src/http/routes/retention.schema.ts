import { z } from 'zod';

export const retentionBody = z.strictObject({
  dryRun: z.boolean().default(false).describe('Only say what would go.'),
});
