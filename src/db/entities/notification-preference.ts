import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { NotificationEvent } from '../../core/vocabulary.js';

/** What a person wants to be told of by e-mail. Who has no row wants everything. */
@Entity('notification_preferences')
export class NotificationPreference {
  @PrimaryColumn('varchar', { name: 'user_id', length: 64 })
  userId!: string;

  @Column('boolean', { name: 'email', default: true })
  email!: boolean;

  /** By event; what is left out is wanted. */
  @Column('jsonb', { name: 'events', default: {} })
  events!: Partial<Record<NotificationEvent, boolean>>;

  @Column('timestamptz', { name: 'updated_at', default: () => 'CURRENT_TIMESTAMP' })
  updatedAt!: Date;
}
