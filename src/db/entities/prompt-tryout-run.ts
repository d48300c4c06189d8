import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import type { TryoutRunStatus, TryoutSide } from '../../core/vocabulary.js';
import { numericToNumber } from './numeric-to-number.js';

/** One version on one recorded input. Workers claim these rows under a lease. */
@Entity('prompt_tryout_runs')
export class PromptTryoutRun {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', name: 'id', generatedIdentity: 'BY DEFAULT' })
  id!: number;

  @Column('varchar', { name: 'tryout_id', length: 64 })
  tryoutId!: string;

  @Column('bigint', { name: 'execution_id', nullable: true })
  executionId!: number | null;

  /** Which input of its tryout, from 0; both sides of one input share it. */
  @Column('integer', { name: 'position' })
  position!: number;

  @Column('varchar', { name: 'side', length: 10 })
  side!: TryoutSide;

  @Column('bigint', { name: 'version_id' })
  versionId!: number;

  /** The version that the input was recorded with. */
  @Column('bigint', { name: 'recorded_version_id', nullable: true })
  recordedVersionId!: number | null;

  /** The recorded messages, in the artifact store. */
  @Column('varchar', { name: 'request_hash', length: 64 })
  requestHash!: string;

  @Column('varchar', { name: 'status', length: 20, default: 'pending' })
  status!: TryoutRunStatus;

  @Column('integer', { name: 'attempts', default: 0 })
  attempts!: number;

  @Column('varchar', { name: 'lease_owner', length: 255, nullable: true })
  leaseOwner!: string | null;

  @Column('timestamptz', { name: 'lease_until', nullable: true })
  leaseUntil!: Date | null;

  /** The reply, as JSON in the artifact store. */
  @Column('varchar', { name: 'reply_hash', length: 64, nullable: true })
  replyHash!: string | null;

  /** Whether the answer is what its task asks for; null where there is none. */
  @Column('boolean', { name: 'is_valid', nullable: true })
  isValid!: boolean | null;

  /** What is wrong with the answer, or why there is none. */
  @Column('text', { name: 'problem', nullable: true })
  problem!: string | null;

  @Column('varchar', { name: 'provider', length: 50, nullable: true })
  provider!: string | null;

  @Column('varchar', { name: 'model', length: 100, nullable: true })
  model!: string | null;

  @Column('integer', { name: 'input_tokens', nullable: true })
  inputTokens!: number | null;

  @Column('integer', { name: 'output_tokens', nullable: true })
  outputTokens!: number | null;

  /** US dollars; null where no price is known. */
  @Column('numeric', {
    name: 'cost_usd',
    precision: 18,
    scale: 8,
    transformer: numericToNumber,
    nullable: true,
  })
  costUsd!: number | null;

  @Column('integer', { name: 'duration_ms', nullable: true })
  durationMs!: number | null;

  @Column('timestamptz', { name: 'started_at', nullable: true })
  startedAt!: Date | null;

  @Column('timestamptz', { name: 'completed_at', nullable: true })
  completedAt!: Date | null;
}
