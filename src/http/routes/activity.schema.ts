import { z } from 'zod';
import { newMessage } from '../../services/activity.js';
import { MAX_INT4 } from '../cursor.js';
import { paging } from './common.schema.js';

export const newMessageBody = newMessage;

export const activityQuery = z.strictObject(paging(100, 500));

export const eventsQuery = z.strictObject({
  after: z.coerce
    .number()
    .int()
    .min(0)
    .max(MAX_INT4)
    .default(0)
    .describe('Replay what came after this event; `Last-Event-ID` goes before it.'),
});
