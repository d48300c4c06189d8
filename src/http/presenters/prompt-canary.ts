import { z } from 'zod';
import { CANARY_STATUSES } from '../../core/vocabulary.js';
import type { PromptCanary } from '../../db/entities/prompt-canary.js';
import { CANARY_METRICS, STOP_Z } from '../../services/prompt-work/canary-test.js';
import type { CanaryReport } from '../../services/prompt-work/canaries.js';
import { estimateView, presentEstimate } from './estimate.js';
import { iso, time } from './time.js';

const canary = {
  id: z.number().int(),
  profile: z.string(),
  versionId: z.number().int(),
  baselineVersionId: z.number().int(),
  percent: z.number().int(),
  autoStop: z.boolean(),
  minMissions: z.number().int(),
  status: z.enum(CANARY_STATUSES),
  reason: z.string().nullable(),
  startedBy: z.string().nullable(),
  startedAt: time,
  endedBy: z.string().nullable(),
  endedAt: time.nullable(),
};

/** A canary in a list. */
export const canaryView = z.strictObject(canary).meta({ id: 'CanaryView' });
export type CanaryView = z.infer<typeof canaryView>;

const arm = z.strictObject({ versionId: z.number().int(), missions: z.number().int() });

/** A canary with both arms in figures. */
export const canaryReportView = z
  .strictObject({
    ...canary,
    arms: z.strictObject({ canary: arm, baseline: arm }),
    comparisons: z.array(
      z.strictObject({
        metric: z.enum(CANARY_METRICS),
        canary: estimateView,
        baseline: estimateView,
        z: z.number().nullable().describe('Standard errors by which the canary is above the baseline.'),
        stopAtZ: z.number(),
        enough: z
          .boolean()
          .describe('Whether both arms have `minMissions` results, so that a verdict may fall.'),
        worse: z.boolean(),
      }),
    ),
  })
  .meta({ id: 'CanaryReportView' });
export type CanaryReportView = z.infer<typeof canaryReportView>;

/** A canary as it stands. */
export function presentCanary(found: PromptCanary): CanaryView {
  const { id, versionId, baselineVersionId, percent, autoStop, minMissions, status, reason } = found;
  return {
    ...{ id, profile: found.profileName, versionId, baselineVersionId, percent, autoStop, minMissions },
    ...{ status, reason, startedBy: found.startedBy, endedBy: found.endedBy },
    startedAt: iso(found.startedAt),
    endedAt: iso(found.endedAt),
  };
}

/** A canary with its arms and what the test says of them. */
export function presentCanaryReport({ canary: found, arms, comparisons }: CanaryReport): CanaryReportView {
  const armOf = ({ versionId, missions }: CanaryReport['arms']['canary']) => ({ versionId, missions });
  return {
    ...presentCanary(found),
    arms: { canary: armOf(arms.canary), baseline: armOf(arms.baseline) },
    comparisons: comparisons.map((one) => ({
      metric: one.metric,
      canary: presentEstimate(one.canary),
      baseline: presentEstimate(one.baseline),
      z: one.z === null ? null : Math.round(one.z * 1e4) / 1e4,
      stopAtZ: STOP_Z,
      enough: one.enough,
      worse: one.worse,
    })),
  };
}
