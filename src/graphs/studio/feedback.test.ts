import { describe, expect, it } from '@jest/globals';
import type { GateVerdict } from '../../engine/graph-kind.js';
import { notesOf, wishesOf } from './feedback.js';

const verdict = (given: Partial<GateVerdict>): GateVerdict => ({
  decision: 'request_changes',
  artifacts: [],
  ...given,
});
const remark = { path: 'docs/prd.md', line: 7, quote: 'One\nTwo', text: 'Which?', author: 'Ann' };

describe('what an approver says', () => {
  it('is the comment and then each remark with the lines it stands on', () => {
    expect(wishesOf(verdict({ comment: 'Shorter.', remarks: [remark, { ...remark, line: null }] }))).toBe(
      [
        'Shorter.',
        'docs/prd.md, line 7:\n> One\n> Two\nAnn: Which?',
        'docs/prd.md, on lines that are gone:\n> One\n> Two\nAnn: Which?',
      ].join('\n\n'),
    );
  });

  it('is enough as remarks alone, and nothing where no changes were requested', () => {
    expect(wishesOf(verdict({ remarks: [remark] }))).toMatch(/^docs\/prd\.md, line 7:/);
    expect(wishesOf(verdict({ decision: 'approve', comment: 'Fine' }))).toBeUndefined();
    expect(wishesOf(null)).toBeUndefined();
  });

  it('is notes for those who build, when it came with an approval', () => {
    expect(notesOf(verdict({ decision: 'approve', comment: 'Keep it small' }))).toBe('Keep it small');
    expect(notesOf(verdict({ comment: 'Change it' }))).toBe('');
    expect(notesOf(null)).toBe('');
  });
});
