import type { EntityManager } from 'typeorm';
import type { ApprovalStatus } from '../../core/vocabulary.js';
import { Approval, type ShownArtifact } from '../entities/approval.js';

/** Gate requests and the verdicts on them. */
export class ApprovalRepository {
  constructor(private readonly db: EntityManager) {}

  /**
   * Records a gate request, once per interrupt. A request that was closed without a verdict (the session was
   * cancelled or expired, and is retried now) opens again.
   * @returns the id of the request that is open now, or null when one was open or decided already
   */
  async open(approval: {
    id: string;
    sessionId: string;
    gate: string;
    interruptId: string;
    checkpointId: string;
    artifacts: ShownArtifact[];
    expiresAt: Date;
  }): Promise<string | null> {
    const rows: { id: string }[] = await this.db.query(
      `INSERT INTO approvals AS a (id, session_id, gate, interrupt_id, checkpoint_id, artifacts, expires_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7)
       ON CONFLICT (session_id, interrupt_id) DO UPDATE
          SET status = 'pending', artifacts = EXCLUDED.artifacts, expires_at = EXCLUDED.expires_at
        WHERE a.status IN ('superseded', 'expired')
       RETURNING id`,
      [
        approval.id,
        approval.sessionId,
        approval.gate,
        approval.interruptId,
        approval.checkpointId,
        JSON.stringify(approval.artifacts),
        approval.expiresAt,
      ],
    );
    return rows[0]?.id ?? null;
  }

  async findByInterrupt(sessionId: string, interruptId: string): Promise<Approval | null> {
    return this.db.findOneBy(Approval, { sessionId, interruptId });
  }

  /** An approval that this user may see: one of a session of theirs. */
  async findForUser(approvalId: string, userId: string): Promise<Approval | null> {
    return this.db
      .createQueryBuilder(Approval, 'a')
      .innerJoin('sessions', 's', 's.session_id = a.session_id AND s.deleted_at IS NULL')
      .where('a.id = :approvalId AND s.user_id = :userId', { approvalId, userId })
      .getOne();
  }

  async find(approvalId: string): Promise<Approval | null> {
    return this.db.findOneBy(Approval, { id: approvalId });
  }

  /** The request of a session that waits for a decision. */
  async findPending(sessionId: string): Promise<Approval | null> {
    return this.db.findOne(Approval, {
      where: { sessionId, status: 'pending' },
      order: { createdAt: 'DESC' },
    });
  }

  async list(sessionId: string): Promise<Approval[]> {
    return this.db.find(Approval, { where: { sessionId }, order: { createdAt: 'ASC', id: 'ASC' } });
  }

  /** Writes a verdict if the request still waits. @returns whether it did */
  async decide(
    approvalId: string,
    verdict: {
      status: ApprovalStatus;
      decidedBy?: string;
      comment?: string | null;
      targetPhase?: string | null;
      metadata?: Record<string, unknown>;
    },
  ): Promise<boolean> {
    const result = await this.db
      .createQueryBuilder()
      .update(Approval)
      .set({ ...verdict, decidedAt: () => 'clock_timestamp()' } as object)
      .where(`id = :approvalId AND status = 'pending'`, { approvalId })
      .execute();
    return (result.affected ?? 0) > 0;
  }

  /** Closes every open request of a session, for when it ends some other way. */
  async closePending(sessionId: string, status: 'superseded' | 'expired'): Promise<void> {
    await this.db.update(Approval, { sessionId, status: 'pending' }, { status });
  }

  /** Requests whose time is up, locked, skipping those another process looks at. */
  async takeExpired(limit: number): Promise<Approval[]> {
    return this.db
      .createQueryBuilder(Approval, 'a')
      .setLock('pessimistic_write')
      .setOnLocked('skip_locked')
      .where(`a.status = 'pending' AND a.expires_at < clock_timestamp()`)
      .take(limit)
      .getMany();
  }
}
