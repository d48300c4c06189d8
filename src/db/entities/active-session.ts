import { ViewColumn, ViewEntity } from 'typeorm';
import type { SessionStatus } from '../../core/vocabulary.js';

/** Sessions that are waiting, running or at a gate, the latest change first (document 003). */
@ViewEntity({ name: 'active_sessions', synchronize: false })
export class ActiveSession {
  @ViewColumn({ name: 'session_id' })
  sessionId!: string;

  @ViewColumn({ name: 'user_mission' })
  userMission!: string;

  @ViewColumn({ name: 'project_name' })
  projectName!: string | null;

  @ViewColumn({ name: 'status' })
  status!: SessionStatus;

  @ViewColumn({ name: 'current_phase' })
  currentPhase!: string;

  @ViewColumn({ name: 'created_at' })
  createdAt!: Date;

  @ViewColumn({ name: 'updated_at' })
  updatedAt!: Date;

  @ViewColumn({ name: 'iteration_count' })
  iterationCount!: number;

  @ViewColumn({ name: 'qa_passed' })
  qaPassed!: boolean;

  @ViewColumn({ name: 'user_id' })
  userId!: string;
}
