import type { DataSource } from 'typeorm';
import { ConflictError, ForbiddenError } from '../core/errors.js';
import type { Approval } from '../db/entities/approval.js';
import type { GateFilter, GateRow } from '../db/repositories/gate-repository.js';
import { repositories } from '../db/repositories/index.js';
import { mayDecide, standingVotes, type EffectivePolicy, type Leave } from './approval-policy.js';
import type { ApprovalService, VoteCount } from './approvals.js';
import type { PolicyService } from './policies.js';
import { requireRole, userOf, type Caller, type Scope } from './sessions.js';

/** A gate in the inbox, for one reader. */
export interface InboxItem extends GateRow {
  votes: VoteCount;
  /** Whether the reader has approved what it shows. */
  voted: boolean;
  /** Whether the reader may decide it, and if not, why. */
  leave: Leave;
}

/** What waits for people, across sessions. */
export class InboxService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly approvals: ApprovalService,
    private readonly policies: PolicyService,
  ) {}

  /**
   * Gates of the caller's own sessions (`mine`), or of everybody's (`team`), oldest first.
   * @returns at most `limit`, and the id after which the next page begins, if there is one
   * @throws ForbiddenError when the caller's role does not read the team's sessions
   */
  async page(
    caller: Caller,
    { scope, ...filter }: Omit<GateFilter, 'userId'> & { scope: Scope },
  ): Promise<{ items: InboxItem[]; next: string | null }> {
    const { gates, approvals } = repositories(this.dataSource.manager);
    const userId = userOf(caller, scope);
    const rows = await gates.inbox({ ...filter, userId, limit: filter.limit + 1 });
    const shown = rows.slice(0, filter.limit);
    const votes = await approvals.votes(shown.map(({ id }) => id));
    const policies = new Map<string, EffectivePolicy>();
    const items: InboxItem[] = [];
    for (const row of shown) {
      const key = `${row.kind}/${row.gate}`;
      const policy = policies.get(key) ?? (await this.policies.effective(row.kind, row.gate));
      policies.set(key, policy);
      const cast = votes.filter(({ approvalId }) => approvalId === row.id);
      const counted = standingVotes(cast, row, policy, row.ownerId);
      const voted = counted.some((vote) => vote.userId === caller.userId);
      items.push({
        ...row,
        votes: { given: counted.length, needed: policy.approvals },
        voted,
        leave: leaveFor(row, policy, caller),
      });
    }
    return { items, next: rows.length > shown.length ? (shown.at(-1)?.id ?? null) : null };
  }

  /**
   * Tells the others that the caller looks at a gate. It locks nothing.
   * @param force takes it over from somebody
   * @throws ConflictError `claimed` with who holds it
   * @throws ConflictError `already_decided` when it is closed
   * @throws ForbiddenError when the policy does not let the caller decide
   */
  async claim(caller: Caller, approvalId: string, force: boolean): Promise<Approval> {
    requireRole(caller, 'submitter');
    const { approval, session } = await this.approvals.located(caller, approvalId);
    const policy = await this.policies.effective(session.kind, approval.gate);
    const leave = mayDecide(policy, caller, session.userId);
    if (!leave.allowed) throw new ForbiddenError(leave.reason);
    if (!(await repositories(this.dataSource.manager).approvals.claim(approvalId, caller.userId, force)))
      await this.refuse(await this.approvals.get(caller, approvalId));
    return this.approvals.get(caller, approvalId);
  }

  /** Takes the caller's claim back; when there is none, nothing happens. @throws ConflictError `claimed` */
  async release(caller: Caller, approvalId: string): Promise<Approval> {
    requireRole(caller, 'submitter');
    await this.approvals.get(caller, approvalId);
    if (!(await repositories(this.dataSource.manager).approvals.release(approvalId, caller.userId)))
      await this.refuse(await this.approvals.get(caller, approvalId));
    return this.approvals.get(caller, approvalId);
  }

  private async refuse(approval: Approval): Promise<never> {
    if (approval.status !== 'pending')
      throw new ConflictError('already_decided', `This gate is closed: it is "${approval.status}".`);
    const names = await repositories(this.dataSource.manager).gates.names([approval.claimedBy]);
    const name = names.get(approval.claimedBy ?? '') ?? 'Somebody';
    throw new ConflictError('claimed', `${name} is looking at this gate. Take it over with "force".`, {
      details: { claimedBy: { id: approval.claimedBy, name }, claimedAt: approval.claimedAt },
    });
  }
}

/** Whether somebody may decide a gate as it stands, and if not, why. */
export function leaveFor(
  gate: { status: string; ownerId: string },
  policy: EffectivePolicy,
  caller: Caller,
): Leave {
  if (gate.status !== 'pending') return { allowed: false, reason: `It is closed: ${gate.status}.` };
  return mayDecide(policy, caller, gate.ownerId);
}
