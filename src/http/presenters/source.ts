import { z } from 'zod';
import { SKIP_REASONS, type SkipReason } from '../../adapters/source/port.js';

const reasons = Object.keys(SKIP_REASONS) as [SkipReason, ...SkipReason[]];

/** What came of an upload. */
export const importedSourceView = z
  .strictObject({
    sourceId: z
      .string()
      .describe('For the option `source: {"kind": "archive", "sourceId": …}` of a mission.'),
    files: z.number().int(),
    bytes: z.number().int().describe('Of all files, unpacked.'),
    skipped: z
      .partialRecord(
        z.enum(reasons),
        z.strictObject({ count: z.number().int(), examples: z.array(z.string()) }),
      )
      .describe('What was left out, by reason, with the first paths of each.'),
  })
  .meta({ id: 'ImportedSourceView' });
export type ImportedSourceView = z.infer<typeof importedSourceView>;
