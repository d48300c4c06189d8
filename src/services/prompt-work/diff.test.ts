import { describe, expect, it } from '@jest/globals';
import type { PromptVersion } from '../../db/entities/prompt-version.js';
import { PromptVersion as Version } from '../../db/entities/prompt-version.js';
import { promptOf } from '../../testing/prompt-drafts.js';
import { diffPrompts } from './diff.js';

const versionOf = (
  body: string,
  variables: string[] = [],
  modelSettings: PromptVersion['modelSettings'] = {},
): PromptVersion =>
  Object.assign(new Version(), { promptContent: promptOf('pm', body, variables), modelSettings });

describe('the difference of two versions', () => {
  it('is told word by word, and both texts can be read from it', () => {
    const a = versionOf('Write a short PRD, with criteria.');
    const b = versionOf('Write a very short PRD, with numbered criteria.');
    const { unit, parts } = diffPrompts(a, b);
    expect(unit).toBe('words');
    const textOf = (other: string) =>
      parts
        .filter(({ type }) => type === 'same' || type === other)
        .map(({ text }) => text)
        .join('');
    expect(textOf('removed')).toBe(a.promptContent);
    expect(textOf('added')).toBe(b.promptContent);
    expect(parts.filter(({ type }) => type === 'removed')).toEqual([]);
    expect(parts.filter(({ type }) => type === 'added').map(({ text }) => text.trim())).toEqual([
      'very',
      'numbered',
    ]);
  });

  it('names variables and model settings that differ', () => {
    const a = versionOf('{{tone}}', ['tone'], { provider: 'anthropic', model: 'one', timeoutMs: null });
    const b = versionOf('{{language}}', ['language'], {
      provider: 'anthropic',
      model: 'two',
      maxOutputTokens: 900,
    });
    expect(diffPrompts(a, b)).toMatchObject({
      variables: { added: ['language'], removed: ['tone'] },
      modelSettings: [
        { setting: 'model', before: 'one', after: 'two' },
        { setting: 'maxOutputTokens', before: null, after: 900 },
      ],
    });
    expect(diffPrompts(a, a)).toMatchObject({
      parts: [{ type: 'same', text: a.promptContent }],
      variables: { added: [], removed: [] },
      modelSettings: [],
    });
  });

  it('of long texts with nothing in common still comes, whole', () => {
    const words = (seed: number) =>
      Array.from({ length: 20_000 }, (_, n) => `w${(n * seed) % 7919}x${seed}`).join(' ');
    const [a, b] = [versionOf(words(3)), versionOf(words(5))];
    const { parts } = diffPrompts(a, b);
    expect(
      parts
        .filter(({ type }) => type !== 'removed')
        .map(({ text }) => text)
        .join(''),
    ).toBe(b.promptContent);
  });
});
