import { z } from 'zod';
import { ACTIVATION_REASONS } from '../../core/vocabulary.js';
import type { ActivationRecord } from '../../db/repositories/prompt-repository.js';
import type { PromptDiff } from '../../services/prompt-work/diff.js';
import type { VersionOutcome } from '../../services/prompt-work/outcomes.js';
import { estimateView, presentEstimate } from './estimate.js';
import { iso, time } from './time.js';

const ref = z.strictObject({ id: z.number().int(), version: z.number().int() });
const value = z.union([z.string(), z.number()]).nullable();

/** One change of what is active. */
export const activationView = z
  .strictObject({
    id: z.number().int(),
    version: ref,
    previous: ref.nullable(),
    reason: z.enum(ACTIVATION_REASONS),
    by: z.string().nullable(),
    byName: z.string().nullable(),
    createdAt: time,
  })
  .meta({ id: 'PromptActivationView' });
export type ActivationView = z.infer<typeof activationView>;

/** Two versions laid over each other: kept and removed parts make `a`, kept and added ones `b`. */
export const promptDiffView = z
  .strictObject({
    a: ref,
    b: ref,
    unit: z.enum(['words', 'lines']),
    parts: z.array(z.strictObject({ type: z.enum(['same', 'added', 'removed']), text: z.string() })),
    variables: z.strictObject({ added: z.array(z.string()), removed: z.array(z.string()) }),
    modelSettings: z.array(z.strictObject({ setting: z.string(), before: value, after: value })),
  })
  .meta({ id: 'PromptDiffView' });
export type PromptDiffView = z.infer<typeof promptDiffView>;

/** What came of the missions that a version was given to. Rates are 0 to 1. */
export const outcomeView = z
  .strictObject({
    versionId: z.number().int(),
    version: z.number().int(),
    isActive: z.boolean(),
    note: z.string().nullable(),
    missions: z.number().int(),
    canaryMissions: z.number().int(),
    endedMissions: z.number().int(),
    firstReviewApproval: estimateView,
    qaPass: estimateView,
    iterations: estimateView,
    tokens: estimateView.describe('Of a whole ended mission.'),
    costUsd: estimateView.describe('Of a whole ended mission.'),
    agentTokens: estimateView.describe('Of the calls with this version in an ended mission.'),
    agentCostUsd: estimateView.describe('Of the calls with this version in an ended mission.'),
    unpricedCalls: z.number().int().describe('Calls whose price nobody knows; not in the cost.'),
    p50Seconds: z.number().nullable(),
    p95Seconds: estimateView.describe(
      'Seconds in which runs worked on an ended mission; waiting is not in it.',
    ),
  })
  .meta({ id: 'PromptOutcomeView' });
export type OutcomeView = z.infer<typeof outcomeView>;

export function presentActivation(found: ActivationRecord): ActivationView {
  const { id, reason, versionId, versionNumber, previousVersionId, previousVersionNumber } = found;
  return {
    id,
    version: { id: versionId, version: versionNumber },
    previous:
      previousVersionId === null || previousVersionNumber === null
        ? null
        : { id: previousVersionId, version: previousVersionNumber },
    reason,
    by: found.userId,
    byName: found.userName,
    createdAt: iso(found.createdAt),
  };
}

/** @param a the version that `diff` begins with, @param b the one it ends with */
export function presentDiff(
  a: { id: number; versionNumber: number },
  b: { id: number; versionNumber: number },
  diff: PromptDiff,
): PromptDiffView {
  return {
    a: { id: a.id, version: a.versionNumber },
    b: { id: b.id, version: b.versionNumber },
    ...diff,
  };
}

export function presentOutcome(found: VersionOutcome): OutcomeView {
  const { version } = found;
  return {
    versionId: version.id,
    version: version.versionNumber,
    isActive: version.isActive,
    note: version.note,
    missions: found.missions,
    canaryMissions: found.canaryMissions,
    endedMissions: found.ended,
    firstReviewApproval: presentEstimate(found.firstReviewApproval),
    qaPass: presentEstimate(found.qaPass),
    iterations: presentEstimate(found.iterations),
    tokens: presentEstimate(found.tokens),
    costUsd: presentEstimate(found.costUsd),
    agentTokens: presentEstimate(found.agentTokens),
    agentCostUsd: presentEstimate(found.agentCostUsd),
    unpricedCalls: found.unpricedCalls,
    p50Seconds: found.p50Seconds,
    p95Seconds: presentEstimate(found.p95Seconds),
  };
}
