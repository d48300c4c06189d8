import type { EntityManager } from 'typeorm';
import type { NotificationEvent, WebhookKind } from '../../core/vocabulary.js';
import { Webhook } from '../entities/webhook.js';
import { WebhookDelivery } from '../entities/webhook-delivery.js';
import { columns, type ColumnValues } from './columns.js';

/** A delivery that is to be tried now, and where it goes. */
export interface DueDelivery {
  id: number;
  deliveryId: string;
  event: string;
  payload: Record<string, unknown>;
  attempts: number;
  webhookId: string;
  kind: WebhookKind;
  url: string;
  /** Sealed. */
  secret: string;
}

/** Addresses that are told of what happens, and what they were told. */
export class WebhookRepository {
  constructor(private readonly db: EntityManager) {}

  async insert(webhook: ColumnValues<Webhook>): Promise<void> {
    await this.db.insert(Webhook, columns(webhook));
  }

  async find(id: string): Promise<Webhook | null> {
    return this.db.findOneBy(Webhook, { id });
  }

  async list(): Promise<Webhook[]> {
    return this.db.find(Webhook, { order: { createdAt: 'ASC', id: 'ASC' } });
  }

  async update(id: string, to: ColumnValues<Webhook>): Promise<void> {
    await this.db.update(Webhook, { id }, columns<Webhook>(to));
  }

  async delete(id: string): Promise<void> {
    await this.db.delete(Webhook, { id });
  }

  /** One delivery to each active webhook that wants the event; made once per outbox entry and webhook. */
  async fanOut(event: NotificationEvent, payload: Record<string, unknown>, sourceId: number): Promise<void> {
    await this.db.query(
      `INSERT INTO webhook_deliveries (webhook_id, delivery_id, source_id, event, payload)
       SELECT id, gen_random_uuid()::text, $3, $1::varchar, $2::jsonb FROM webhooks
        WHERE is_active AND (events = '[]'::jsonb OR events ? $1::text)
       ON CONFLICT (webhook_id, source_id) DO NOTHING`,
      [event, JSON.stringify(payload), sourceId],
    );
  }

  /** A delivery of its own, such as a trial. */
  async addDelivery(delivery: {
    webhookId: string;
    deliveryId: string;
    event: string;
    payload: Record<string, unknown>;
  }): Promise<void> {
    await this.db.insert(WebhookDelivery, columns<WebhookDelivery>(delivery));
  }

  /**
   * Takes deliveries whose time has come, and counts the attempt. Who takes them has `leaseSeconds` to mark them;
   * when it dies before, they come again with the same delivery id.
   */
  async takeDue(limit: number, leaseSeconds: number): Promise<DueDelivery[]> {
    const [rows]: [DueDelivery[], number] = await this.db.query(
      `UPDATE webhook_deliveries d
          SET attempts = attempts + 1, next_attempt_at = clock_timestamp() + make_interval(secs => $2)
         FROM webhooks w
        WHERE w.id = d.webhook_id AND d.id IN (
          SELECT d.id FROM webhook_deliveries d JOIN webhooks w ON w.id = d.webhook_id AND w.is_active
           WHERE d.status = 'pending' AND d.next_attempt_at <= clock_timestamp()
           ORDER BY d.next_attempt_at LIMIT $1 FOR UPDATE OF d SKIP LOCKED)
        RETURNING d.id, d.delivery_id AS "deliveryId", d.event, d.payload, d.attempts,
                  w.id AS "webhookId", w.kind, w.url, w.secret_encrypted AS secret`,
      [limit, leaseSeconds],
    );
    return rows;
  }

  async markDelivered(id: number, responseStatus: number): Promise<void> {
    await this.db.query(
      `UPDATE webhook_deliveries
          SET status = 'delivered', delivered_at = clock_timestamp(), response_status = $2, error = NULL
        WHERE id = $1`,
      [id, responseStatus],
    );
  }

  /** Notes a failed attempt. @param retryInSeconds null: it is given up */
  async markFailed(
    id: number,
    failure: { responseStatus: number | null; error: string; retryInSeconds: number | null },
  ): Promise<void> {
    await this.db.query(
      `UPDATE webhook_deliveries
          SET status = CASE WHEN $4::float8 IS NULL THEN 'failed' ELSE 'pending' END,
              response_status = $2, error = $3,
              next_attempt_at = clock_timestamp() + make_interval(secs => coalesce($4, 0))
        WHERE id = $1 AND status = 'pending'`,
      [id, failure.responseStatus, failure.error, failure.retryInSeconds],
    );
  }

  /** A webhook's deliveries, newest first, older than `before`. */
  async deliveries(webhookId: string, limit: number, before?: number): Promise<WebhookDelivery[]> {
    const query = this.db
      .createQueryBuilder(WebhookDelivery, 'd')
      .where('d.webhook_id = :webhookId', { webhookId })
      .orderBy('d.id', 'DESC')
      .take(limit);
    if (before !== undefined) query.andWhere('d.id < :before', { before });
    return query.getMany();
  }

  async findDelivery(webhookId: string, deliveryId: string): Promise<WebhookDelivery | null> {
    return this.db.findOneBy(WebhookDelivery, { webhookId, deliveryId });
  }

  /** Has a delivery tried again from the beginning, with the same delivery id. */
  async redeliver(id: number): Promise<void> {
    await this.db.query(
      `UPDATE webhook_deliveries
          SET status = 'pending', attempts = 0, next_attempt_at = clock_timestamp(), delivered_at = NULL
        WHERE id = $1`,
      [id],
    );
  }
}
