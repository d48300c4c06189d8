import type { DataSource } from 'typeorm';
import { z } from 'zod';
import type { ArtifactStore } from '../adapters/storage/port.js';
import { ConflictError, NotFoundError, ValidationError } from '../core/errors.js';
import { isId } from '../core/ids.js';
import {
  DECISIONS,
  type ArtifactType,
  type ApprovalStatus,
  type AuditEvent,
  type Decision,
} from '../core/vocabulary.js';
import type { Approval, ShownArtifact } from '../db/entities/approval.js';
import { repositories } from '../db/repositories/index.js';
import type { Dispatcher } from './dispatcher.js';
import type { KindBook } from './kind-rules.js';
import { checked, personText, requireRole, type Caller, type SessionService } from './sessions.js';
import type { SessionTransactions, SessionTx } from './session-transaction.js';

/** Longest document an approver may hand in as an edit, in characters. */
const MAX_EDIT = 500_000;

/** What an approver sends. */
export const decisionInput = z
  .strictObject({
    decision: z.enum(DECISIONS),
    comment: personText(20_000).optional(),
    /** For `request_changes`: the phase that is to do it again. */
    target: z.string().max(50).optional(),
    /** The SHA-256 of every artifact that was shown; the decision holds for exactly these. */
    artifactHashes: z
      .array(z.string().regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in lower-case hex'))
      .max(100),
    /** For `approve`: new texts of shown artifacts, by path. */
    edits: z
      .array(z.strictObject({ path: z.string(), content: personText(MAX_EDIT) }))
      .max(20)
      .optional(),
  })
  .superRefine((input, context) => {
    if (input.decision === 'request_changes' && input.comment === undefined)
      context.addIssue({ code: 'custom', path: ['comment'], message: 'is required: say what has to change' });
    if (input.edits !== undefined && input.edits.length > 0 && input.decision !== 'approve')
      context.addIssue({
        code: 'custom',
        path: ['edits'],
        message: 'can only come with the decision "approve"',
      });
    if (input.target !== undefined && input.decision !== 'request_changes')
      context.addIssue({ code: 'custom', path: ['target'], message: 'can only come with "request_changes"' });
  });
export type DecisionInput = z.input<typeof decisionInput>;

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

/** Gates: what waits for a person, and the person's verdict. */
export class ApprovalService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly transactions: SessionTransactions,
    private readonly sessions: SessionService,
    private readonly kinds: KindBook,
    private readonly store: ArtifactStore,
    private readonly dispatcher: Dispatcher,
  ) {}

  /** The gate requests of a session, oldest first. */
  async list(caller: Caller, sessionId: string): Promise<Approval[]> {
    await this.sessions.get(caller, sessionId);
    return repositories(this.dataSource.manager).approvals.list(sessionId);
  }

  /** @throws NotFoundError when the caller has no session with such a request */
  async get(caller: Caller, approvalId: string): Promise<Approval> {
    const approval = isId(approvalId)
      ? await repositories(this.dataSource.manager).approvals.findForUser(approvalId, caller.userId)
      : null;
    if (!approval) throw new NotFoundError('approval', approvalId);
    return approval;
  }

  /**
   * Decides a gate, once. Verdict, edits, status, audit and wake-up are one transaction.
   * @throws ConflictError `already_decided` with the decision that stands
   * @throws ConflictError `stale_artifacts` when something else was shown than what the decision is for
   */
  async decide(caller: Caller, approvalId: string, input: DecisionInput): Promise<Approval> {
    requireRole(caller, 'submitter');
    const wish = checked(decisionInput, input);
    const { sessionId } = await this.get(caller, approvalId);
    const edited = await this.storeEdits(wish.edits ?? []);
    await this.transactions.locked(sessionId, async (tx, session) => {
      const approval = await tx.approvals.find(approvalId);
      if (!approval) throw new NotFoundError('approval', approvalId);
      const kind = this.kinds.get(session.kind);
      if (approval.status !== 'pending' || session.interruptId !== approval.interruptId)
        throw new ConflictError('already_decided', `This gate is closed: it is "${approval.status}".`, {
          details: { approval: standing(approval), sessionStatus: session.status },
        });
      checkHashes(approval, wish.artifactHashes);
      const targets = kind.gates[approval.gate]?.changeTargets ?? [];
      const target = wish.decision === 'request_changes' ? (wish.target ?? targets[0]) : undefined;
      if (target !== undefined && !targets.includes(target))
        throw new ValidationError(`"${target}" cannot be asked for changes at this gate.`, [
          { field: 'target', message: `must be one of: ${targets.join(', ')}` },
        ]);
      checkEditable(approval, edited, kind.gates[approval.gate]?.editable);
      const artifacts = await this.applyEdits(tx, approval, edited, caller);
      await tx.approvals.decide(approvalId, {
        status: STATUS_OF[wish.decision],
        decidedBy: caller.userId,
        comment: wish.comment ?? null,
        targetPhase: target ?? null,
        metadata: {
          verdict: { decision: wish.decision, comment: wish.comment, target, artifacts },
          edited: edited.map(({ path, hash }) => ({ path, sha256: hash })),
        },
      });
      if (wish.decision === 'reject') {
        await tx.sessions.terminate(sessionId, { status: kind.statuses.rejected });
        tx.emit('status', { status: kind.statuses.rejected, phase: session.currentPhase });
      } else {
        await tx.sessions.wake(sessionId, { status: kind.statuses.running });
        await this.dispatcher.dispatchIn(tx.manager, sessionId);
        tx.emit('status', { status: kind.statuses.running, phase: session.currentPhase });
      }
      tx.emit('approval', {
        id: approvalId,
        gate: approval.gate,
        status: STATUS_OF[wish.decision],
        comment: wish.comment ?? null,
        target: target ?? null,
      });
      tx.log({
        eventType: AUDIT_OF[wish.decision],
        userId: caller.userId,
        userAction: wish.decision,
        details: {
          approvalId,
          gate: approval.gate,
          comment: wish.comment ?? null,
          target: target ?? null,
          artifacts,
        },
        ipAddress: caller.ip ?? null,
      });
    });
    if (wish.decision !== 'reject') this.dispatcher.dispatchSoon(sessionId);
    return this.get(caller, approvalId);
  }

  /** Content goes into the store first: it is addressed by hash, so an unused one does no harm. */
  private async storeEdits(
    edits: readonly { path: string; content: string }[],
  ): Promise<{ path: string; hash: string; size: number }[]> {
    const stored: { path: string; hash: string; size: number }[] = [];
    for (const { path, content } of edits) {
      const bytes = Buffer.from(content, 'utf8');
      stored.push({ path, hash: await this.store.put(bytes), size: bytes.byteLength });
    }
    return stored;
  }

  private async applyEdits(
    tx: SessionTx,
    approval: Approval,
    edits: readonly { path: string; hash: string; size: number }[],
    caller: Caller,
  ): Promise<ShownArtifact[]> {
    const artifacts = [...approval.artifacts];
    for (const edit of edits) {
      const index = artifacts.findIndex(({ path }) => path === edit.path);
      const shown = artifacts[index];
      if (!shown)
        throw new ValidationError(`"${edit.path}" was not shown at this gate.`, [
          { field: 'edits', message: `path must be one of: ${artifacts.map(({ path }) => path).join(', ')}` },
        ]);
      const [stored] = await tx.artifacts.insertVersions([
        {
          sessionId: approval.sessionId,
          artifactType: shown.type,
          filePath: shown.path,
          contentHash: edit.hash,
          sizeBytes: edit.size,
          metadata: { editedBy: caller.userId, approvalId: approval.id, from: shown.sha256 },
        },
      ]);
      if (!stored) continue;
      const { id, version } = stored.artifact;
      artifacts[index] = { ...shown, id, version, sha256: edit.hash };
      tx.emit('artifact', { ...artifacts[index], edited: true });
      tx.log({
        eventType: 'artifact_edited',
        userId: caller.userId,
        userAction: 'edit',
        details: { approvalId: approval.id, path: shown.path, from: shown.sha256, to: edit.hash },
        ipAddress: caller.ip ?? null,
      });
    }
    return artifacts;
  }
}

/** A decision is for exactly what was shown: the same set of hashes, in any order. */
function checkHashes(approval: Approval, hashes: readonly string[]): void {
  const shown = new Set(approval.artifacts.map(({ sha256 }) => sha256));
  const decided = new Set(hashes);
  if (shown.size === decided.size && [...shown].every((hash) => decided.has(hash))) return;
  throw new ConflictError(
    'stale_artifacts',
    'The decision names other artifacts than this gate shows. Load the gate again and look at what changed.',
    { details: { field: 'artifactHashes', artifacts: approval.artifacts } },
  );
}

/** Reports and the like are shown and not to be edited. */
function checkEditable(
  approval: Approval,
  edits: readonly { path: string }[],
  editable: readonly ArtifactType[] | undefined,
): void {
  if (!editable) return;
  const locked = edits.filter(({ path }) =>
    approval.artifacts.some((shown) => shown.path === path && !editable.includes(shown.type)),
  );
  if (locked.length === 0) return;
  const paths = approval.artifacts.filter(({ type }) => editable.includes(type)).map(({ path }) => path);
  throw new ValidationError(`"${locked[0]?.path}" cannot be edited at this gate.`, [
    {
      field: 'edits',
      message: paths.length === 0 ? 'nothing can be edited here' : `path must be one of: ${paths.join(', ')}`,
    },
  ]);
}

/** What a late decider is told. */
function standing(approval: Approval): Record<string, unknown> {
  return {
    id: approval.id,
    status: approval.status,
    decidedBy: approval.decidedBy,
    decidedAt: approval.decidedAt,
    comment: approval.comment,
  };
}
