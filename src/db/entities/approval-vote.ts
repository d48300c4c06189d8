import { Column, Entity, PrimaryColumn } from 'typeorm';

/** One person's approval at a gate that needs several. It counts for exactly what was shown. */
@Entity('approval_votes')
export class ApprovalVote {
  @PrimaryColumn('varchar', { name: 'approval_id', length: 64 })
  approvalId!: string;

  @PrimaryColumn('varchar', { name: 'user_id', length: 64 })
  userId!: string;

  /** SHA-256 over the sorted hashes of what the gate showed. */
  @Column('varchar', { name: 'shown_hash', length: 64 })
  shownHash!: string;

  @Column('text', { name: 'comment', nullable: true })
  comment!: string | null;

  @Column('timestamptz', { name: 'created_at', default: () => 'CURRENT_TIMESTAMP' })
  createdAt!: Date;
}
