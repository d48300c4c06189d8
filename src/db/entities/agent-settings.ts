import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import type { UsageUnit } from '../../core/vocabulary.js';

/** How an agent profile calls its model, and what it may use per day. */
@Entity('agent_settings')
export class AgentSettings {
  @PrimaryGeneratedColumn('identity', { type: 'integer', name: 'id', generatedIdentity: 'BY DEFAULT' })
  id!: number;

  @Column('varchar', { name: 'profile_name', length: 50 })
  profileName!: string;

  @Column('varchar', { name: 'provider', length: 50, default: 'anthropic' })
  provider!: string;

  @Column('varchar', { name: 'model', length: 100, nullable: true })
  model!: string | null;

  @Column('varchar', { name: 'auth_type', length: 50, default: 'api_key' })
  authType!: string;

  @Column('text', { name: 'api_key_encrypted', nullable: true, select: false })
  apiKeyEncrypted!: string | null;

  /** What of the key may be shown; null for keys too short to show any of. */
  @Column('varchar', { name: 'api_key_last_four', length: 4, nullable: true })
  apiKeyLastFour!: string | null;

  /** Called when the profile's own model stays away or unusable; null together with `fallbackModel`. */
  @Column('varchar', { name: 'fallback_provider', length: 50, nullable: true })
  fallbackProvider!: string | null;

  @Column('varchar', { name: 'fallback_model', length: 100, nullable: true })
  fallbackModel!: string | null;

  /** Since when its calls are refused; null while it works. */
  @Column('timestamptz', { name: 'paused_at', nullable: true })
  pausedAt!: Date | null;

  /** In `usageUnit`s; 0 is no limit. */
  @Column('integer', { name: 'daily_limit', default: 0 })
  dailyLimit!: number;

  /** Whether the limit stops work or only warns. */
  @Column('boolean', { name: 'hard_limit', default: false })
  hardLimit!: boolean;

  @Column('varchar', { name: 'usage_unit', length: 20, default: 'runs' })
  usageUnit!: UsageUnit;

  @Column('integer', { name: 'usage_today', default: 0 })
  usageToday!: number;

  /** YYYY-MM-DD */
  @Column('date', { name: 'last_reset_date', default: () => 'CURRENT_DATE' })
  lastResetDate!: string;

  @Column('jsonb', { name: 'env_overrides', default: {} })
  envOverrides!: Record<string, string>;

  @Column('text', { name: 'active_prompt_path', nullable: true })
  activePromptPath!: string | null;

  @Column('timestamptz', { name: 'created_at', default: () => 'CURRENT_TIMESTAMP' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'updated_at', default: () => 'CURRENT_TIMESTAMP' })
  updatedAt!: Date;
}
