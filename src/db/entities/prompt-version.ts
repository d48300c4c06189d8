import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

/** A version of a profile's prompt. At most one per profile is active (a unique partial index). */
@Entity('prompt_versions')
export class PromptVersion {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', name: 'id', generatedIdentity: 'BY DEFAULT' })
  id!: number;

  @Column('varchar', { name: 'profile_name', length: 50 })
  profileName!: string;

  @Column('integer', { name: 'version_number' })
  versionNumber!: number;

  @Column('text', { name: 'prompt_content' })
  promptContent!: string;

  @Column('text', { name: 'note', nullable: true })
  note!: string | null;

  @Column('boolean', { name: 'is_active', default: false })
  isActive!: boolean;

  @Column('varchar', { name: 'created_by', length: 64, nullable: true })
  createdBy!: string | null;

  @Column('timestamptz', { name: 'created_at', default: () => 'CURRENT_TIMESTAMP' })
  createdAt!: Date;
}
