import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import { numericToNumber } from './numeric-to-number.js';

/** One measurement: a name, a value, labels and when. */
@Entity('metrics')
export class Metric {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', name: 'id', generatedIdentity: 'BY DEFAULT' })
  id!: number;

  @Column('varchar', { name: 'metric_name', length: 100 })
  metricName!: string;

  @Column('numeric', { name: 'metric_value', transformer: numericToNumber })
  metricValue!: number;

  @Column('jsonb', { name: 'labels', default: {} })
  labels!: Record<string, unknown>;

  @Column('timestamptz', { name: 'recorded_at', default: () => 'CURRENT_TIMESTAMP' })
  recordedAt!: Date;
}
