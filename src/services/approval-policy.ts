import { z } from 'zod';
import { TIMEOUT_ACTIONS, type ApprovalStatus, type UserRole } from '../core/vocabulary.js';
import type { ShownArtifact } from '../db/entities/approval.js';
import { sha256 } from '../core/hash.js';
import { isAtLeast } from './visibility.js';

/** Roles that a policy can let decide: those that read what the team does. */
const DECIDING_ROLES = ['approver', 'admin'] as const;

/** An hour count: from seconds, for trials, to a year. */
const hours = z
  .number()
  .min(0.0001)
  .max(24 * 365);

/** Everything a policy says of one gate. */
export const approvalPolicy = z.strictObject({
  /** Any of these roles may decide. */
  roles: z.array(z.enum(DECIDING_ROLES)).max(2),
  /** So may these people, by id; they must be approvers or administrators, or they could not read. */
  users: z.array(z.string().min(1).max(64)).max(100),
  /** How many different people have to approve. One "reject" or "request changes" decides at once. */
  approvals: z.number().int().min(1).max(20),
  /** Whether the owner of the mission may decide; null: the setting `allowSelfApproval` says. */
  allowSelfApproval: z.boolean().nullable(),
  /** How long a gate waits; null: the setting `gateTtlHours` says. */
  timeoutHours: hours.nullable(),
  /** What happens then. */
  onTimeout: z.enum(TIMEOUT_ACTIONS),
  /** After how long people are reminded, once; null: never. */
  remindAfterHours: hours.nullable(),
  /** Whether an administrator may decide past this policy, with a reason, which the audit keeps. */
  allowBypass: z.boolean(),
});
export type ApprovalPolicy = z.infer<typeof approvalPolicy>;

/** What holds for gates that nobody has set a policy for. */
export const DEFAULT_POLICY: ApprovalPolicy = {
  roles: ['approver', 'admin'],
  users: [],
  approvals: 1,
  allowSelfApproval: null,
  timeoutHours: null,
  onTimeout: 'expire',
  remindAfterHours: 24,
  allowBypass: true,
};

/** A policy with the settings filled in. */
export interface EffectivePolicy extends ApprovalPolicy {
  allowSelfApproval: boolean;
  timeoutHours: number;
}

/** Whether somebody may, and if not, why, in words. */
export type Leave = { allowed: true } | { allowed: false; reason: string };

/**
 * Whether the caller may decide at a gate with this policy.
 * @param owner the id of the mission's user
 */
export function mayDecide(
  policy: EffectivePolicy,
  caller: { userId: string; role: UserRole },
  owner: string,
): Leave {
  if (caller.userId === owner) {
    if (!policy.allowSelfApproval)
      return {
        allowed: false,
        reason: 'It is your own mission, and the policy wants somebody else to decide.',
      };
    if (isAtLeast(caller.role, 'submitter')) return { allowed: true };
    return { allowed: false, reason: `Your role "${caller.role}" only reads.` };
  }
  if (policy.users.includes(caller.userId) && isAtLeast(caller.role, 'approver')) return { allowed: true };
  if (policy.roles.some((role) => role === caller.role)) return { allowed: true };
  return { allowed: false, reason: `The policy lets ${whoWords(policy)} decide; you are ${caller.role}.` };
}

/**
 * The votes that count at a gate: for exactly what it shows, and, while it waits, of people who may decide it still. Whoever
 * has lost their role or account since counts no more; what a closed gate was decided by stays as it was.
 * @param owner the id of the mission's user
 */
export function standingVotes<Vote extends { userId: string; role: UserRole | null; shownHash: string }>(
  votes: readonly Vote[],
  gate: { artifacts: readonly Pick<ShownArtifact, 'path' | 'sha256'>[]; status: ApprovalStatus },
  policy: EffectivePolicy,
  owner: string,
): Vote[] {
  const shown = shownHash(gate.artifacts);
  const may = ({ userId, role }: Vote): boolean =>
    gate.status !== 'pending' || (role !== null && mayDecide(policy, { userId, role }, owner).allowed);
  return votes.filter((vote) => vote.shownHash === shown && may(vote));
}

/** Whether the caller may decide past the policy. */
export function mayBypass(policy: EffectivePolicy, caller: { role: UserRole }): boolean {
  return policy.allowBypass && caller.role === 'admin';
}

/** The policy in sentences for people. */
export function policyInWords(policy: EffectivePolicy): string[] {
  const self = policy.allowSelfApproval ? 'The owner may decide, too.' : 'The owner may not decide.';
  const number =
    policy.approvals === 1
      ? 'One approval is enough.'
      : `${policy.approvals} people have to approve the same documents; one rejection or request for changes decides.`;
  const after = {
    expire: 'the mission expires and can be retried',
    reject: 'the mission is rejected',
    approve: 'it counts as approved',
    remind: 'people are reminded, and it goes on waiting',
  }[policy.onTimeout];
  return [
    `${capital(whoWords(policy))} may decide.`,
    self,
    number,
    `After ${hourWords(policy.timeoutHours)} without a decision ${after}.`,
    ...(policy.remindAfterHours === null
      ? []
      : [`A reminder goes out after ${hourWords(policy.remindAfterHours)}.`]),
    ...(policy.allowBypass ? ['An administrator may decide past these rules, with a reason.'] : []),
  ];
}

/** One hash for all that a gate shows: a vote counts for it and nothing else. */
export function shownHash(artifacts: readonly Pick<ShownArtifact, 'path' | 'sha256'>[]): string {
  const lines = artifacts.map(({ path, sha256: hash }) => JSON.stringify([path, hash]));
  return sha256(lines.toSorted().join('\n'));
}

function whoWords({ roles, users }: ApprovalPolicy): string {
  const parts: string[] = roles.map((role) => (role === 'admin' ? 'administrators' : 'approvers'));
  if (users.length > 0) parts.push(`${users.length} named ${users.length === 1 ? 'person' : 'people'}`);
  return parts.length === 0 ? 'nobody but the owner' : parts.join(' and ');
}

function hourWords(hours: number): string {
  const [amount, unit] =
    hours < 1 ? [hours * 60, 'minute'] : hours < 48 ? [hours, 'hour'] : [hours / 24, 'day'];
  const shown = Math.round(amount * 10) / 10;
  return `${shown} ${unit}${shown === 1 ? '' : 's'}`;
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
