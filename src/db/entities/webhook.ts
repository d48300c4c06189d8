import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { NotificationEvent, WebhookKind } from '../../core/vocabulary.js';

/** An address that gets signed notifications of the named events; an empty list means all. */
@Entity('webhooks')
export class Webhook {
  @PrimaryColumn('varchar', { name: 'id', length: 64 })
  id!: string;

  @Column('varchar', { name: 'user_id', length: 64 })
  userId!: string;

  @Column('varchar', { name: 'name', length: 255, default: '' })
  name!: string;

  @Column('varchar', { name: 'kind', length: 20, default: 'generic' })
  kind!: WebhookKind;

  @Column('text', { name: 'url' })
  url!: string;

  @Column('text', { name: 'secret_encrypted', select: false })
  secretEncrypted!: string;

  @Column('jsonb', { name: 'events', default: [] })
  events!: NotificationEvent[];

  @Column('boolean', { name: 'is_active', default: true })
  isActive!: boolean;

  @Column('timestamptz', { name: 'created_at', default: () => 'CURRENT_TIMESTAMP' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'updated_at', default: () => 'CURRENT_TIMESTAMP' })
  updatedAt!: Date;
}
