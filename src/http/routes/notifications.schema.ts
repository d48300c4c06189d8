import { z } from 'zod';
import { paging } from './common.schema.js';

export {
  newWebhook as newWebhookBody,
  webhookChanges as webhookChangesBody,
} from '../../services/notifications/webhooks.js';
export { preferenceChanges as preferencesBody } from '../../services/notifications/preferences.js';

export const webhookParams = z.strictObject({ webhookId: z.string() });
export const deliveryParams = z.strictObject({ webhookId: z.string(), deliveryId: z.string() });
export const deliveryQuery = z.strictObject(paging(50, 200));
