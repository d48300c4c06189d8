import type { DataSource } from 'typeorm';
import { messageOf } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import type { Approval } from '../db/entities/approval.js';
import type { Session } from '../db/entities/session.js';
import { repositories } from '../db/repositories/index.js';
import { closeGate } from './approval-verdict.js';
import type { Dispatcher } from './dispatcher.js';
import type { KindBook } from './kind-rules.js';
import type { PolicyService } from './policies.js';
import type { SessionTransactions, SessionTx } from './session-transaction.js';

const BATCH = 200;

/** Gates that nobody decides: people are reminded once, and when the time is up the policy says what happens. */
export class GateDeadlines {
  constructor(
    private readonly parts: {
      dataSource: DataSource;
      transactions: SessionTransactions;
      policies: PolicyService;
      kinds: KindBook;
      dispatcher: Dispatcher;
      log: Logger;
    },
  ) {}

  /** Does what is due. Any number of processes may; each gate is looked at again under its session's lock. */
  async pass(): Promise<void> {
    const { approvals } = repositories(this.parts.dataSource.manager);
    for (const due of await approvals.dueReminders(BATCH))
      await this.under(due, 'gate not reminded of', async (tx, approval) => {
        if (!approval.remindAt || approval.remindAt > new Date()) return;
        await remind(tx, approval, 'reminded');
      });
    const expired = await this.parts.dataSource.transaction((manager) =>
      repositories(manager).approvals.takeExpired(BATCH),
    );
    for (const due of expired) await this.timeOut(due);
  }

  private async timeOut(due: Approval): Promise<void> {
    const { policies, kinds, dispatcher, dataSource } = this.parts;
    const session = await repositories(dataSource.manager).sessions.findLive(due.sessionId);
    if (!session) return;
    const { onTimeout } = await policies.effective(session.kind, due.gate);
    await this.under(due, 'gate not timed out', async (tx, approval, now) => {
      if (!approval.expiresAt || approval.expiresAt > new Date()) return;
      const kind = kinds.get(now.kind);
      if (onTimeout === 'expire') return expire(tx, now, approval, kind.statuses.expired);
      if (onTimeout === 'remind') return remind(tx, approval, 'timed_out');
      await closeGate(
        tx,
        { session: now, approval, kind },
        {
          decision: onTimeout,
          comment: null,
          target: undefined,
          artifacts: approval.artifacts,
          remarks: [],
          edited: [],
          by: null,
          bypassReason: undefined,
        },
        dispatcher,
      );
    });
    if (onTimeout === 'approve') dispatcher.dispatchSoon(due.sessionId);
  }

  /** Looks at a gate again with its session locked; one that fails does not keep the others. */
  private async under(
    due: Approval,
    failure: string,
    work: (tx: SessionTx, approval: Approval, session: Session) => Promise<void>,
  ): Promise<void> {
    await this.parts.transactions
      .locked(due.sessionId, async (tx, session) => {
        const approval = await tx.approvals.find(due.id);
        if (approval?.status === 'pending') await work(tx, approval, session);
      })
      .catch((error: unknown) =>
        this.parts.log.warn({ sessionId: due.sessionId, error: messageOf(error) }, failure),
      );
  }
}

async function remind(tx: SessionTx, approval: Approval, why: 'reminded' | 'timed_out'): Promise<void> {
  await tx.approvals.keepWaiting(approval.id, why);
  if (why === 'timed_out') await tx.sessions.update(approval.sessionId, { expiresAt: null });
  tx.notify('reminder', { approvalId: approval.id, gate: approval.gate, timedOut: why === 'timed_out' });
  tx.log({ eventType: 'approval_reminded', details: { approvalId: approval.id, gate: approval.gate, why } });
}

async function expire(
  tx: SessionTx,
  session: Session,
  approval: Approval,
  status: Session['status'],
): Promise<void> {
  await tx.approvals.decide(approval.id, { status: 'expired' });
  await tx.sessions.terminate(session.sessionId, {
    status,
    error: {
      code: 'gate_expired',
      message: 'Nobody decided in time. Retry the session to open the gate again.',
    },
  });
  tx.emit('approval', { id: approval.id, gate: approval.gate, status: 'expired' });
  tx.emit('status', { status, phase: session.currentPhase });
  tx.log({ eventType: 'session_expired', userId: session.userId, details: { approvalId: approval.id } });
}
