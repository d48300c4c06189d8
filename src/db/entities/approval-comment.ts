import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A remark on lines of one version of a document. Later versions are searched for the same lines. */
@Entity('approval_comments')
export class ApprovalComment {
  @PrimaryColumn('varchar', { name: 'id', length: 64 })
  id!: string;

  @Column('varchar', { name: 'session_id', length: 64 })
  sessionId!: string;

  @Column('text', { name: 'artifact_path' })
  artifactPath!: string;

  /** The version that the lines are counted in. */
  @Column('varchar', { name: 'content_hash', length: 64 })
  contentHash!: string;

  /** From 1. */
  @Column('integer', { name: 'line_start' })
  lineStart!: number;

  /** The last line, itself included. */
  @Column('integer', { name: 'line_end' })
  lineEnd!: number;

  /** The lines as they were. */
  @Column('text', { name: 'quote' })
  quote!: string;

  @Column('text', { name: 'body' })
  body!: string;

  @Column('varchar', { name: 'author_id', length: 64, nullable: true })
  authorId!: string | null;

  @Column('timestamptz', { name: 'resolved_at', nullable: true })
  resolvedAt!: Date | null;

  @Column('varchar', { name: 'resolved_by', length: 64, nullable: true })
  resolvedBy!: string | null;

  @Column('timestamptz', { name: 'created_at', default: () => 'CURRENT_TIMESTAMP' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'updated_at', default: () => 'CURRENT_TIMESTAMP' })
  updatedAt!: Date;
}
