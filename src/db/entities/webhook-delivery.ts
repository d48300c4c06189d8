import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import type { WebhookDeliveryStatus } from '../../core/vocabulary.js';

/** One notification to one webhook, with its attempts. */
@Entity('webhook_deliveries')
export class WebhookDelivery {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', name: 'id', generatedIdentity: 'BY DEFAULT' })
  id!: number;

  @Column('varchar', { name: 'webhook_id', length: 64 })
  webhookId!: string;

  /** The same at every attempt, so that a receiver can tell a repetition. */
  @Column('varchar', { name: 'delivery_id', length: 64 })
  deliveryId!: string;

  /** The outbox entry that it was made from; null for trials. */
  @Column('bigint', { name: 'source_id', nullable: true })
  sourceId!: number | null;

  @Column('varchar', { name: 'event', length: 100 })
  event!: string;

  @Column('jsonb', { name: 'payload' })
  payload!: Record<string, unknown>;

  @Column('varchar', { name: 'status', length: 20, default: 'pending' })
  status!: WebhookDeliveryStatus;

  @Column('integer', { name: 'attempts', default: 0 })
  attempts!: number;

  @Column('integer', { name: 'response_status', nullable: true })
  responseStatus!: number | null;

  /** Why the last attempt failed. */
  @Column('text', { name: 'error', nullable: true })
  error!: string | null;

  @Column('timestamptz', { name: 'next_attempt_at', default: () => 'CURRENT_TIMESTAMP' })
  nextAttemptAt!: Date;

  @Column('timestamptz', { name: 'delivered_at', nullable: true })
  deliveredAt!: Date | null;

  @Column('timestamptz', { name: 'created_at', default: () => 'CURRENT_TIMESTAMP' })
  createdAt!: Date;
}
