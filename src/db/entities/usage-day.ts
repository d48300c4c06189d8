import { Column, Entity, PrimaryColumn } from 'typeorm';
import { numericToNumber } from './numeric-to-number.js';

/** What a profile's model calls used and hold on one day of UTC, exactly. */
@Entity('usage_days')
export class UsageDay {
  @PrimaryColumn('varchar', { name: 'profile_name', length: 50 })
  profileName!: string;

  /** YYYY-MM-DD */
  @PrimaryColumn('date', { name: 'day' })
  day!: string;

  @Column('integer', { name: 'used_runs', default: 0 })
  usedRuns!: number;

  @Column('bigint', { name: 'used_tokens', default: 0 })
  usedTokens!: number;

  @Column('numeric', { name: 'used_usd', precision: 18, scale: 8, transformer: numericToNumber, default: 0 })
  usedUsd!: number;

  /** Held by calls under way: their ceilings. */
  @Column('integer', { name: 'reserved_runs', default: 0 })
  reservedRuns!: number;

  @Column('bigint', { name: 'reserved_tokens', default: 0 })
  reservedTokens!: number;

  @Column('numeric', {
    name: 'reserved_usd',
    precision: 18,
    scale: 8,
    transformer: numericToNumber,
    default: 0,
  })
  reservedUsd!: number;

  /** Calls whose price nobody knows; they are in no sum of dollars. */
  @Column('integer', { name: 'unpriced_calls', default: 0 })
  unpricedCalls!: number;

  /** When a soft limit was reached and said so; once a day. */
  @Column('timestamptz', { name: 'warned_at', nullable: true })
  warnedAt!: Date | null;
}
