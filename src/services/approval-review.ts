import type { DataSource } from 'typeorm';
import type { Approval, ShownArtifact } from '../db/entities/approval.js';
import type { Session } from '../db/entities/session.js';
import type { CastVote } from '../db/repositories/approval-repository.js';
import type { PastCost } from '../db/repositories/gate-repository.js';
import { repositories } from '../db/repositories/index.js';
import type { CommentService, Thread } from './approval-comments.js';
import { leaveFor } from './approval-inbox.js';
import {
  mayBypass,
  policyInWords,
  standingVotes,
  type EffectivePolicy,
  type Leave,
} from './approval-policy.js';
import type { ApprovalService, VoteCount } from './approvals.js';
import type { KindBook } from './kind-rules.js';
import type { PolicyService } from './policies.js';
import type { Caller } from './sessions.js';
import { isAtLeast } from './visibility.js';

/** A person by id and name; null when they are gone, or nobody did it. */
export interface Person {
  id: string;
  name: string;
}

/** One gate of the session's past or present. */
export interface PastDecision {
  approval: Approval;
  /** How often its gate had been asked before it, from 1. */
  revision: number;
  decidedBy: Person | null;
  edited: string[];
  bypassReason: string | null;
  timedOut: boolean;
  votes: { person: Person; at: Date; comment: string | null; counts: boolean }[];
}

/** Everything somebody needs to decide a gate. */
export interface Review {
  approval: Approval;
  session: Session;
  owner: Person;
  /** Each with what the last gate showed in its place, if that was another version. */
  artifacts: { shown: ShownArtifact; previous: ShownArtifact | null }[];
  history: PastDecision[];
  threads: Thread[];
  costUsd: number;
  /** What completing it may cost yet, from past missions; `missions` 0 and null when there are none. */
  toComplete: PastCost & { phases: string[] };
  policy: EffectivePolicy;
  policyWords: string[];
  votes: VoteCount;
  claimedBy: Person | null;
  decide: Leave;
  /** Whether the caller has approved exactly this already: another approval is not theirs to give. */
  voted: boolean;
  /** Whether the caller may decide past the policy, with a reason. */
  bypass: boolean;
  comment: boolean;
}

/** Gathers what a review page shows. It changes nothing. */
export class ReviewService {
  constructor(
    private readonly parts: {
      dataSource: DataSource;
      kinds: KindBook;
      approvals: ApprovalService;
      comments: CommentService;
      policies: PolicyService;
    },
  ) {}

  /** @throws NotFoundError when there is no such gate in a session that the caller may read */
  async review(caller: Caller, approvalId: string): Promise<Review> {
    const { kinds, approvals, comments, policies, dataSource } = this.parts;
    const { approval, session } = await approvals.located(caller, approvalId);
    const repos = repositories(dataSource.manager);
    const policy = await policies.effective(session.kind, approval.gate);
    const all = await repos.approvals.list(session.sessionId);
    const votes = await repos.approvals.votes(all.map(({ id }) => id));
    const names = await repos.gates.names([
      session.userId,
      approval.claimedBy,
      ...all.map(({ decidedBy }) => decidedBy),
      ...votes.map(({ userId }) => userId),
    ]);
    const person = (id: string | null): Person | null =>
      id === null ? null : { id, name: names.get(id) ?? '' };
    const standing = (gate: Approval): CastVote[] =>
      standingVotes(
        votes.filter(({ approvalId }) => approvalId === gate.id),
        gate,
        policy,
        session.userId,
      );
    const counted = standing(approval);
    const voted = counted.some(({ userId }) => userId === caller.userId);
    const decided = decidedOn(approval);
    const done = await repos.gates.phasesDone(session.sessionId);
    const phases = kinds
      .all()
      .flatMap((rules) => (rules.kind === session.kind ? rules.phases.map(({ id }) => id) : []))
      .filter((id) => !done.includes(id));
    return {
      approval,
      session,
      owner: { id: session.userId, name: names.get(session.userId) ?? '' },
      artifacts: decided.map((one) => ({
        shown: one,
        // What an approver edited is compared with what they were shown.
        previous:
          approval.artifacts.find(({ path, sha256 }) => path === one.path && sha256 !== one.sha256) ??
          previousOf(one, approval, all),
      })),
      history: all.map((past) => ({
        approval: past,
        revision: all.filter((one) => one.gate === past.gate && all.indexOf(one) <= all.indexOf(past)).length,
        decidedBy: person(past.decidedBy),
        ...told(past),
        votes: votes
          .filter((vote) => vote.approvalId === past.id)
          .map((vote) => ({
            person: { id: vote.userId, name: names.get(vote.userId) ?? '' },
            at: vote.createdAt,
            comment: vote.comment,
            counts: standing(past).includes(vote),
          })),
      })),
      threads: await comments.threads({ sessionId: session.sessionId, artifacts: decided }),
      costUsd: await repos.gates.costOf(session.sessionId),
      toComplete: { ...(await repos.gates.pastCost(session.kind, phases)), phases },
      policy,
      policyWords: policyInWords(policy),
      votes: { given: counted.length, needed: policy.approvals },
      claimedBy: person(approval.claimedBy),
      decide: leaveFor({ status: approval.status, ownerId: session.userId }, policy, caller),
      voted,
      bypass: approval.status === 'pending' && mayBypass(policy, caller),
      comment: approval.status === 'pending' && isAtLeast(caller.role, 'submitter'),
    };
  }
}

/** What the newest earlier gate showed under the path, if it was another version. Edits at that gate count. */
function previousOf(one: ShownArtifact, approval: Approval, all: readonly Approval[]): ShownArtifact | null {
  const earlier = all
    .slice(
      0,
      all.findIndex(({ id }) => id === approval.id),
    )
    .toReversed();
  for (const { artifacts } of earlier) {
    const same = artifacts.find(({ path }) => path === one.path);
    if (same && same.sha256 !== one.sha256) return same;
  }
  return null;
}

/** What a closed gate was decided on, with the approver's edits; what an open one shows. */
function decidedOn({ artifacts, metadata }: Approval): ShownArtifact[] {
  const { verdict } = metadata as { verdict?: { artifacts?: ShownArtifact[] } };
  return verdict?.artifacts ?? artifacts;
}

/** What the record of a decision tells beside its columns. */
function told({ metadata }: Approval): Pick<PastDecision, 'edited' | 'bypassReason' | 'timedOut'> {
  const { edited, bypassReason, timedOut } = metadata;
  return {
    edited: Array.isArray(edited) ? edited.map((one: { path?: unknown }) => String(one.path)) : [],
    bypassReason: typeof bypassReason === 'string' ? bypassReason : null,
    timedOut: timedOut === true,
  };
}
