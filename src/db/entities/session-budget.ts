import { Column, Entity, PrimaryColumn } from 'typeorm';
import { numericToNumber } from './numeric-to-number.js';

/** What a session may use (null: no limit), did use, and holds for calls under way. */
@Entity('session_budgets')
export class SessionBudget {
  @PrimaryColumn('varchar', { name: 'session_id', length: 64 })
  sessionId!: string;

  @Column('numeric', {
    name: 'limit_usd',
    precision: 18,
    scale: 8,
    transformer: numericToNumber,
    nullable: true,
  })
  limitUsd!: number | null;

  @Column('bigint', { name: 'limit_tokens', nullable: true })
  limitTokens!: number | null;

  @Column('numeric', {
    name: 'limit_minutes',
    precision: 12,
    scale: 3,
    transformer: numericToNumber,
    nullable: true,
  })
  limitMinutes!: number | null;

  @Column('integer', { name: 'limit_iterations', nullable: true })
  limitIterations!: number | null;

  @Column('numeric', { name: 'used_usd', precision: 18, scale: 8, transformer: numericToNumber, default: 0 })
  usedUsd!: number;

  @Column('bigint', { name: 'used_tokens', default: 0 })
  usedTokens!: number;

  @Column('numeric', {
    name: 'reserved_usd',
    precision: 18,
    scale: 8,
    transformer: numericToNumber,
    default: 0,
  })
  reservedUsd!: number;

  @Column('bigint', { name: 'reserved_tokens', default: 0 })
  reservedTokens!: number;

  /** Calls whose price nobody knows; they are not in `usedUsd`. */
  @Column('integer', { name: 'unpriced_calls', default: 0 })
  unpricedCalls!: number;

  @Column('timestamptz', { name: 'created_at', default: () => 'CURRENT_TIMESTAMP' })
  createdAt!: Date;
}
