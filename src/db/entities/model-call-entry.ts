import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { ModelCallStatus } from '../../core/vocabulary.js';
import { numericToNumber } from './numeric-to-number.js';

/** One try of one model call: what it reserved before, what it used, what was sent and answered. */
@Entity('model_calls')
export class ModelCallEntry {
  @PrimaryColumn('varchar', { name: 'id', length: 64 })
  id!: string;

  @Column('varchar', { name: 'profile_name', length: 50 })
  profileName!: string;

  /** The UTC day it is billed to, YYYY-MM-DD. */
  @Column('date', { name: 'usage_day' })
  usageDay!: string;

  @Column('varchar', { name: 'session_id', length: 64, nullable: true })
  sessionId!: string | null;

  @Column('varchar', { name: 'step_key', length: 255, nullable: true })
  stepKey!: string | null;

  /** Which call of its step it is, from 1; tries of one call share it. */
  @Column('integer', { name: 'call_number', default: 1 })
  callNumber!: number;

  @Column('varchar', { name: 'provider', length: 50 })
  provider!: string;

  @Column('varchar', { name: 'model', length: 100 })
  model!: string;

  @Column('bigint', { name: 'prompt_version_id', nullable: true })
  promptVersionId!: number | null;

  @Column('varchar', { name: 'status', length: 20, default: 'reserved' })
  status!: ModelCallStatus;

  /** Its ceiling: the most tokens it could read and write. */
  @Column('bigint', { name: 'max_tokens' })
  maxTokens!: number;

  /** The ceiling in US dollars; null where no price is known. */
  @Column('numeric', {
    name: 'max_usd',
    precision: 18,
    scale: 8,
    transformer: numericToNumber,
    nullable: true,
  })
  maxUsd!: number | null;

  @Column('integer', { name: 'input_tokens', nullable: true })
  inputTokens!: number | null;

  @Column('integer', { name: 'output_tokens', nullable: true })
  outputTokens!: number | null;

  @Column('integer', { name: 'cached_tokens', nullable: true })
  cachedTokens!: number | null;

  @Column('integer', { name: 'cache_write_tokens', nullable: true })
  cacheWriteTokens!: number | null;

  @Column('numeric', {
    name: 'cost_usd',
    precision: 18,
    scale: 8,
    transformer: numericToNumber,
    nullable: true,
  })
  costUsd!: number | null;

  /** The messages that were sent, as JSON in the artifact store. */
  @Column('varchar', { name: 'request_hash', length: 64, nullable: true })
  requestHash!: string | null;

  /** The reply, as JSON in the artifact store. */
  @Column('varchar', { name: 'reply_hash', length: 64, nullable: true })
  replyHash!: string | null;

  /** Whether its step, taken up again, may use the reply instead of paying for another. */
  @Column('boolean', { name: 'is_replayable', default: true })
  isReplayable!: boolean;

  @Column('timestamptz', { name: 'expires_at' })
  expiresAt!: Date;

  @Column('timestamptz', { name: 'created_at', default: () => 'CURRENT_TIMESTAMP' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'settled_at', nullable: true })
  settledAt!: Date | null;

  /** Why the try failed, with keys taken out; null when it did not. */
  @Column('text', { name: 'error_message', nullable: true })
  errorMessage!: string | null;

  /** Since when what was sent and answered is no longer kept; the hashes stay. */
  @Column('timestamptz', { name: 'bodies_pruned_at', nullable: true })
  bodiesPrunedAt!: Date | null;
}
