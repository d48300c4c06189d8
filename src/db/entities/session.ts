import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { SessionKind, SessionStatus } from '../../core/vocabulary.js';
import type { ShownArtifact } from './approval.js';
import { numericToNumber } from './numeric-to-number.js';

/** Why a session ended badly: a stable code, a sentence for people, and facts. */
export interface SessionFailure {
  code: string;
  message: string;
  retryable?: boolean;
  details?: Record<string, unknown>;
}

/** A person's wish to go on from a phase; the state of the graph remembers the last one carried out by its id. */
export interface SteerRequest {
  id: string;
  /** The phase that begins again. */
  phase: string;
  /** New versions of documents, for the graph to go on with. */
  artifacts: ShownArtifact[];
  /** Only when the graph has run to its end; else it goes on where it stands. */
  ifEnded?: true;
}

/** One run or conversation of any kind, and the truth about it: the queue only wakes what this row says. */
@Entity('sessions')
export class Session {
  @PrimaryColumn('varchar', { name: 'session_id', length: 64 })
  sessionId!: string;

  @Column('varchar', { name: 'kind', length: 20, default: 'studio' })
  kind!: SessionKind;

  @Column('varchar', { name: 'user_id', length: 64 })
  userId!: string;

  @Column('varchar', { name: 'project_id', length: 64, nullable: true })
  projectId!: string | null;

  @Column('varchar', { name: 'name', length: 255, nullable: true })
  name!: string | null;

  @Column('text', { name: 'user_mission', default: '' })
  userMission!: string;

  /** The project's name, kept the same by a trigger. */
  @Column('varchar', { name: 'project_name', length: 255, nullable: true })
  projectName!: string | null;

  /** Checked in the database together with `kind`. */
  @Column('varchar', { name: 'status', length: 50, default: 'pending' })
  status!: SessionStatus;

  /** A `StudioPhase` for studio sessions, free for the other kinds. */
  @Column('varchar', { name: 'current_phase', length: 50, default: 'pm' })
  currentPhase!: string;

  @Column('timestamptz', { name: 'created_at', default: () => 'CURRENT_TIMESTAMP' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'updated_at', default: () => 'CURRENT_TIMESTAMP' })
  updatedAt!: Date;

  @Column('integer', { name: 'iteration_count', default: 0 })
  iterationCount!: number;

  @Column('boolean', { name: 'qa_passed', default: false })
  qaPassed!: boolean;

  @Column('text', { name: 'work_dir', nullable: true })
  workDir!: string | null;

  @Column('jsonb', { name: 'state_json', nullable: true })
  stateJson!: Record<string, unknown> | null;

  @Column('jsonb', { name: 'metadata', default: {} })
  metadata!: Record<string, unknown>;

  @Column('jsonb', { name: 'options', default: {} })
  options!: Record<string, unknown>;

  /** Which prompt version each profile uses in this session. */
  @Column('jsonb', { name: 'prompt_versions', default: {} })
  promptVersions!: Record<string, unknown>;

  @Column('jsonb', { name: 'error', nullable: true })
  error!: SessionFailure | null;

  @Column('boolean', { name: 'is_pinned', default: false })
  isPinned!: boolean;

  @Column('boolean', { name: 'is_active', default: true })
  isActive!: boolean;

  @Column('timestamptz', { name: 'last_active_at', default: () => 'CURRENT_TIMESTAMP' })
  lastActiveAt!: Date;

  @Column('timestamptz', { name: 'started_at', nullable: true })
  startedAt!: Date | null;

  @Column('timestamptz', { name: 'completed_at', nullable: true })
  completedAt!: Date | null;

  @Column('timestamptz', { name: 'deleted_at', nullable: true })
  deletedAt!: Date | null;

  @Column('timestamptz', { name: 'archived_at', nullable: true })
  archivedAt!: Date | null;

  @Column('timestamptz', { name: 'expires_at', nullable: true })
  expiresAt!: Date | null;

  /** The session this one was forked from, or the interview a mission came from. */
  @Column('varchar', { name: 'parent_session_id', length: 64, nullable: true })
  parentSessionId!: string | null;

  /** Fencing token: rises with every claim; a run proves it with each write. */
  @Column('bigint', { name: 'fence', default: 0 })
  fence!: number;

  @Column('timestamptz', { name: 'lease_until', nullable: true })
  leaseUntil!: Date | null;

  @Column('varchar', { name: 'lease_owner', length: 255, nullable: true })
  leaseOwner!: string | null;

  /** The LangGraph interrupt the session waits at. */
  @Column('varchar', { name: 'interrupt_id', length: 64, nullable: true })
  interruptId!: string | null;

  /** Wake-ups asked for; the session wants a run while it is above `doneSeq`. */
  @Column('integer', { name: 'wake_seq', default: 0 })
  wakeSeq!: number;

  @Column('integer', { name: 'done_seq', default: 0 })
  doneSeq!: number;

  @Column('timestamptz', { name: 'dispatched_at', nullable: true })
  dispatchedAt!: Date | null;

  @Column('integer', { name: 'attempts', default: 0 })
  attempts!: number;

  @Column('timestamptz', { name: 'cancel_requested_at', nullable: true })
  cancelRequestedAt!: Date | null;

  @Column('timestamptz', { name: 'retry_requested_at', nullable: true })
  retryRequestedAt!: Date | null;

  /** What the person who asked for the retry advised, if anything. */
  @Column('text', { name: 'retry_advice', nullable: true })
  retryAdvice!: string | null;

  /** Where the next run is to go on from, if a person has said so. */
  @Column('jsonb', { name: 'steer', nullable: true })
  steer!: SteerRequest | null;

  /** How long runs have worked on it; waiting at gates and in queues is not in it. */
  @Column('numeric', {
    name: 'running_seconds',
    precision: 14,
    scale: 3,
    transformer: numericToNumber,
    default: 0,
  })
  runningSeconds!: number;

  /** Up to when `runningSeconds` counts; null while no run holds the session. */
  @Column('timestamptz', { name: 'run_seen_at', nullable: true })
  runSeenAt!: Date | null;
}
