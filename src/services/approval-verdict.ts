import type { ApprovalStatus, AuditEvent, Decision } from '../core/vocabulary.js';
import type { Approval, LineRemark, ShownArtifact } from '../db/entities/approval.js';
import type { Session } from '../db/entities/session.js';
import type { Dispatcher } from './dispatcher.js';
import type { KindRules } from './kind-rules.js';
import type { SessionTx } from './session-transaction.js';

const STATUS_OF: Readonly<Record<Decision, ApprovalStatus>> = {
  approve: 'approved',
  request_changes: 'changes_requested',
  reject: 'rejected',
};
const AUDIT_OF: Readonly<Record<Decision, AuditEvent>> = {
  approve: 'session_approved',
  request_changes: 'session_changes_requested',
  reject: 'session_rejected',
};

/** How a gate closes. */
export interface Verdict {
  decision: Decision;
  comment: string | null;
  /** The phase asked for changes. */
  target: string | undefined;
  /** What was decided on, edits included. */
  artifacts: ShownArtifact[];
  remarks: LineRemark[];
  edited: { path: string; sha256: string }[];
  /** Null: nobody did, its time was up. */
  by: { userId: string; ip?: string } | null;
  /** Why an administrator decided past the policy. */
  bypassReason: string | undefined;
}

/** Closes a gate: verdict, status, wake-up, events and audit, in the caller's transaction on the session. */
export async function closeGate(
  tx: SessionTx,
  { session, approval, kind }: { session: Session; approval: Approval; kind: KindRules },
  verdict: Verdict,
  dispatcher: Dispatcher,
): Promise<void> {
  const { sessionId } = session;
  const { decision, comment, target, artifacts, remarks, edited, by, bypassReason } = verdict;
  await tx.approvals.decide(approval.id, {
    status: STATUS_OF[decision],
    ...(by && { decidedBy: by.userId }),
    comment,
    targetPhase: target ?? null,
    metadata: {
      verdict: {
        decision,
        ...(comment !== null && { comment }),
        target,
        artifacts,
        ...(remarks.length > 0 && { remarks }),
      },
      edited,
      ...(bypassReason !== undefined && { bypassReason }),
      ...(by === null && { timedOut: true }),
    },
  });
  const status = decision === 'reject' ? kind.statuses.rejected : kind.statuses.running;
  if (decision === 'reject') await tx.sessions.terminate(sessionId, { status });
  else {
    await tx.sessions.wake(sessionId, { status });
    await dispatcher.dispatchIn(tx.manager, sessionId);
  }
  tx.emit('status', { status, phase: session.currentPhase });
  tx.emit('approval', {
    id: approval.id,
    gate: approval.gate,
    status: STATUS_OF[decision],
    comment,
    target: target ?? null,
  });
  const facts = { approvalId: approval.id, gate: approval.gate };
  const who = { userId: by?.userId ?? null, ipAddress: by?.ip ?? null };
  if (bypassReason !== undefined)
    tx.log({
      eventType: 'approval_bypassed',
      ...who,
      userAction: decision,
      details: { ...facts, reason: bypassReason },
    });
  if (by === null) tx.log({ eventType: 'approval_timed_out', details: { ...facts, decision } });
  tx.log({
    eventType: AUDIT_OF[decision],
    ...who,
    userAction: decision,
    details: { ...facts, comment, target: target ?? null, artifacts, remarks: remarks.length },
  });
}
