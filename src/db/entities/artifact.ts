import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import type { ArtifactType } from '../../core/vocabulary.js';

/** A version of a file that a session made; the content itself is in the artifact store. */
@Entity('artifacts')
export class Artifact {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', name: 'id', generatedIdentity: 'BY DEFAULT' })
  id!: number;

  @Column('varchar', { name: 'session_id', length: 64 })
  sessionId!: string;

  @Column('varchar', { name: 'artifact_type', length: 50 })
  artifactType!: ArtifactType;

  /** Relative to the session's work folder. */
  @Column('text', { name: 'file_path' })
  filePath!: string;

  /** SHA-256, 64 hex digits. */
  @Column('varchar', { name: 'content_hash', length: 64, nullable: true })
  contentHash!: string | null;

  /** Counted per session, type and path. */
  @Column('integer', { name: 'version', default: 1 })
  version!: number;

  @Column('bigint', { name: 'size_bytes', nullable: true })
  sizeBytes!: number | null;

  @Column('timestamptz', { name: 'created_at', default: () => 'CURRENT_TIMESTAMP' })
  createdAt!: Date;

  @Column('jsonb', { name: 'metadata', default: {} })
  metadata!: Record<string, unknown>;
}
