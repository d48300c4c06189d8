import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { backoffMs } from './model-retry.js';

describe('the wait before another try', () => {
  it('grows fourfold from half a second to half a minute, and half of it is random', () => {
    expect([1, 2, 3, 4, 9].map((failures) => backoffMs(failures, undefined, 500, 1))).toEqual([
      500, 2000, 8000, 30_000, 30_000,
    ]);
    expect([1, 2, 3].map((failures) => backoffMs(failures, undefined, 500, 0))).toEqual([250, 1000, 4000]);
  });

  it('is never shorter than the provider asked for', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.nat(100_000), (failures, asked) => {
        expect(backoffMs(failures, asked)).toBeGreaterThanOrEqual(asked);
      }),
    );
  });
});
