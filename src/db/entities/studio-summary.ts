import { ViewColumn, ViewEntity } from 'typeorm';
import type { SessionStatus } from '../../core/vocabulary.js';
import { numericToNumber } from './numeric-to-number.js';

/** A studio session with its totals and the approval it waits for: what a list shows. */
@ViewEntity({ name: 'studio_summary', synchronize: false })
export class StudioSummary {
  @ViewColumn({ name: 'session_id' })
  sessionId!: string;

  @ViewColumn({ name: 'user_id' })
  userId!: string;

  @ViewColumn({ name: 'project_name' })
  projectName!: string | null;

  @ViewColumn({ name: 'user_mission' })
  userMission!: string;

  @ViewColumn({ name: 'status' })
  status!: SessionStatus;

  @ViewColumn({ name: 'current_phase' })
  currentPhase!: string;

  @ViewColumn({ name: 'iteration_count' })
  iterationCount!: number;

  @ViewColumn({ name: 'qa_passed' })
  qaPassed!: boolean;

  @ViewColumn({ name: 'created_at' })
  createdAt!: Date;

  @ViewColumn({ name: 'started_at' })
  startedAt!: Date | null;

  @ViewColumn({ name: 'completed_at' })
  completedAt!: Date | null;

  @ViewColumn({ name: 'executions', transformer: numericToNumber })
  executions!: number;

  @ViewColumn({ name: 'tokens_used', transformer: numericToNumber })
  tokensUsed!: number;

  @ViewColumn({ name: 'cost_usd', transformer: numericToNumber })
  costUsd!: number;

  @ViewColumn({ name: 'artifacts', transformer: numericToNumber })
  artifacts!: number;

  @ViewColumn({ name: 'pending_approval_id' })
  pendingApprovalId!: string | null;
}
