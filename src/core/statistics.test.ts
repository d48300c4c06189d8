import { describe, expect, it } from '@jest/globals';
import { mean, rate, t95, twoProportionZ } from './statistics.js';

describe('estimates', () => {
  it('give the textbook values of Wilson’s interval', () => {
    // Newcombe 1998, Statistics in Medicine 17, table I, method 3.
    for (const [successes, n, low, high] of [
      [81, 263, 0.2553, 0.3662],
      [15, 148, 0.0624, 0.1605],
      [0, 20, 0, 0.1611],
      [1, 29, 0.0061, 0.1718],
    ] as const) {
      const found = rate(successes, n);
      expect(found.low).toBeCloseTo(low, 4);
      expect(found.high).toBeCloseTo(high, 4);
      expect(found.value).toBe(successes / n);
    }
  });

  it('keep a rate within its bounds, and its value within its interval', () => {
    for (let n = 1; n <= 60; n += 1)
      for (let successes = 0; successes <= n; successes += 1) {
        const { value, low, high } = rate(successes, n);
        expect(low).toBeGreaterThanOrEqual(0);
        expect(high).toBeLessThanOrEqual(1);
        expect(low).toBeLessThanOrEqual(value ?? NaN);
        expect(high).toBeGreaterThanOrEqual(value ?? NaN);
      }
  });

  it('say nothing of no trials, and give no interval to a single value', () => {
    expect(rate(0, 0)).toEqual({ n: 0, value: null, low: null, high: null });
    expect(mean(0, null, null)).toEqual({ n: 0, value: null, low: null, high: null });
    expect(mean(1, 7, null)).toEqual({ n: 1, value: 7, low: null, high: null });
  });

  it('give the tabulated points of Student’s t, in the table and beyond it', () => {
    expect(t95(1)).toBeCloseTo(12.7062, 4);
    expect(t95(9)).toBeCloseTo(2.2622, 4);
    expect(t95(31)).toBeCloseTo(2.0395, 4);
    expect(t95(60)).toBeCloseTo(2.0003, 4);
    expect(t95(120)).toBeCloseTo(1.9799, 4);
    expect(t95(1_000_000)).toBeCloseTo(1.96, 4);
  });

  it('give a mean Student’s interval', () => {
    // 8, 10, 12: mean 10, s = 2, t(2) = 4.3027.
    const { low, high } = mean(3, 10, 2);
    expect(high).toBeCloseTo(10 + (4.3027 * 2) / Math.sqrt(3), 4);
    expect(low).toBeCloseTo(10 - (4.3027 * 2) / Math.sqrt(3), 4);
  });

  it('compare two rates by the pooled z, which is negative when the first is lower', () => {
    // 5 of 20 against 18 of 20: pooled 0.575, error 0.15633.
    expect(twoProportionZ({ successes: 5, n: 20 }, { successes: 18, n: 20 })).toBeCloseTo(-4.158, 3);
    expect(twoProportionZ({ successes: 18, n: 20 }, { successes: 5, n: 20 })).toBeCloseTo(4.158, 3);
    expect(twoProportionZ({ successes: 20, n: 20 }, { successes: 30, n: 30 })).toBe(0);
    expect(twoProportionZ({ successes: 0, n: 0 }, { successes: 30, n: 30 })).toBeNull();
  });
});
