import { Column, Entity, PrimaryColumn } from 'typeorm';

/** An address that gets signed notifications of the named events; an empty list means all. */
@Entity('webhooks')
export class Webhook {
  @PrimaryColumn('varchar', { name: 'id', length: 64 })
  id!: string;

  @Column('varchar', { name: 'user_id', length: 64 })
  userId!: string;

  @Column('text', { name: 'url' })
  url!: string;

  @Column('text', { name: 'secret_encrypted', select: false })
  secretEncrypted!: string;

  @Column('jsonb', { name: 'events', default: [] })
  events!: string[];

  @Column('boolean', { name: 'is_active', default: true })
  isActive!: boolean;

  @Column('timestamptz', { name: 'created_at', default: () => 'CURRENT_TIMESTAMP' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'updated_at', default: () => 'CURRENT_TIMESTAMP' })
  updatedAt!: Date;
}
