import { describe, expect, it } from '@jest/globals';
import { newId } from '../../core/ids.js';
import { inCanary } from './canary-share.js';

const MISSIONS = 20_000;

describe('the share of a canary', () => {
  const ids = Array.from({ length: MISSIONS }, () => newId());

  it.each([1, 5, 20, 50])('is %i of a hundred new missions, within chance', (percent) => {
    const taken = ids.filter((id) => inCanary({ id: 7, percent }, id)).length / MISSIONS;
    const share = percent / 100;
    // Five standard errors: one false alarm in some million runs.
    expect(Math.abs(taken - share)).toBeLessThan(5 * Math.sqrt((share * (1 - share)) / MISSIONS));
  });

  it('is the same for a mission however often one asks, and grows without letting go of anybody', () => {
    for (const id of ids.slice(0, 2000)) {
      const shares = [1, 10, 30, 50].map((percent) => inCanary({ id: 7, percent }, id));
      expect(shares).toEqual([1, 10, 30, 50].map((percent) => inCanary({ id: 7, percent }, id)));
      // Once in, always in for larger shares.
      for (const [n, taken] of shares.entries()) if (taken) expect(shares.slice(n)).not.toContain(false);
    }
  });

  it('is of other missions for another canary', () => {
    const both = ids.filter(
      (id) => inCanary({ id: 7, percent: 50 }, id) && inCanary({ id: 8, percent: 50 }, id),
    );
    expect(Math.abs(both.length / MISSIONS - 0.25)).toBeLessThan(5 * Math.sqrt((0.25 * 0.75) / MISSIONS));
  });
});
