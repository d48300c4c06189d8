import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

/** A job that was written in the same transaction as the change that calls for it. */
@Entity('outbox')
export class OutboxEntry {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', name: 'id', generatedIdentity: 'BY DEFAULT' })
  id!: number;

  @Column('varchar', { name: 'topic', length: 50 })
  topic!: string;

  @Column('varchar', { name: 'session_id', length: 64, nullable: true })
  sessionId!: string | null;

  @Column('jsonb', { name: 'payload', default: {} })
  payload!: Record<string, unknown>;

  @Column('timestamptz', { name: 'created_at', default: () => 'CURRENT_TIMESTAMP' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'sent_at', nullable: true })
  sentAt!: Date | null;

  @Column('integer', { name: 'attempts', default: 0 })
  attempts!: number;

  @Column('timestamptz', { name: 'next_attempt_at', default: () => 'CURRENT_TIMESTAMP' })
  nextAttemptAt!: Date;

  /** When it was given up. */
  @Column('timestamptz', { name: 'failed_at', nullable: true })
  failedAt!: Date | null;

  /** Why the last attempt failed. */
  @Column('text', { name: 'error', nullable: true })
  error!: string | null;

  /** The entry that this one was made from. */
  @Column('bigint', { name: 'source_id', nullable: true })
  sourceId!: number | null;
}
