import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { ApprovalStatus, ArtifactType } from '../../core/vocabulary.js';

/** An artifact as it was when the gate opened. */
export interface ShownArtifact {
  id: number;
  type: ArtifactType;
  /** Relative to the session's work folder. */
  path: string;
  version: number;
  /** 64 hex digits. */
  sha256: string;
}

/** A remark on lines of a document, as it goes to an agent with a request for changes. */
export interface LineRemark {
  path: string;
  /** Where the lines stand in what the gate shows; null when they are gone from it. */
  line: number | null;
  quote: string;
  text: string;
  /** Name of who wrote it. */
  author: string;
}

/** One request at a human gate, and its answer. */
@Entity('approvals')
export class Approval {
  @PrimaryColumn('varchar', { name: 'id', length: 64 })
  id!: string;

  @Column('varchar', { name: 'session_id', length: 64 })
  sessionId!: string;

  @Column('varchar', { name: 'gate', length: 50 })
  gate!: string;

  @Column('varchar', { name: 'interrupt_id', length: 64 })
  interruptId!: string;

  @Column('varchar', { name: 'checkpoint_id', length: 64 })
  checkpointId!: string;

  /** What the approver was shown; a decision names the same hashes. */
  @Column('jsonb', { name: 'artifacts' })
  artifacts!: ShownArtifact[];

  @Column('varchar', { name: 'status', length: 20, default: 'pending' })
  status!: ApprovalStatus;

  @Column('text', { name: 'comment', nullable: true })
  comment!: string | null;

  /** Where requested changes send the session back to. */
  @Column('varchar', { name: 'target_phase', length: 50, nullable: true })
  targetPhase!: string | null;

  @Column('varchar', { name: 'decided_by', length: 64, nullable: true })
  decidedBy!: string | null;

  @Column('timestamptz', { name: 'decided_at', nullable: true })
  decidedAt!: Date | null;

  @Column('timestamptz', { name: 'expires_at', nullable: true })
  expiresAt!: Date | null;

  /** Who looks at it just now: a hint to the others, not a lock. */
  @Column('varchar', { name: 'claimed_by', length: 64, nullable: true })
  claimedBy!: string | null;

  @Column('timestamptz', { name: 'claimed_at', nullable: true })
  claimedAt!: Date | null;

  /** When people are reminded; null once they were. */
  @Column('timestamptz', { name: 'remind_at', nullable: true })
  remindAt!: Date | null;

  @Column('timestamptz', { name: 'reminded_at', nullable: true })
  remindedAt!: Date | null;

  @Column('jsonb', { name: 'metadata', default: {} })
  metadata!: Record<string, unknown>;

  @Column('timestamptz', { name: 'created_at', default: () => 'CURRENT_TIMESTAMP' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'updated_at', default: () => 'CURRENT_TIMESTAMP' })
  updatedAt!: Date;
}
