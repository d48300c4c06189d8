import { z } from 'zod';
import { SCOPES } from '../../services/overview.js';

export const overviewQuery = z.strictObject({
  scope: z.enum(SCOPES).default('mine').describe('`team` is for approvers.'),
});

export const metricParams = z.strictObject({
  name: z.string().regex(/^[\w.-]{1,100}$/, 'is no name of a metric'),
});
export const metricQuery = z.strictObject({
  hours: z.coerce.number().int().min(1).max(2160).default(24).describe('How far back.'),
  by: z
    .string()
    .regex(/^[A-Za-z]\w{0,49}$/, 'is no name of a label')
    .optional()
    .describe('A label: one series for each of its values, the eight largest.'),
});

export const jobParams = z.strictObject({ jobId: z.string() });
