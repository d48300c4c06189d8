import { describe, expect, it } from '@jest/globals';
import { branchName } from './branch.js';

describe('the name of a branch', () => {
  it.each([
    ['Add two numbers', 'atelier/6789abcd-add-two-numbers'],
    ['Größe: ../../etc/passwd @{-1} ~^:?*[\\ .lock', 'atelier/6789abcd-gro-e-etc-passwd-1-lock'],
    ['日本語', 'atelier/6789abcd'],
    [`${'x'.repeat(39)} y`, `atelier/6789abcd-${'x'.repeat(39)}`],
  ])('of %j is %s', (mission, name) => {
    expect(branchName({ sessionId: '01890000-0000-7000-8000-12346789abcd', mission })).toBe(name);
  });
});
