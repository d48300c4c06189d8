import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import type { ActivationReason } from '../../core/vocabulary.js';

/** When which version of a profile's prompt became the active one, and how. */
@Entity('prompt_activations')
export class PromptActivation {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', name: 'id', generatedIdentity: 'BY DEFAULT' })
  id!: number;

  @Column('varchar', { name: 'profile_name', length: 50 })
  profileName!: string;

  @Column('bigint', { name: 'version_id' })
  versionId!: number;

  @Column('bigint', { name: 'previous_version_id', nullable: true })
  previousVersionId!: number | null;

  @Column('varchar', { name: 'reason', length: 20 })
  reason!: ActivationReason;

  @Column('varchar', { name: 'user_id', length: 64, nullable: true })
  userId!: string | null;

  @Column('timestamptz', { name: 'created_at', default: () => 'CURRENT_TIMESTAMP' })
  createdAt!: Date;
}
