import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import type { CanaryStatus } from '../../core/vocabulary.js';

/** A version that a share of new missions gets. At most one per profile runs (a unique partial index). */
@Entity('prompt_canaries')
export class PromptCanary {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', name: 'id', generatedIdentity: 'BY DEFAULT' })
  id!: number;

  @Column('varchar', { name: 'profile_name', length: 50 })
  profileName!: string;

  @Column('bigint', { name: 'version_id' })
  versionId!: number;

  /** The version that was active when it began: what it is compared with. */
  @Column('bigint', { name: 'baseline_version_id' })
  baselineVersionId!: number;

  /** Of new missions, 1 to 50. */
  @Column('integer', { name: 'percent' })
  percent!: number;

  /** Whether it is stopped by itself when it does significantly worse. */
  @Column('boolean', { name: 'auto_stop', default: true })
  autoStop!: boolean;

  /** No verdict before both arms have as many. */
  @Column('integer', { name: 'min_missions', default: 20 })
  minMissions!: number;

  @Column('varchar', { name: 'status', length: 20, default: 'running' })
  status!: CanaryStatus;

  /** Why it ended, in words. */
  @Column('text', { name: 'reason', nullable: true })
  reason!: string | null;

  @Column('varchar', { name: 'started_by', length: 64, nullable: true })
  startedBy!: string | null;

  @Column('timestamptz', { name: 'started_at', default: () => 'CURRENT_TIMESTAMP' })
  startedAt!: Date;

  @Column('varchar', { name: 'ended_by', length: 64, nullable: true })
  endedBy!: string | null;

  @Column('timestamptz', { name: 'ended_at', nullable: true })
  endedAt!: Date | null;
}
