import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import type { ExecutionStatus } from '../../core/vocabulary.js';
import { numericToNumber } from './numeric-to-number.js';

/** One attempt of one agent at one step, with what it used. */
@Entity('agent_executions')
export class AgentExecution {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', name: 'id', generatedIdentity: 'BY DEFAULT' })
  id!: number;

  @Column('varchar', { name: 'session_id', length: 64 })
  sessionId!: string;

  /** The session's owner; the database fills it in. */
  @Column('varchar', { name: 'user_id', length: 64, nullable: true })
  userId!: string | null;

  @Column('varchar', { name: 'agent_type', length: 50 })
  agentType!: string;

  @Column('varchar', { name: 'phase', length: 50, nullable: true })
  phase!: string | null;

  @Column('integer', { name: 'iteration', default: 0 })
  iteration!: number;

  @Column('integer', { name: 'attempt', default: 1 })
  attempt!: number;

  @Column('timestamptz', { name: 'started_at', default: () => 'CURRENT_TIMESTAMP' })
  startedAt!: Date;

  @Column('timestamptz', { name: 'completed_at', nullable: true })
  completedAt!: Date | null;

  @Column('varchar', { name: 'status', length: 50, default: 'running' })
  status!: ExecutionStatus;

  @Column('text', { name: 'input_summary', nullable: true })
  inputSummary!: string | null;

  @Column('text', { name: 'output_summary', nullable: true })
  outputSummary!: string | null;

  @Column('text', { name: 'error_message', nullable: true })
  errorMessage!: string | null;

  @Column('integer', { name: 'tokens_used', default: 0 })
  tokensUsed!: number;

  @Column('integer', { name: 'input_tokens', default: 0 })
  inputTokens!: number;

  @Column('integer', { name: 'output_tokens', default: 0 })
  outputTokens!: number;

  @Column('integer', { name: 'cached_tokens', default: 0 })
  cachedTokens!: number;

  @Column('numeric', { name: 'cost_usd', precision: 14, scale: 6, transformer: numericToNumber, default: 0 })
  costUsd!: number;

  @Column('numeric', {
    name: 'duration_seconds',
    precision: 10,
    scale: 2,
    transformer: numericToNumber,
    nullable: true,
  })
  durationSeconds!: number | null;

  @Column('bigint', { name: 'prompt_version_id', nullable: true })
  promptVersionId!: number | null;

  @Column('varchar', { name: 'provider', length: 50, nullable: true })
  provider!: string | null;

  @Column('varchar', { name: 'model', length: 100, nullable: true })
  model!: string | null;

  @Column('bigint', { name: 'fence', default: 0 })
  fence!: number;

  /** `session:step:iteration`, the key of the step's effect row. */
  @Column('varchar', { name: 'step_key', length: 255, nullable: true })
  stepKey!: string | null;

  @Column('varchar', { name: 'checkpoint_id', length: 64, nullable: true })
  checkpointId!: string | null;

  @Column('varchar', { name: 'trace_id', length: 64, nullable: true })
  traceId!: string | null;

  @Column('jsonb', { name: 'metadata', default: {} })
  metadata!: Record<string, unknown>;
}
