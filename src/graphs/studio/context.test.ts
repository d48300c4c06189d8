import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { estimateTokens } from '../../adapters/llm/messages.js';
import { diffFiles, fitContext, fitFiles, keepFailures, keepHead, type Piece } from './context.js';
import { lineDiff } from '../../core/line-diff.js';

describe('a context', () => {
  const long = (letter: string, tokens: number) => letter.repeat(tokens * 4);

  it('that fits is left as it is, without its empty pieces', () => {
    expect(
      fitContext(
        [
          { tag: 'a', text: 'x' },
          { tag: 'b', text: ' ' },
          { tag: 'c', text: 'y' },
        ],
        100,
      ),
    ).toEqual([
      { tag: 'a', text: 'x' },
      { tag: 'c', text: 'y' },
    ]);
  });

  it('that is too long is cut where it may be, in the order in which pieces give way', () => {
    const pieces: Piece[] = [
      { tag: 'mission', text: long('m', 500) },
      { tag: 'map', text: long('p', 1000), trim: keepHead, yields: 2 },
      { tag: 'diff', text: long('d', 1000), trim: keepHead, yields: 1 },
    ];
    const size = (budget: number) =>
      fitContext(pieces, budget).map(({ tag, text }) => [tag, Math.round(estimateTokens(text) / 100)]);
    expect(size(2000)).toEqual([
      ['mission', 5],
      ['map', 10],
      ['diff', 5],
    ]);
    expect(size(1000)).toEqual([
      ['mission', 5],
      ['map', 3],
      ['diff', 2],
    ]);
  });

  it('stays within its budget whatever it is given, as long as pieces can give way', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(3), fc.string({ maxLength: 9000 })), { minLength: 1, maxLength: 5 }),
        (parts) => {
          const pieces = parts.map(([yields, text], n) => ({
            tag: `t${n}`,
            text: `error ${text}`,
            yields,
            trim: n % 2 === 0 ? keepHead : keepFailures,
          }));
          const total = fitContext(pieces, 1500).reduce((sum, { text }) => sum + estimateTokens(text), 0);
          expect(total).toBeLessThanOrEqual(1500 + pieces.length);
        },
      ),
    );
  });
});

describe('a failing output', () => {
  it('is cut down to what stands around its failures', () => {
    const noise = Array.from({ length: 2000 }, (_value, n) => `ok ${n} - passes`);
    noise.splice(1200, 0, 'not ok 7 - AC1.1 adds', '  expected: 5', '  actual: -1', '  at src/sum.js:3:9');
    const cut = keepFailures(['# Bug report', ...noise].join('\n'), 300);
    expect(estimateTokens(cut)).toBeLessThanOrEqual(300);
    expect(cut).toContain('# Bug report');
    expect(cut).toContain('not ok 7 - AC1.1 adds\n  expected: 5\n  actual: -1\n  at src/sum.js:3:9');
    expect(cut).toMatch(/… \(\d{4} lines left out\)/);
  });

  it('that is short stays whole', () => {
    expect(keepFailures('ok\nnot ok', 100)).toBe('ok\nnot ok');
  });
});

describe('files for a model', () => {
  it('are shown whole or not at all', () => {
    const file = (path: string, size: number) => ({ path, content: 'x'.repeat(size) });
    const { shown, left } = fitFiles([file('a', 400), file('b', 4000), file('c', 400)], 300);
    expect([shown.map(({ path }) => path), left]).toEqual([['a', 'c'], ['b']]);
  });
});

describe('a difference', () => {
  it('shows what was changed, added and deleted', () => {
    const before = new Map([
      ['a.js', '1\n2\n3\n4\n5\n6\n7\n8\n9\n'],
      ['gone.js', 'x'],
      ['same.js', 'x'],
    ]);
    const after = new Map([
      ['a.js', '1\n2\n3\n4\nfive\n6\n7\n8\n9\n'],
      ['new.js', 'x\ny'],
      ['same.js', 'x'],
    ]);
    expect(diffFiles(before, after)).toBe(
      '--- a.js\n@@ -2 +2 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n--- gone.js\n(deleted)\n--- new.js\n(new, 2 lines)',
    );
  });

  it('of any two texts leads from one to the other', () => {
    const text = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 6 }).map((lines) => lines.join('\n'));
    fc.assert(
      fc.property(text, text, (before, after) => {
        const lines = lineDiff(before, after)
          .split('\n')
          .filter((line) => line !== '' && !line.startsWith('@@'));
        const count = (kinds: string) => lines.filter((line) => kinds.includes(line[0] ?? '')).length;
        const removed = count('-');
        const added = count('+');
        expect(after.split('\n').length - before.split('\n').length).toBe(added - removed);
        expect(removed + added === 0).toBe(before === after);
      }),
    );
  });
});
