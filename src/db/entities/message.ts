import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { MessageMode, MessageRole, Sentiment } from '../../core/vocabulary.js';

/**
 * One turn of a session, never shortened. `embedding` is not mapped: its type depends on the server
 * (`vector` or `real[]`), and the repository that searches reads it with SQL.
 */
@Entity('messages')
export class Message {
  @PrimaryColumn('varchar', { name: 'id', length: 64 })
  id!: string;

  @Column('varchar', { name: 'session_id', length: 64 })
  sessionId!: string;

  /** 1, 2, 3, … unique per session. */
  @Column('integer', { name: 'turn_number' })
  turnNumber!: number;

  @Column('varchar', { name: 'role', length: 20 })
  role!: MessageRole;

  @Column('text', { name: 'content' })
  content!: string;

  @Column('varchar', { name: 'mode', length: 20, default: 'text' })
  mode!: MessageMode;

  @Column('varchar', { name: 'related_category', length: 100, nullable: true })
  relatedCategory!: string | null;

  @Column('integer', { name: 'tokens_used', nullable: true })
  tokensUsed!: number | null;

  @Column('varchar', { name: 'sentiment', length: 20, nullable: true })
  sentiment!: Sentiment | null;

  @Column('text', { name: 'title', nullable: true })
  title!: string | null;

  @Column('varchar', { name: 'tag', length: 100, nullable: true })
  tag!: string | null;

  @Column('text', { name: 'analysis', nullable: true })
  analysis!: string | null;

  @Column('jsonb', { name: 'metadata', default: {} })
  metadata!: Record<string, unknown>;

  @Column('varchar', { name: 'embedding_model', length: 100, nullable: true })
  embeddingModel!: string | null;

  @Column('timestamptz', { name: 'created_at', default: () => 'CURRENT_TIMESTAMP' })
  createdAt!: Date;
}
