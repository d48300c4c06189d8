import type { EntityManager } from 'typeorm';
import type { ApprovalStatus, UserRole } from '../../core/vocabulary.js';
import { Approval, type ShownArtifact } from '../entities/approval.js';
import { ApprovalVote } from '../entities/approval-vote.js';

/** A vote with what its giver is now. */
export interface CastVote extends Pick<
  ApprovalVote,
  'approvalId' | 'userId' | 'shownHash' | 'comment' | 'createdAt'
> {
  /** Null: an account that is closed. */
  role: UserRole | null;
}

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
    remindAt?: Date | null;
  }): Promise<string | null> {
    const rows: { id: string; reopened: boolean }[] = await this.db.query(
      `INSERT INTO approvals AS a (id, session_id, gate, interrupt_id, checkpoint_id, artifacts, expires_at, remind_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
       ON CONFLICT (session_id, interrupt_id) DO UPDATE
          SET status = 'pending', artifacts = EXCLUDED.artifacts, expires_at = EXCLUDED.expires_at,
              remind_at = EXCLUDED.remind_at, reminded_at = NULL, claimed_by = NULL, claimed_at = NULL
        WHERE a.status IN ('superseded', 'expired')
       RETURNING id, id <> $1 AS reopened`,
      [
        approval.id,
        approval.sessionId,
        approval.gate,
        approval.interruptId,
        approval.checkpointId,
        JSON.stringify(approval.artifacts),
        approval.expiresAt,
        approval.remindAt ?? null,
      ],
    );
    const [row] = rows;
    if (!row) return null;
    // Who approved it before it was closed may think otherwise by now.
    if (row.reopened) await this.db.delete(ApprovalVote, { approvalId: row.id });
    return row.id;
  }

  async findByInterrupt(sessionId: string, interruptId: string): Promise<Approval | null> {
    return this.db.findOneBy(Approval, { sessionId, interruptId });
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

  /** Changes what an open request shows: an approver has edited it, and others still have to approve. */
  async show(approvalId: string, artifacts: readonly ShownArtifact[]): Promise<void> {
    await this.db.query(`UPDATE approvals SET artifacts = $2 WHERE id = $1 AND status = 'pending'`, [
      approvalId,
      JSON.stringify(artifacts),
    ]);
  }

  /** Counts a person's approval of what is shown; their earlier one, of something else, is replaced. */
  async vote(vote: {
    approvalId: string;
    userId: string;
    shownHash: string;
    comment: string | null;
  }): Promise<void> {
    await this.db.query(
      `INSERT INTO approval_votes (approval_id, user_id, shown_hash, comment) VALUES ($1, $2, $3, $4)
       ON CONFLICT (approval_id, user_id) DO UPDATE
          SET shown_hash = EXCLUDED.shown_hash, comment = EXCLUDED.comment, created_at = clock_timestamp()`,
      [vote.approvalId, vote.userId, vote.shownHash, vote.comment],
    );
  }

  /** The votes at these requests, oldest first. */
  async votes(approvalIds: readonly string[]): Promise<CastVote[]> {
    return this.db.query(
      `SELECT v.approval_id AS "approvalId", v.user_id AS "userId", v.shown_hash AS "shownHash", v.comment,
              v.created_at AS "createdAt", CASE WHEN u.is_active THEN u.role END AS role
         FROM approval_votes v LEFT JOIN users u ON u.id = v.user_id
        WHERE v.approval_id = ANY($1) ORDER BY v.created_at, v.user_id`,
      [approvalIds],
    );
  }

  /**
   * Notes who looks at an open request, unless somebody else does already (`force`: even then).
   * @returns whether it is the person's now
   */
  async claim(approvalId: string, userId: string, force: boolean): Promise<boolean> {
    const [rows]: [unknown[], number] = await this.db.query(
      `UPDATE approvals SET claimed_by = $2, claimed_at = clock_timestamp()
        WHERE id = $1 AND status = 'pending' AND (claimed_by IS NULL OR claimed_by = $2 OR $3) RETURNING 1`,
      [approvalId, userId, force],
    );
    return rows.length > 0;
  }

  /** Takes a person's claim back. @returns false when somebody else holds it */
  async release(approvalId: string, userId: string): Promise<boolean> {
    const [rows]: [unknown[], number] = await this.db.query(
      `UPDATE approvals SET claimed_by = NULL, claimed_at = NULL
        WHERE id = $1 AND (claimed_by IS NULL OR claimed_by = $2) RETURNING 1`,
      [approvalId, userId],
    );
    return rows.length > 0;
  }

  /** Notes that a request was reminded of, or that its time was up and it goes on waiting. */
  async keepWaiting(approvalId: string, done: 'reminded' | 'timed_out'): Promise<void> {
    await this.db.query(
      `UPDATE approvals
          SET remind_at = NULL, reminded_at = clock_timestamp(),
              expires_at = CASE WHEN $2 THEN NULL ELSE expires_at END
        WHERE id = $1 AND status = 'pending'`,
      [approvalId, done === 'timed_out'],
    );
  }

  /** Open requests that are to be reminded of now. */
  async dueReminders(limit: number): Promise<Approval[]> {
    return this.db
      .createQueryBuilder(Approval, 'a')
      .where(`a.status = 'pending' AND a.remind_at < clock_timestamp()`)
      .orderBy('a.remindAt')
      .take(limit)
      .getMany();
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
