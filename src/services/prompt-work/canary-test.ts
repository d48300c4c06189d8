import { rate, twoProportionZ, type Estimate } from '../../core/statistics.js';
import type { CanaryArm, Tally } from '../../db/repositories/canary-repository.js';

/**
 * Below this z a canary counts as significantly worse. The figures are looked at again and again while missions come
 * in, and each look at the usual 1.96 would be another chance to be fooled; with Haybittle's and Peto's boundary of 3
 * standard errors at every look, the chance of a false alarm stays small however often one looks (Haybittle 1971,
 * British Journal of Radiology 44; Peto et al. 1976, British Journal of Cancer 34).
 */
export const STOP_Z = -3;

export const CANARY_METRICS = ['qa_pass', 'first_review_approval'] as const;
export type CanaryMetric = (typeof CANARY_METRICS)[number];

/** One rate of both arms, compared by the pooled two-proportion z test. */
export interface CanaryComparison {
  metric: CanaryMetric;
  canary: Estimate;
  baseline: Estimate;
  /** How many standard errors the canary is above (or, negative, below) the baseline; null without trials. */
  z: number | null;
  /** Whether both arms have the least number of missions, so that a verdict may fall. */
  enough: boolean;
  worse: boolean;
}

/** Compares the arms of a canary. A rate with fewer than `minMissions` trials in either arm decides nothing. */
export function compareArms(
  arms: { canary: CanaryArm; baseline: CanaryArm },
  minMissions: number,
): CanaryComparison[] {
  const compare = (metric: CanaryMetric, of: (arm: CanaryArm) => Tally): CanaryComparison => {
    const [canary, baseline] = [of(arms.canary), of(arms.baseline)];
    const z = twoProportionZ(canary, baseline);
    const enough = canary.n >= minMissions && baseline.n >= minMissions;
    return {
      metric,
      canary: rate(canary.successes, canary.n),
      baseline: rate(baseline.successes, baseline.n),
      z,
      enough,
      worse: enough && z !== null && z <= STOP_Z,
    };
  };
  return [compare('qa_pass', ({ qa }) => qa), compare('first_review_approval', ({ approvals }) => approvals)];
}

const WORDS: Record<CanaryMetric, string> = {
  qa_pass: 'QA passed',
  first_review_approval: 'The first review approved',
};

/** Why a canary is stopped, in words. */
export function stopReason({ metric, canary, baseline, z }: CanaryComparison): string {
  const percent = ({ value }: Estimate): string => `${Math.round((value ?? 0) * 100)} %`;
  return (
    `Stopped by itself: ${WORDS[metric]} ${percent(canary)} of ${canary.n} missions against ${percent(baseline)} ` +
    `of ${baseline.n} (z = ${(z ?? 0).toFixed(2)}, the limit is ${STOP_Z}).`
  );
}
