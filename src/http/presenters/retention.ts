import { z } from 'zod';
import type { RetentionReport } from '../../services/retention/retention.js';

const count = z.number().int();

/** What was let go of, or would be. */
export const retentionView = z
  .strictObject({
    dryRun: z.boolean(),
    busy: z.boolean().describe('Another process was at it: nothing was done here.'),
    calls: count.describe('Model calls of which what was said is no longer kept.'),
    sources: count.describe('Uploads that no session starts from.'),
    notices: count.describe('Mails, webhook deliveries and their notices that are done with.'),
    sessions: count.describe('Sessions of which only the last saved state is kept.'),
    checkpoints: count,
    contents: count.describe('Contents of the store that nothing refers to.'),
    contentBytes: count,
  })
  .meta({ id: 'RetentionView' });
export type RetentionView = z.infer<typeof retentionView>;

/** A report; null when another process was at it. */
export function presentRetention(report: RetentionReport | null, dryRun: boolean): RetentionView {
  const {
    calls = 0,
    sources = 0,
    notices = 0,
    sessions = 0,
    checkpoints = 0,
    contents = 0,
    contentBytes = 0,
  } = report ?? {};
  return {
    dryRun,
    busy: report === null,
    calls,
    sources,
    notices,
    sessions,
    checkpoints,
    contents,
    contentBytes,
  };
}
