import { z } from 'zod';
import { paging } from './common.schema.js';

const moment = z.iso
  .datetime({ offset: true, error: 'must be a time in ISO 8601, such as 2026-01-31T00:00:00Z' })
  .transform((text) => new Date(text))
  .optional();

const filter = {
  eventType: z
    .string()
    .regex(/^[\w.-]+(,[\w.-]+)*$/, 'must be names of events, with commas between them')
    .max(1000)
    .transform((text) => text.split(','))
    .optional()
    .describe('One event, or several with commas between them.'),
  user: z.string().min(1).max(320).optional().describe('Who did it: an id or an e-mail address.'),
  session: z.string().min(1).max(64).optional(),
  from: moment.describe('From this time on.'),
  to: moment.describe('Before this time.'),
  q: z
    .string()
    .trim()
    .max(200)
    .refine((text) => !text.includes('\u0000'), 'contains a NUL character')
    .optional()
    .describe('A text in the action, the details, the event or the address.'),
};

export const auditQuery = z.strictObject({ ...paging(50, 200), ...filter });
export const auditExportQuery = z.strictObject({
  format: z.enum(['csv', 'jsonl']).default('csv'),
  ...filter,
});
