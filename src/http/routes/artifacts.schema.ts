import { z } from 'zod';
import { flag, paging } from './common.schema.js';

export const artifactParams = z.strictObject({ artifactId: z.string() });

export const artifactQuery = z.strictObject({
  newest: flag.describe('Only the newest version of each file.'),
  ...paging(500, 1000),
});

export const exportQuery = z.strictObject({
  format: z.enum(['zip']).default('zip').describe('The one format there is.'),
});
