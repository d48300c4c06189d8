import { randomBytes } from 'node:crypto';
import type { DataSource } from 'typeorm';
import { z } from 'zod';
import { ConflictError, NotFoundError } from '../../core/errors.js';
import { isId, newId } from '../../core/ids.js';
import type { SecretBox } from '../../core/secret-box.js';
import { NOTIFICATION_EVENTS, WEBHOOK_KINDS } from '../../core/vocabulary.js';
import type { OutboxEntry } from '../../db/entities/outbox-entry.js';
import type { Webhook } from '../../db/entities/webhook.js';
import type { WebhookDelivery } from '../../db/entities/webhook-delivery.js';
import { repositories } from '../../db/repositories/index.js';
import { checked, personText, requireRole, type Caller } from '../sessions.js';

const url = z
  .url({ protocol: /^https?$/, message: 'must be an http or https address' })
  .max(2000)
  .refine((text) => URL.canParse(text) && new URL(text).username === '' && new URL(text).password === '', {
    message: 'must not hold a user name or password: they would be shown',
  });
const events = z.array(z.enum(NOTIFICATION_EVENTS)).max(NOTIFICATION_EVENTS.length);

export const newWebhook = z.strictObject({
  name: personText(255),
  kind: z.enum(WEBHOOK_KINDS).default('generic'),
  url,
  /** What it is told of; an empty list means everything. */
  events: events.default([]),
  /** What `generic` deliveries are signed with; made up, and told once, when absent. */
  secret: z
    .string()
    .min(16, 'must have at least 16 characters')
    .max(200)
    .regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without spaces')
    .optional(),
});
export type NewWebhook = z.input<typeof newWebhook>;

export const webhookChanges = z
  .strictObject({
    name: personText(255).optional(),
    url: url.optional(),
    events: events.optional(),
    isActive: z.boolean().optional(),
  })
  .refine((to) => Object.values(to).some((value) => value !== undefined), {
    message: 'names nothing to change: give name, url, events or isActive',
  });

/** Webhooks of the whole team, kept by administrators. */
export class WebhookService {
  constructor(
    private readonly dataSource: DataSource,
    /** Undefined where no root keys are configured. */
    private readonly box: SecretBox | undefined,
  ) {}

  async list(caller: Caller): Promise<Webhook[]> {
    requireRole(caller, 'admin');
    return repositories(this.dataSource.manager).webhooks.list();
  }

  /** @throws NotFoundError */
  async get(caller: Caller, id: string): Promise<Webhook> {
    requireRole(caller, 'admin');
    const webhook = isId(id) ? await repositories(this.dataSource.manager).webhooks.find(id) : null;
    if (!webhook) throw new NotFoundError('webhook', id);
    return webhook;
  }

  /**
   * @returns the webhook and its secret, which is told here and never again
   * @throws ConflictError `root_keys_missing` when there are no root keys to seal the secret under
   */
  async create(caller: Caller, input: NewWebhook): Promise<{ webhook: Webhook; secret: string }> {
    requireRole(caller, 'admin');
    const wish = checked(newWebhook, input);
    if (!this.box)
      throw new ConflictError(
        'root_keys_missing',
        'The secret of a webhook is kept sealed, and there are no root keys. Set ATELIER_SECRET_KEYS.',
      );
    const id = newId();
    const secret = wish.secret ?? `whsec_${randomBytes(24).toString('base64url')}`;
    const secretEncrypted = this.box.seal(secret, { table: 'webhooks', row: id, provider: '' });
    await this.audited(caller, 'create webhook', { id, url: wish.url, kind: wish.kind }, (repos) =>
      repos.webhooks.insert({
        ...{ id, userId: caller.userId, name: wish.name.trim(), kind: wish.kind, url: wish.url },
        ...{ events: wish.events, secretEncrypted },
      }),
    );
    return { webhook: await this.get(caller, id), secret };
  }

  async update(caller: Caller, id: string, input: z.input<typeof webhookChanges>): Promise<Webhook> {
    await this.get(caller, id);
    const to = checked(webhookChanges, input);
    await this.audited(caller, 'change webhook', { id, ...to }, (repos) => repos.webhooks.update(id, to));
    return this.get(caller, id);
  }

  /** Deletes it with its deliveries. */
  async remove(caller: Caller, id: string): Promise<void> {
    await this.get(caller, id);
    await this.audited(caller, 'delete webhook', { id }, (repos) => repos.webhooks.delete(id));
  }

  /** Sends a trial, like any other delivery. @returns the delivery, to look up what came of it */
  async test(caller: Caller, id: string): Promise<WebhookDelivery> {
    const webhook = await this.get(caller, id);
    const deliveryId = newId();
    await repositories(this.dataSource.manager).webhooks.addDelivery({
      webhookId: webhook.id,
      deliveryId,
      event: 'test',
      payload: {
        event: 'test',
        text: `Atelier reaches "${webhook.name}".`,
        url: null,
        at: new Date().toISOString(),
      },
    });
    return this.delivery(webhook.id, deliveryId);
  }

  /** A webhook's deliveries, newest first. */
  async deliveries(caller: Caller, id: string, limit: number, before?: number): Promise<WebhookDelivery[]> {
    await this.get(caller, id);
    return repositories(this.dataSource.manager).webhooks.deliveries(id, limit, before);
  }

  /** Has a delivery sent again, with the same delivery id. @throws NotFoundError */
  async redeliver(caller: Caller, id: string, deliveryId: string): Promise<WebhookDelivery> {
    await this.get(caller, id);
    const found = await this.delivery(id, deliveryId);
    await repositories(this.dataSource.manager).webhooks.redeliver(found.id);
    return this.delivery(id, deliveryId);
  }

  /** Mails that were written, newest first. */
  async mails(caller: Caller, limit: number, before?: number): Promise<OutboxEntry[]> {
    requireRole(caller, 'admin');
    return repositories(this.dataSource.manager).outbox.mails(limit, before);
  }

  private async delivery(webhookId: string, deliveryId: string): Promise<WebhookDelivery> {
    const found = isId(deliveryId)
      ? await repositories(this.dataSource.manager).webhooks.findDelivery(webhookId, deliveryId)
      : null;
    if (!found) throw new NotFoundError('delivery', deliveryId);
    return found;
  }

  private async audited(
    caller: Caller,
    userAction: string,
    details: Record<string, unknown>,
    work: (repos: ReturnType<typeof repositories>) => Promise<void>,
  ): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      const repos = repositories(manager);
      await work(repos);
      await repos.audit.append([
        {
          eventType: 'webhook_changed',
          userId: caller.userId,
          userAction,
          details,
          ipAddress: caller.ip ?? null,
        },
      ]);
    });
  }
}
