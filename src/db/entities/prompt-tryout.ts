import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { TryoutStatus } from '../../core/vocabulary.js';

/** A draft and the active version, tried on the same recorded inputs. */
@Entity('prompt_tryouts')
export class PromptTryout {
  @PrimaryColumn('varchar', { name: 'id', length: 64 })
  id!: string;

  @Column('varchar', { name: 'profile_name', length: 50 })
  profileName!: string;

  /** Who asked for it; nobody else sees it, as it shows what their missions hold. */
  @Column('varchar', { name: 'user_id', length: 64 })
  userId!: string;

  @Column('bigint', { name: 'draft_version_id' })
  draftVersionId!: number;

  @Column('bigint', { name: 'active_version_id' })
  activeVersionId!: number;

  @Column('varchar', { name: 'status', length: 20, default: 'running' })
  status!: TryoutStatus;

  @Column('timestamptz', { name: 'created_at', default: () => 'CURRENT_TIMESTAMP' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'completed_at', nullable: true })
  completedAt!: Date | null;
}
