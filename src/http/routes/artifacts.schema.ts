import { z } from 'zod';
import { EXPORT_FORMATS } from '../../services/source/exports.js';
import { flag, paging } from './common.schema.js';

export const artifactParams = z.strictObject({ artifactId: z.string() });

export const artifactQuery = z.strictObject({
  newest: flag.describe('Only the newest version of each file.'),
  ...paging(500, 1000),
});

export const exportQuery = z.strictObject({
  format: z
    .enum(EXPORT_FORMATS)
    .default('zip')
    .describe('`zip`: the project; `git`: a bundle with the branch; `patch`: for `git apply`.'),
});
