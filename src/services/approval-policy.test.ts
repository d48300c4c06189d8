import { describe, expect, it } from '@jest/globals';
import {
  DEFAULT_POLICY,
  mayDecide,
  policyInWords,
  shownHash,
  type EffectivePolicy,
} from './approval-policy.js';

const policy = (given: Partial<EffectivePolicy> = {}): EffectivePolicy => ({
  ...DEFAULT_POLICY,
  allowSelfApproval: true,
  timeoutHours: 168,
  ...given,
});
const person = (role: 'viewer' | 'submitter' | 'approver' | 'admin', userId = 'somebody') => ({
  userId,
  role,
});

describe('a policy', () => {
  it.each([
    ['an approver', person('approver'), policy(), true],
    ['an administrator', person('admin'), policy(), true],
    ['a submitter who is not the owner', person('submitter'), policy(), false],
    ['the owner where that is allowed', person('submitter', 'owner'), policy(), true],
    ['an owner who only reads', person('viewer', 'owner'), policy(), false],
    ['the owner where it is not', person('admin', 'owner'), policy({ allowSelfApproval: false }), false],
    ['an approver where administrators decide', person('approver'), policy({ roles: ['admin'] }), false],
    ['a named approver there', person('approver'), policy({ roles: ['admin'], users: ['somebody'] }), true],
    ['a named person who lost the role', person('submitter'), policy({ users: ['somebody'] }), false],
    [
      'the owner, named, where self-approval is off',
      person('approver', 'owner'),
      policy({ users: ['owner'], allowSelfApproval: false }),
      false,
    ],
  ])('answers for %s', (_, caller, given, allowed) => {
    expect(mayDecide(given, caller, 'owner').allowed).toBe(allowed);
  });

  it('tells in words what it asks', () => {
    expect(
      policyInWords(policy({ approvals: 2, allowSelfApproval: false, timeoutHours: 1, onTimeout: 'reject' })),
    ).toEqual([
      'Approvers and administrators may decide.',
      'The owner may not decide.',
      '2 people have to approve the same documents; one rejection or request for changes decides.',
      'After 1 hour without a decision the mission is rejected.',
      'A reminder goes out after 24 hours.',
      'An administrator may decide past these rules, with a reason.',
    ]);
  });

  it('counts votes by what was shown, in any order, and by its paths', () => {
    const a = { path: 'a', sha256: '1' };
    const b = { path: 'b', sha256: '2' };
    expect(shownHash([a, b])).toBe(shownHash([b, a]));
    expect(shownHash([a, b])).not.toBe(
      shownHash([
        { ...a, sha256: '2' },
        { ...b, sha256: '1' },
      ]),
    );
  });
});
