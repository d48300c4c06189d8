import { Column, Entity, PrimaryColumn } from 'typeorm';

/** An audit row on its way into the chain: it lives until its transaction commits, and no longer. */
@Entity('audit_inbox')
export class AuditInboxEntry {
  @PrimaryColumn('bigint', { name: 'id', generated: 'identity', generatedIdentity: 'ALWAYS' })
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
}
