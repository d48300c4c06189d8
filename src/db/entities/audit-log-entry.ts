import { Column, Entity, PrimaryColumn } from 'typeorm';

/**
 * One line of the audit trail. Append-only and hash-chained: the database fills `id`, `prevHash`, `hash`
 * and `createdAt` and refuses UPDATE and DELETE.
 */
@Entity('audit_log')
export class AuditLogEntry {
  @PrimaryColumn('bigint', { name: 'id' })
  id!: number;

  @Column('varchar', { name: 'event_type', length: 100 })
  eventType!: string;

  @Column('varchar', { name: 'session_id', length: 64, nullable: true })
  sessionId!: string | null;

  @Column('varchar', { name: 'user_id', length: 64, nullable: true })
  userId!: string | null;

  @Column('varchar', { name: 'user_action', length: 255, nullable: true })
  userAction!: string | null;

  @Column('jsonb', { name: 'details', default: {} })
  details!: Record<string, unknown>;

  @Column('inet', { name: 'ip_address', nullable: true })
  ipAddress!: string | null;

  @Column('timestamptz', { name: 'created_at', default: () => 'CURRENT_TIMESTAMP' })
  createdAt!: Date;

  @Column('varchar', { name: 'prev_hash', length: 64 })
  prevHash!: string;

  @Column('varchar', { name: 'hash', length: 64 })
  hash!: string;
}
