import { ViewColumn, ViewEntity } from 'typeorm';
import type { SessionStatus } from '../../core/vocabulary.js';
import { numericToNumber } from './numeric-to-number.js';

/** Sessions per status, with mean iterations and how many passed QA (document 003). */
@ViewEntity({ name: 'session_metrics', synchronize: false })
export class SessionMetrics {
  @ViewColumn({ name: 'status' })
  status!: SessionStatus;

  @ViewColumn({ name: 'count', transformer: numericToNumber })
  count!: number;

  @ViewColumn({ name: 'avg_iterations', transformer: numericToNumber })
  avgIterations!: number;

  @ViewColumn({ name: 'qa_passed_count', transformer: numericToNumber })
  qaPassedCount!: number;
}
