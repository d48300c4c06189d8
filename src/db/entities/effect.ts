import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A committed effect of a run's step; the primary key keeps it from happening twice. */
@Entity('effects')
export class Effect {
  @PrimaryColumn('varchar', { name: 'session_id', length: 64 })
  sessionId!: string;

  @PrimaryColumn('varchar', { name: 'step_key', length: 255 })
  stepKey!: string;

  @Column('bigint', { name: 'fence' })
  fence!: number;

  @Column('jsonb', { name: 'result' })
  result!: unknown;

  @Column('timestamptz', { name: 'created_at', default: () => 'CURRENT_TIMESTAMP' })
  createdAt!: Date;
}
