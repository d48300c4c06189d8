import type { EntityManager } from 'typeorm';
import { ApprovalPolicyRow } from '../entities/approval-policy-row.js';

/** Policies of gates, as administrators have set them. */
export class PolicyRepository {
  constructor(private readonly db: EntityManager) {}

  async all(): Promise<ApprovalPolicyRow[]> {
    return this.db.find(ApprovalPolicyRow, { order: { kind: 'ASC', gate: 'ASC' } });
  }

  async find(kind: string, gate: string): Promise<ApprovalPolicyRow | null> {
    return this.db.findOneBy(ApprovalPolicyRow, { kind, gate });
  }

  async put(kind: string, gate: string, policy: Record<string, unknown>, by: string): Promise<void> {
    await this.db.query(
      `INSERT INTO approval_policies (kind, gate, policy, updated_by) VALUES ($1, $2, $3, $4)
       ON CONFLICT (kind, gate) DO UPDATE SET policy = EXCLUDED.policy, updated_by = EXCLUDED.updated_by`,
      [kind, gate, JSON.stringify(policy), by],
    );
  }
}
