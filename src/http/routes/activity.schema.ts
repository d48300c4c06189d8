import { z } from 'zod';
import { EXECUTION_STATUSES } from '../../core/vocabulary.js';
import { newMessage } from '../../services/activity.js';
import { MAX_INT4 } from '../cursor.js';
import { personText, SCOPES } from '../../services/sessions.js';
import { paging } from './common.schema.js';

export const newMessageBody = newMessage;

export const activityQuery = z.strictObject(paging(100, 500));

export const executionsQuery = z.strictObject({
  scope: z.enum(SCOPES).default('mine').describe("`team` shows everybody's; it needs the role approver."),
  profile: personText(50).optional().describe('The agent, such as `eng`.'),
  status: z.enum(EXECUTION_STATUSES).optional(),
  model: personText(100).optional().describe('The exact name of a model.'),
  minSeconds: z.coerce.number().min(0).max(1e7).optional().describe('Only those that took at least so long.'),
  minCostUsd: z.coerce.number().min(0).max(1e7).optional().describe('Only those that cost at least so much.'),
  ...paging(50, 200),
});

export const eventsQuery = z.strictObject({
  after: z.coerce
    .number()
    .int()
    .min(0)
    .max(MAX_INT4)
    .default(0)
    .describe('Replay what came after this event; `Last-Event-ID` goes before it.'),
});
