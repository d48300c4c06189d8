import type { DataSource } from 'typeorm';
import { z } from 'zod';
import type { ArtifactStore } from '../adapters/storage/port.js';
import { ConflictError, ForbiddenError, NotFoundError, ValidationError } from '../core/errors.js';
import { isId } from '../core/ids.js';
import { DECISIONS, type ArtifactType } from '../core/vocabulary.js';
import type { Approval, LineRemark, ShownArtifact } from '../db/entities/approval.js';
import type { Session } from '../db/entities/session.js';
import { repositories } from '../db/repositories/index.js';
import {
  mayBypass,
  mayDecide,
  policyInWords,
  shownHash,
  standingVotes,
  type EffectivePolicy,
} from './approval-policy.js';
import { closeGate } from './approval-verdict.js';
import type { CommentService } from './approval-comments.js';
import type { Dispatcher } from './dispatcher.js';
import type { KindBook } from './kind-rules.js';
import type { PolicyService } from './policies.js';
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
    /** For administrators: decide although the policy does not let them, or before enough people have approved. */
    bypass: z.strictObject({ reason: personText(2000) }).optional(),
  })
  .superRefine((input, context) => {
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

/** How many people have approved what a gate shows, and how many have to. */
export interface VoteCount {
  given: number;
  needed: number;
}

/** What gates are made of. */
export interface ApprovalParts {
  dataSource: DataSource;
  transactions: SessionTransactions;
  sessions: SessionService;
  kinds: KindBook;
  store: ArtifactStore;
  dispatcher: Dispatcher;
  policies: PolicyService;
  comments: CommentService;
}

type Wish = z.output<typeof decisionInput>;

/** Gates: what waits for a person, and the person's verdict. */
export class ApprovalService {
  constructor(private readonly parts: ApprovalParts) {}

  /** The gate requests of a session, oldest first. */
  async list(caller: Caller, sessionId: string): Promise<Approval[]> {
    await this.parts.sessions.get(caller, sessionId);
    return repositories(this.parts.dataSource.manager).approvals.list(sessionId);
  }

  /** @throws NotFoundError when there is no such request in a session that the caller may read */
  async get(caller: Caller, approvalId: string): Promise<Approval> {
    return (await this.located(caller, approvalId)).approval;
  }

  /** A request with its session. @throws NotFoundError when there is none such that the caller may read */
  async located(caller: Caller, approvalId: string): Promise<{ approval: Approval; session: Session }> {
    const approval = isId(approvalId)
      ? await repositories(this.parts.dataSource.manager).approvals.find(approvalId)
      : null;
    const session = await (approval && this.parts.sessions.get(caller, approval.sessionId).catch(missing));
    if (!approval || !session) throw new NotFoundError('approval', approvalId);
    return { approval, session };
  }

  /** How many have approved what a gate shows now, of how many that its policy wants. */
  async votes(caller: Caller, approvalId: string): Promise<VoteCount> {
    const { approval, session } = await this.located(caller, approvalId);
    const policy = await this.parts.policies.effective(session.kind, approval.gate);
    const votes = await repositories(this.parts.dataSource.manager).approvals.votes([approvalId]);
    const given = standingVotes(votes, approval, policy, session.userId).length;
    // A gate that one person closes keeps no votes.
    const single = policy.approvals === 1 && approval.status === 'approved';
    return { given: single ? 1 : given, needed: policy.approvals };
  }

  /**
   * Decides a gate, once; where the policy wants several approvals, each but the last is only counted. Verdict,
   * edits, status, audit and wake-up are one transaction.
   * @returns the request: closed, or still `pending` when more people have to approve
   * @throws ForbiddenError when the policy does not let the caller decide
   * @throws ConflictError `already_decided` with the decision that stands
   * @throws ConflictError `already_voted` when the caller has approved exactly this before
   * @throws ConflictError `stale_artifacts` when something else was shown than what the decision is for
   * @throws ValidationError for "request changes" without a comment and without open remarks on lines
   */
  async decide(caller: Caller, approvalId: string, input: DecisionInput): Promise<Approval> {
    requireRole(caller, 'submitter');
    const wish = checked(decisionInput, input);
    const { approval: asked, session: its } = await this.located(caller, approvalId);
    const { sessionId } = its;
    // Everything that needs a connection of its own comes before the lock: those who wait for it hold theirs.
    const policy = await this.parts.policies.effective(its.kind, asked.gate);
    checkLeave(policy, caller, its, wish);
    const remarks = wish.decision === 'request_changes' ? await this.parts.comments.remarks(asked) : [];
    if (wish.decision === 'request_changes' && wish.comment === undefined && remarks.length === 0)
      throw new ValidationError('Nothing says what has to change.', [
        {
          field: 'comment',
          message: 'is required: say what has to change, here or on lines of the documents',
        },
      ]);
    const edited = await this.storeEdits(wish.edits ?? []);
    const closed = await this.parts.transactions.locked(sessionId, (tx, session) =>
      this.settle(tx, session, { approvalId, caller, wish, policy, remarks, edited }),
    );
    if (closed && wish.decision !== 'reject') this.parts.dispatcher.dispatchSoon(sessionId);
    return this.get(caller, approvalId);
  }

  /** @returns whether the gate is closed now */
  private async settle(
    tx: SessionTx,
    session: Session,
    ask: {
      approvalId: string;
      caller: Caller;
      wish: Wish;
      policy: EffectivePolicy;
      remarks: LineRemark[];
      edited: readonly { path: string; hash: string; size: number }[];
    },
  ): Promise<boolean> {
    const { approvalId, caller, wish, policy, remarks, edited } = ask;
    const approval = await tx.approvals.find(approvalId);
    if (!approval) throw new NotFoundError('approval', approvalId);
    const kind = this.parts.kinds.get(session.kind);
    if (approval.status !== 'pending' || session.interruptId !== approval.interruptId)
      throw new ConflictError('already_decided', `This gate is closed: it is "${approval.status}".`, {
        details: { approval: standing(approval), sessionStatus: session.status },
      });
    await checkHashes(tx, approval, wish.artifactHashes);
    const targets = kind.gates[approval.gate]?.changeTargets ?? [];
    const target = wish.decision === 'request_changes' ? (wish.target ?? targets[0]) : undefined;
    if (target !== undefined && !targets.includes(target))
      throw new ValidationError(`"${target}" cannot be asked for changes at this gate.`, [
        { field: 'target', message: `must be one of: ${targets.join(', ')}` },
      ]);
    checkEditable(approval, edited, kind.gates[approval.gate]?.editable);
    const artifacts = await this.applyEdits(tx, approval, edited, caller);
    let comment = wish.comment ?? null;
    if (wish.decision === 'approve' && wish.bypass === undefined && policy.approvals > 1) {
      const counted = await countVote(tx, approval, artifacts, {
        caller,
        comment,
        policy,
        owner: session.userId,
      });
      if (!counted.enough) return false;
      comment = counted.comment;
    }
    await closeGate(
      tx,
      { session, approval, kind },
      {
        decision: wish.decision,
        comment,
        target,
        artifacts,
        remarks,
        edited: edited.map(({ path, hash }) => ({ path, sha256: hash })),
        by: caller,
        bypassReason: wish.bypass?.reason,
      },
      this.parts.dispatcher,
    );
    return true;
  }

  /** Content goes into the store first: it is addressed by hash, so an unused one does no harm. */
  private async storeEdits(
    edits: readonly { path: string; content: string }[],
  ): Promise<{ path: string; hash: string; size: number }[]> {
    const stored: { path: string; hash: string; size: number }[] = [];
    for (const { path, content } of edits) {
      const bytes = Buffer.from(content, 'utf8');
      stored.push({ path, hash: await this.parts.store.put(bytes), size: bytes.byteLength });
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

const missing = (error: unknown): null => {
  if (error instanceof NotFoundError) return null;
  throw error;
};

/** @throws ForbiddenError when neither the policy nor a bypass lets the caller decide */
function checkLeave(policy: EffectivePolicy, caller: Caller, session: Session, wish: Wish): void {
  const details = { role: caller.role, policy: policyInWords(policy) };
  if (wish.bypass !== undefined) {
    if (mayBypass(policy, caller)) return;
    throw new ForbiddenError('The policy of this gate cannot be bypassed by you.', { details });
  }
  const leave = mayDecide(policy, caller, session.userId);
  if (!leave.allowed) throw new ForbiddenError(leave.reason, { details });
}

/**
 * Counts an approval of one among several. Edits change what is shown, and so make earlier approvals void.
 * @returns whether they are enough now, and then what all of them said
 */
async function countVote(
  tx: SessionTx,
  approval: Approval,
  artifacts: ShownArtifact[],
  {
    caller,
    comment,
    policy,
    owner,
  }: { caller: Caller; comment: string | null; policy: EffectivePolicy; owner: string },
): Promise<{ enough: boolean; comment: string | null }> {
  const shown = shownHash(artifacts);
  const needed = policy.approvals;
  const votes = await tx.approvals.votes([approval.id]);
  const before = standingVotes(votes, { artifacts, status: 'pending' }, policy, owner);
  if (before.some(({ userId }) => userId === caller.userId))
    throw new ConflictError(
      'already_voted',
      'You have approved this already. Others have to approve it, too.',
      {
        details: { votes: { given: before.length, needed } },
      },
    );
  await tx.approvals.vote({ approvalId: approval.id, userId: caller.userId, shownHash: shown, comment });
  if (shown !== shownHash(approval.artifacts)) await tx.approvals.show(approval.id, artifacts);
  const given = before.length + 1;
  tx.log({
    eventType: 'approval_voted',
    userId: caller.userId,
    userAction: 'approve',
    details: { approvalId: approval.id, gate: approval.gate, comment, given, needed, artifacts },
    ipAddress: caller.ip ?? null,
  });
  if (given < needed) {
    tx.emit('approval', {
      id: approval.id,
      gate: approval.gate,
      status: 'pending',
      artifacts,
      votes: { given, needed },
    });
    return { enough: false, comment };
  }
  const said = [...before.map((vote) => vote.comment), comment].filter((one) => one !== null);
  return { enough: true, comment: said.length === 0 ? null : said.join('\n\n') };
}

/** A decision is for exactly what was shown: the same set of hashes, in any order. */
async function checkHashes(tx: SessionTx, approval: Approval, hashes: readonly string[]): Promise<void> {
  const shown = new Set(approval.artifacts.map(({ sha256 }) => sha256));
  const decided = new Set(hashes);
  if (shown.size === decided.size && [...shown].every((hash) => decided.has(hash))) return;
  const others = [...decided].filter((hash) => !shown.has(hash));
  const known = await tx.artifacts.withHashes(approval.sessionId, others);
  const changed = approval.artifacts
    .filter(({ sha256 }) => !decided.has(sha256))
    .map(({ path, sha256 }) => ({
      path,
      old: known.findLast((artifact) => artifact.filePath === path)?.contentHash ?? null,
      new: sha256,
    }));
  throw new ConflictError(
    'stale_artifacts',
    'The decision names other artifacts than this gate shows. Load the gate again and look at what changed.',
    { details: { field: 'artifactHashes', artifacts: approval.artifacts, changed } },
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
