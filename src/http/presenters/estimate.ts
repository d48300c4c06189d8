import { z } from 'zod';
import type { Estimate } from '../../core/statistics.js';

/** A figure of `n` observations with its 95 % interval; nulls where there are too few to say. */
export const estimateView = z
  .strictObject({
    n: z.number().int(),
    value: z.number().nullable(),
    low: z.number().nullable(),
    high: z.number().nullable(),
  })
  .meta({ id: 'EstimateView' });
export type EstimateView = z.infer<typeof estimateView>;

/** Rounded to 8 decimals: what is behind them is arithmetic's, not ours. */
export function presentEstimate({ n, value, low, high }: Estimate): EstimateView {
  return { n, value: rounded(value), low: rounded(low), high: rounded(high) };
}

const rounded = (value: number | null): number | null =>
  value === null ? null : Math.round(value * 1e8) / 1e8;
