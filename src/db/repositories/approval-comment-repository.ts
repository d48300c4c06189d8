import type { EntityManager } from 'typeorm';
import { ApprovalComment } from '../entities/approval-comment.js';

/** Remarks on lines of documents. */
export class ApprovalCommentRepository {
  constructor(private readonly db: EntityManager) {}

  async insert(
    comment: Omit<ApprovalComment, 'createdAt' | 'updatedAt' | 'resolvedAt' | 'resolvedBy'>,
  ): Promise<void> {
    await this.db.insert(ApprovalComment, comment);
  }

  async find(id: string): Promise<ApprovalComment | null> {
    return this.db.findOneBy(ApprovalComment, { id });
  }

  /** All of a session's, oldest first. */
  async list(sessionId: string): Promise<ApprovalComment[]> {
    return this.db.find(ApprovalComment, { where: { sessionId }, order: { createdAt: 'ASC', id: 'ASC' } });
  }

  async edit(id: string, body: string): Promise<void> {
    await this.db.update(ApprovalComment, { id }, { body });
  }

  /** Closes a remark, or opens it again when nobody is named. */
  async resolve(id: string, by: string | null): Promise<void> {
    await this.db.query(
      `UPDATE approval_comments
          SET resolved_by = $2, resolved_at = CASE WHEN $2::varchar IS NULL THEN NULL ELSE clock_timestamp() END
        WHERE id = $1`,
      [id, by],
    );
  }

  async delete(id: string): Promise<void> {
    await this.db.delete(ApprovalComment, { id });
  }
}
