import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import type { PromptStatus } from '../../core/vocabulary.js';

/** How the profile called its model when a version was written: what it was written for. */
export interface PromptModelSettings {
  provider?: string;
  model?: string | null;
  fallbackProvider?: string | null;
  fallbackModel?: string | null;
  maxOutputTokens?: number | null;
  timeoutMs?: number | null;
}

/**
 * A version of a profile's prompt. At most one per profile is active (a unique partial index). Text, note, author and
 * model settings never change (a trigger); only how far it has come does.
 */
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

  @Column('varchar', { name: 'status', length: 20, default: 'draft' })
  status!: PromptStatus;

  /** The version it was made from. */
  @Column('bigint', { name: 'based_on_id', nullable: true })
  basedOnId!: number | null;

  @Column('jsonb', { name: 'model_settings', default: {} })
  modelSettings!: PromptModelSettings;

  @Column('varchar', { name: 'proposed_by', length: 64, nullable: true })
  proposedBy!: string | null;

  @Column('timestamptz', { name: 'proposed_at', nullable: true })
  proposedAt!: Date | null;

  @Column('varchar', { name: 'approved_by', length: 64, nullable: true })
  approvedBy!: string | null;

  @Column('timestamptz', { name: 'approved_at', nullable: true })
  approvedAt!: Date | null;
}
