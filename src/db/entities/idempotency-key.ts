import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A create request that was already answered: the same key and body give the same resource. */
@Entity('idempotency_keys')
export class IdempotencyKey {
  @PrimaryColumn('varchar', { name: 'user_id', length: 64 })
  userId!: string;

  @PrimaryColumn('varchar', { name: 'key', length: 255 })
  key!: string;

  /** SHA-256 of the request body; the same key with another body is refused. */
  @Column('varchar', { name: 'request_hash', length: 64 })
  requestHash!: string;

  @Column('varchar', { name: 'resource_id', length: 64 })
  resourceId!: string;

  @Column('timestamptz', { name: 'created_at', default: () => 'CURRENT_TIMESTAMP' })
  createdAt!: Date;
}
