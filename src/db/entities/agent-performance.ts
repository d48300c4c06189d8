import { ViewColumn, ViewEntity } from 'typeorm';
import { numericToNumber } from './numeric-to-number.js';

/** Runs, successes, mean duration and tokens per agent in the last 7 days (document 003). */
@ViewEntity({ name: 'agent_performance', synchronize: false })
export class AgentPerformance {
  @ViewColumn({ name: 'agent_type' })
  agentType!: string;

  @ViewColumn({ name: 'total_runs', transformer: numericToNumber })
  totalRuns!: number;

  @ViewColumn({ name: 'successful_runs', transformer: numericToNumber })
  successfulRuns!: number;

  @ViewColumn({ name: 'avg_duration_seconds', transformer: numericToNumber })
  avgDurationSeconds!: number | null;

  @ViewColumn({ name: 'total_tokens', transformer: numericToNumber })
  totalTokens!: number | null;
}
