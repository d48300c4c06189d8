/**
 * Figures with how sure one can be of them. Formulas and sources:
 *
 * - Rates: Wilson's score interval (Wilson 1927; NIST/SEMATECH e-Handbook 7.2.4.1). It holds for few trials and for
 *   rates near 0 and 1, where the textbook interval does not.
 * - Means: Student's t interval, mean ± t(n-1) · s/√n (e-Handbook 7.2.2.1).
 * - Percentiles: the order statistics at p ± z · √(p(1-p)/n) (Conover 1999, 3.2), free of any assumed distribution.
 * - Two rates: the pooled two-proportion z test (e-Handbook 7.3.3).
 */

/** A figure of `n` observations with its 95 % interval. Null where there are too few to say. */
export interface Estimate {
  n: number;
  value: number | null;
  low: number | null;
  high: number | null;
}

/** The standard normal's 97.5 % point: what makes an interval one of 95 %. */
export const Z95 = 1.959964;

/** Two-sided 95 % points of Student's t for 1 to 30 degrees of freedom. */
const T95 = [
  12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.306, 2.2622, 2.2281, 2.201, 2.1788, 2.1604,
  2.1448, 2.1314, 2.1199, 2.1098, 2.1009, 2.093, 2.086, 2.0796, 2.0739, 2.0687, 2.0639, 2.0595, 2.0555,
  2.0518, 2.0484, 2.0452, 2.0423,
];

/** The two-sided 95 % point of Student's t; beyond the table by Cornish and Fisher's expansion, exact to 4 places. */
export function t95(degrees: number): number {
  const listed = T95[degrees - 1];
  if (listed !== undefined) return listed;
  const z = Z95;
  return (
    z +
    (z ** 3 + z) / (4 * degrees) +
    (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * degrees ** 2) +
    (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / (384 * degrees ** 3)
  );
}

/** A rate of successes, 0 to 1, with Wilson's interval. */
export function rate(successes: number, n: number): Estimate {
  if (n === 0) return { n, value: null, low: null, high: null };
  const p = successes / n;
  const z2 = Z95 ** 2;
  const middle = (p + z2 / (2 * n)) / (1 + z2 / n);
  const half = (Z95 / (1 + z2 / n)) * Math.sqrt((p * (1 - p)) / n + z2 / (4 * n ** 2));
  // At 0 and 1 the bound is exact; arithmetic would miss it by an ulp.
  return {
    n,
    value: p,
    low: successes === 0 ? 0 : Math.max(0, middle - half),
    high: successes === n ? 1 : Math.min(1, middle + half),
  };
}

/** A mean with Student's t interval, from the sample's standard deviation. */
export function mean(n: number, average: number | null, deviation: number | null): Estimate {
  if (n === 0 || average === null) return { n, value: null, low: null, high: null };
  if (n === 1 || deviation === null) return { n, value: average, low: null, high: null };
  const half = (t95(n - 1) * deviation) / Math.sqrt(n);
  return { n, value: average, low: average - half, high: average + half };
}

/**
 * How much lower the first rate is than the second, in standard errors: the pooled two-proportion z. Negative when
 * it is lower; null when either has no trials. Two rates that are both 0 or both 1 do not differ.
 */
export function twoProportionZ(
  first: { successes: number; n: number },
  second: { successes: number; n: number },
): number | null {
  if (first.n === 0 || second.n === 0) return null;
  const pooled = (first.successes + second.successes) / (first.n + second.n);
  const error = Math.sqrt(pooled * (1 - pooled) * (1 / first.n + 1 / second.n));
  if (error === 0) return 0;
  return (first.successes / first.n - second.successes / second.n) / error;
}
