import { describe, expect, it } from '@jest/globals';
import { moveLines, quoteLines } from './line-anchor.js';

const text = '# Title\n\nOne\nTwo\nThree\n';

describe('lines of a document', () => {
  it.each([
    ['stay where nothing changed', text, { start: 3, end: 4 }],
    [
      'move down with what came before them',
      `# Title\n\nA new paragraph\n\nOne\nTwo\nThree\n`,
      { start: 5, end: 6 },
    ],
    ['move up when lines before them went', 'One\nTwo\nThree\n', { start: 1, end: 2 }],
    ['take in what came between them', '# Title\n\nOne\nOne and a half\nTwo\nThree\n', { start: 3, end: 5 }],
    ['are found although the line ends changed', text.replaceAll('\n', '\r\n'), { start: 3, end: 4 }],
  ])('%s', (_, after, expected) => {
    expect(moveLines(text, after, { start: 3, end: 4 })).toEqual(expected);
  });

  it.each([
    ['one of them was changed', '# Title\n\nOne\nTwo, but better\nThree\n'],
    ['one of them was removed', '# Title\n\nTwo\nThree\n'],
    ['all of it was replaced', 'Something else'],
    ['the document is empty now', ''],
  ])('are gone when %s', (_, after) => {
    expect(moveLines(text, after, { start: 3, end: 4 })).toBeNull();
  });

  it('are gone when they were never there', () => {
    expect(moveLines(text, `${text}Four\n`, { start: 9, end: 9 })).toBeNull();
  });

  it('are quoted as they stand, and not beyond the end', () => {
    expect(quoteLines(text, { start: 3, end: 4 })).toBe('One\nTwo');
    expect(quoteLines(text, { start: 5, end: 6 })).toBeNull();
  });
});
