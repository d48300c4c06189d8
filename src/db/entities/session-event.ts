import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { StreamEvent } from '../../core/vocabulary.js';

/** One replayable event of a session's stream, in the order of `seq`. */
@Entity('session_events')
export class SessionEvent {
  @PrimaryColumn('varchar', { name: 'session_id', length: 64 })
  sessionId!: string;

  @PrimaryColumn('integer', { name: 'seq' })
  seq!: number;

  @Column('varchar', { name: 'type', length: 20 })
  type!: StreamEvent;

  @Column('jsonb', { name: 'data' })
  data!: Record<string, unknown>;

  @Column('timestamptz', { name: 'created_at', default: () => 'CURRENT_TIMESTAMP' })
  createdAt!: Date;
}
