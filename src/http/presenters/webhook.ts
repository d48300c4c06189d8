import { z } from 'zod';
import { NOTIFICATION_EVENTS, WEBHOOK_DELIVERY_STATUSES, WEBHOOK_KINDS } from '../../core/vocabulary.js';
import type { OutboxEntry } from '../../db/entities/outbox-entry.js';
import type { Webhook } from '../../db/entities/webhook.js';
import type { WebhookDelivery } from '../../db/entities/webhook-delivery.js';
import { iso, time } from './time.js';

/** An address that is told of what happens. Its secret is not in it. */
export const webhookView = z
  .strictObject({
    id: z.string(),
    name: z.string(),
    kind: z.enum(WEBHOOK_KINDS),
    url: z.string(),
    events: z.array(z.enum(NOTIFICATION_EVENTS)).describe('Empty: everything.'),
    isActive: z.boolean(),
    createdBy: z.string(),
    createdAt: time,
    updatedAt: time,
  })
  .meta({ id: 'WebhookView' });
export type WebhookView = z.infer<typeof webhookView>;

/** A new webhook, with its secret: told once. */
export const newWebhookView = z
  .strictObject({ webhook: webhookView, secret: z.string() })
  .meta({ id: 'NewWebhookView' });

export type NewWebhookView = z.infer<typeof newWebhookView>;

/** One message to one webhook. */
export const deliveryView = z
  .strictObject({
    deliveryId: z.string().describe('The same at every attempt: the header `Idempotency-Key`.'),
    event: z.string(),
    status: z.enum(WEBHOOK_DELIVERY_STATUSES).describe('`failed`: given up.'),
    attempts: z.number().int(),
    responseStatus: z.number().int().nullable(),
    error: z.string().nullable().describe('Why the last attempt failed.'),
    nextAttemptAt: time.nullable(),
    deliveredAt: time.nullable(),
    payload: z.record(z.string(), z.unknown()),
    createdAt: time,
  })
  .meta({ id: 'DeliveryView' });
export type DeliveryView = z.infer<typeof deliveryView>;

/** One mail to one person. */
export const mailView = z
  .strictObject({
    id: z.number().int(),
    to: z.string(),
    subject: z.string(),
    status: z.enum(WEBHOOK_DELIVERY_STATUSES),
    attempts: z.number().int(),
    error: z.string().nullable(),
    sentAt: time.nullable(),
    createdAt: time,
  })
  .meta({ id: 'MailView' });

/** A person's wishes about mail. */
export const preferencesView = z
  .strictObject({ email: z.boolean(), events: z.record(z.enum(NOTIFICATION_EVENTS), z.boolean()) })
  .meta({ id: 'PreferencesView' });

/** A webhook without its secret. */
export function presentWebhook(webhook: Webhook): WebhookView {
  return {
    id: webhook.id,
    name: webhook.name,
    kind: webhook.kind,
    url: webhook.url,
    events: webhook.events,
    isActive: webhook.isActive,
    createdBy: webhook.userId,
    createdAt: iso(webhook.createdAt),
    updatedAt: iso(webhook.updatedAt),
  };
}

/** A delivery with what came of it. */
export function presentDelivery(delivery: WebhookDelivery): DeliveryView {
  return {
    deliveryId: delivery.deliveryId,
    event: delivery.event,
    status: delivery.status,
    attempts: delivery.attempts,
    responseStatus: delivery.responseStatus,
    error: delivery.error,
    nextAttemptAt: delivery.status === 'pending' ? iso(delivery.nextAttemptAt) : null,
    deliveredAt: iso(delivery.deliveredAt),
    payload: delivery.payload,
    createdAt: iso(delivery.createdAt),
  };
}

/** A mail with what came of it, without its text. */
export function presentMail(entry: OutboxEntry): z.infer<typeof mailView> {
  return {
    id: entry.id,
    to: String(entry.payload['to']),
    subject: String(entry.payload['subject']),
    status: entry.sentAt ? 'delivered' : entry.failedAt ? 'failed' : 'pending',
    attempts: entry.attempts,
    error: entry.error,
    sentAt: iso(entry.sentAt),
    createdAt: iso(entry.createdAt),
  };
}
