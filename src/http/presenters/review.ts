import { z } from 'zod';
import { APPROVAL_STATUSES, SESSION_KINDS, TIMEOUT_ACTIONS } from '../../core/vocabulary.js';
import type { ApprovalComment } from '../../db/entities/approval-comment.js';
import type { Thread } from '../../services/approval-comments.js';
import type { InboxItem } from '../../services/approval-inbox.js';
import type { ApprovalPolicy } from '../../services/approval-policy.js';
import { approvalPolicy, policyInWords } from '../../services/approval-policy.js';
import type { Review } from '../../services/approval-review.js';
import type { KindRules } from '../../services/kind-rules.js';
import type { GatePolicy } from '../../services/policies.js';
import { approvalView, presentApproval, shownArtifactView } from './approval.js';
import { iso, time } from './time.js';

const personView = z.strictObject({ id: z.string(), name: z.string() }).meta({ id: 'PersonView' });
const votesView = z
  .strictObject({ given: z.number().int(), needed: z.number().int() })
  .describe('How many have approved exactly what is shown, of how many that have to.');

/** A gate with its votes: the answer to a decision. */
export const decidedView = approvalView.extend({ votes: votesView }).meta({ id: 'DecidedView' });

/** A gate in the inbox. */
export const inboxItemView = z
  .strictObject({
    id: z.string(),
    sessionId: z.string(),
    kind: z.enum(SESSION_KINDS),
    gate: z.string(),
    gateLabel: z.string(),
    status: z.enum(APPROVAL_STATUSES),
    title: z.string().describe("The session's name, or the first 280 characters of its mission."),
    missionPreview: z.string(),
    projectName: z.string().nullable(),
    owner: personView,
    mine: z.boolean(),
    waitingSeconds: z.number().int(),
    costUsd: z.number(),
    claimedBy: personView.nullable(),
    claimedAt: time.nullable(),
    votes: votesView,
    voted: z.boolean().describe('Whether you have approved exactly this.'),
    canDecide: z.boolean(),
    cannotDecideBecause: z.string().nullable().describe('A sentence.'),
    expiresAt: time.nullable(),
    decidedAt: time.nullable(),
    createdAt: time,
  })
  .meta({ id: 'InboxItemView' });
export type InboxItemView = z.infer<typeof inboxItemView>;

/** A remark on lines of a document. */
export const commentView = z
  .strictObject({
    id: z.string(),
    sessionId: z.string(),
    path: z.string(),
    sha256: z.string().describe('The version that it was written on.'),
    lineStart: z.number().int().describe('In that version, from 1.'),
    lineEnd: z.number().int(),
    quote: z.string().describe('The lines as they were.'),
    body: z.string(),
    author: z.strictObject({ id: z.string(), name: z.string() }).nullable(),
    resolvedAt: time.nullable(),
    resolvedBy: z.string().nullable(),
    createdAt: time,
    updatedAt: time,
  })
  .meta({ id: 'CommentView' });

/** A remark, and where its lines are in what the gate shows. */
export const threadView = commentView
  .extend({
    now: z
      .strictObject({ lineStart: z.number().int(), lineEnd: z.number().int() })
      .nullable()
      .describe('Where the lines are in the version that the gate shows; null when they are gone.'),
    outdated: z.boolean(),
    mine: z.boolean(),
  })
  .meta({ id: 'ThreadView' });
export type ThreadView = z.infer<typeof threadView>;

const pastDecisionView = z.strictObject({
  approvalId: z.string(),
  gate: z.string(),
  gateLabel: z.string(),
  revision: z.number().int().describe('How often this gate had been asked, this time included.'),
  status: z.enum(APPROVAL_STATUSES),
  artifacts: z.array(shownArtifactView),
  decidedBy: personView.nullable(),
  decidedAt: time.nullable(),
  comment: z.string().nullable(),
  target: z.string().nullable(),
  edited: z.array(z.string()).describe('Paths of documents that were edited with the decision.'),
  bypassReason: z.string().nullable(),
  timedOut: z.boolean().describe('Nobody decided; the policy did.'),
  votes: z.array(
    z.strictObject({
      person: personView,
      at: time,
      comment: z.string().nullable(),
      counts: z.boolean().describe('Whether it was for what the gate shows in the end.'),
    }),
  ),
  createdAt: time,
});

/** What holds at a gate. */
export const policyView = z
  .strictObject({
    kind: z.string(),
    gate: z.string(),
    gateLabel: z.string(),
    policy: approvalPolicy.describe('As set; null and left out fields come from the settings and defaults.'),
    effective: approvalPolicy.extend({ onTimeout: z.enum(TIMEOUT_ACTIONS) }).describe('What holds now.'),
    words: z.array(z.string()),
    isSet: z.boolean(),
    updatedBy: z.string().nullable(),
    updatedAt: time.nullable(),
  })
  .meta({ id: 'PolicyView' });

/** Everything somebody needs to decide a gate. */
export const reviewView = z
  .strictObject({
    approval: approvalView,
    session: z.strictObject({
      sessionId: z.string(),
      kind: z.enum(SESSION_KINDS),
      status: z.string(),
      name: z.string().nullable(),
      mission: z.string(),
      projectName: z.string().nullable(),
      revision: z.number().int(),
    }),
    owner: personView,
    waitingSeconds: z.number().int(),
    artifacts: z.array(shownArtifactView.extend({ previous: shownArtifactView.nullable() })),
    history: z
      .array(pastDecisionView)
      .describe('Every gate of the session, oldest first, this one included.'),
    threads: z.array(threadView),
    openComments: z.number().int().describe('Those that a request for changes would send to the agent.'),
    cost: z.strictObject({
      usd: z.number(),
      toCompleteUsd: z.number().nullable().describe('The median of past missions; null when there are none.'),
      fromMissions: z.number().int(),
      phasesLeft: z.array(z.string()),
    }),
    policy: z.strictObject({ effective: approvalPolicy, words: z.array(z.string()) }),
    votes: votesView,
    claimedBy: personView.nullable(),
    claimedAt: time.nullable(),
    can: z.strictObject({
      decide: z.boolean().describe('Request changes, reject, and, unless you have, approve.'),
      approve: z.boolean(),
      bypass: z.boolean(),
      comment: z.boolean(),
      claim: z.boolean(),
      because: z.string().nullable().describe('Why you cannot decide.'),
    }),
  })
  .meta({ id: 'ReviewView' });
export type ReviewView = z.infer<typeof reviewView>;

type Rules = readonly KindRules[];
const labelOf = (rules: Rules, kind: string, gate: string): string =>
  rules.find((one) => one.kind === kind)?.gates[gate]?.label ?? gate;

/** A gate for one reader's inbox. */
export function presentInboxItem(item: InboxItem, rules: Rules, reader: string): InboxItemView {
  return {
    id: item.id,
    sessionId: item.sessionId,
    kind: item.kind as InboxItemView['kind'],
    gate: item.gate,
    gateLabel: labelOf(rules, item.kind, item.gate),
    status: item.status,
    title: item.name ?? item.missionPreview,
    missionPreview: item.missionPreview,
    projectName: item.projectName,
    owner: { id: item.ownerId, name: item.ownerName },
    mine: item.ownerId === reader,
    waitingSeconds: item.waitingSeconds,
    costUsd: item.costUsd,
    claimedBy: item.claimedBy === null ? null : { id: item.claimedBy, name: item.claimedByName ?? '' },
    claimedAt: iso(item.claimedAt),
    votes: item.votes,
    voted: item.voted,
    canDecide: item.leave.allowed,
    cannotDecideBecause: item.leave.allowed ? null : item.leave.reason,
    expiresAt: iso(item.expiresAt),
    decidedAt: iso(item.decidedAt),
    createdAt: iso(item.createdAt),
  };
}

/** A remark as it was written. @param authorName null when its author is gone */
export function presentComment(
  comment: ApprovalComment,
  authorName: string | null,
): z.infer<typeof commentView> {
  return {
    id: comment.id,
    sessionId: comment.sessionId,
    path: comment.artifactPath,
    sha256: comment.contentHash,
    lineStart: comment.lineStart,
    lineEnd: comment.lineEnd,
    quote: comment.quote,
    body: comment.body,
    author: comment.authorId === null ? null : { id: comment.authorId, name: authorName ?? '' },
    resolvedAt: iso(comment.resolvedAt),
    resolvedBy: comment.resolvedBy,
    createdAt: iso(comment.createdAt),
    updatedAt: iso(comment.updatedAt),
  };
}

/** A remark in what a gate shows. */
export function presentThread({ comment, authorName, now, outdated }: Thread, reader: string): ThreadView {
  return {
    ...presentComment(comment, authorName),
    now: now && { lineStart: now.start, lineEnd: now.end },
    outdated,
    mine: comment.authorId === reader,
  };
}

/** What holds at a gate, also in words. */
export function presentPolicy(gate: GatePolicy): z.infer<typeof policyView> {
  return {
    kind: gate.kind,
    gate: gate.gate,
    gateLabel: gate.gateLabel,
    policy: gate.policy,
    effective: gate.effective,
    words: policyInWords(gate.effective),
    isSet: gate.isSet,
    updatedBy: gate.updatedBy,
    updatedAt: iso(gate.updatedAt),
  };
}

/** A review for one reader. */
export function presentReview(review: Review, rules: Rules, reader: string): ReviewView {
  const { approval, session, threads, toComplete } = review;
  const shown = new Set(approval.artifacts.map(({ path }) => path));
  const effective: ApprovalPolicy = review.policy;
  const until = approval.decidedAt ?? new Date();
  return {
    approval: presentApproval(
      approval,
      rules.find(({ kind }) => kind === session.kind),
    ),
    session: {
      sessionId: session.sessionId,
      kind: session.kind,
      status: session.status,
      name: session.name,
      mission: session.userMission,
      projectName: session.projectName,
      revision: review.history.find((past) => past.approval.id === approval.id)?.revision ?? 1,
    },
    owner: review.owner,
    waitingSeconds: Math.max(0, Math.floor((until.getTime() - approval.createdAt.getTime()) / 1000)),
    artifacts: review.artifacts.map(({ shown: one, previous }) => ({ ...one, previous })),
    history: review.history.map(({ approval: past, decidedBy, votes, ...told }) => ({
      approvalId: past.id,
      gate: past.gate,
      gateLabel: labelOf(rules, session.kind, past.gate),
      status: past.status,
      artifacts: past.artifacts,
      decidedBy,
      decidedAt: iso(past.decidedAt),
      comment: past.comment,
      target: past.targetPhase,
      ...told,
      votes: votes.map((vote) => ({ ...vote, at: iso(vote.at) })),
      createdAt: iso(past.createdAt),
    })),
    threads: threads.map((thread) => presentThread(thread, reader)),
    openComments: threads.filter(
      ({ comment }) => comment.resolvedAt === null && shown.has(comment.artifactPath),
    ).length,
    cost: {
      usd: review.costUsd,
      toCompleteUsd: toComplete.medianUsd,
      fromMissions: toComplete.missions,
      phasesLeft: toComplete.phases,
    },
    policy: { effective, words: review.policyWords },
    votes: review.votes,
    claimedBy: review.claimedBy,
    claimedAt: iso(approval.claimedAt),
    can: {
      decide: review.decide.allowed,
      approve: review.decide.allowed && !review.voted,
      bypass: review.bypass,
      comment: review.comment,
      claim: review.decide.allowed,
      because: review.decide.allowed ? null : review.decide.reason,
    },
  };
}
