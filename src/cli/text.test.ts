import { describe, expect, it } from '@jest/globals';
import { bytes, cutTo, duration, manyLines, oneLine, padTo, plural, table, widthOf, wrap } from './text.js';

describe('text for terminals', () => {
  it('lets nobody else’s text move the cursor, change colours or turn the reading direction', () => {
    expect(oneLine('red \u001B[31malert\u001B[0m\u0007 \u202Eevil\u2066 \u009B2J')).toBe(
      'red [31malert[0m evil 2J',
    );
    expect(oneLine('two\r\nlines\tand\u2028more')).toBe('two lines and more');
    expect(manyLines('kept\n\tas it is\r\nbut no \u001B]0;title\u0007')).toBe(
      'kept\n\tas it is\nbut no ]0;title',
    );
  });

  it('measures columns, not characters: wide ones count twice, marks and styles not at all', () => {
    expect(widthOf('設計')).toBe(4);
    expect(widthOf('e\u0301')).toBe(1);
    expect(widthOf('👩‍👩‍👧')).toBe(2);
    expect(widthOf('\u001B[32mgreen\u001B[39m')).toBe(5);
  });

  it('cuts to so many columns and never through the middle of a character', () => {
    expect(cutTo('short', 10)).toBe('short');
    expect(cutTo('exactly10!', 10)).toBe('exactly10!');
    expect(cutTo('eleven char', 10)).toBe('eleven ch…');
    expect(cutTo('設計設計', 4)).toBe('設…');
    expect(cutTo('anything', 0)).toBe('');
  });

  it('pads by columns', () => {
    expect(padTo('設', 4)).toBe('設  ');
    expect(padTo('long enough', 4)).toBe('long enough');
  });

  it('says durations as people do', () => {
    expect([0, 0.44, 9.94, 9.96, 59.4, 59.6, 61, 3600, 7860].map(duration)).toEqual([
      '0.0 s',
      '0.4 s',
      '9.9 s',
      '10 s',
      '59 s',
      '1 min 00 s',
      '1 min 01 s',
      '1 h 00 min',
      '2 h 11 min',
    ]);
  });

  it('says sizes and numbers as people do', () => {
    expect([0, 999, 1000, 123_456, 2_500_000_000].map(bytes)).toEqual([
      '0 B',
      '999 B',
      '1.0 kB',
      '123 kB',
      '2.5 GB',
    ]);
    expect([plural(1, 'test'), plural(1200, 'test')]).toEqual(['1 test', '1,200 tests']);
  });

  it('aligns a table and cuts only its last column for the terminal’s width', () => {
    const rows = [
      ['a', 'the first one is long'],
      ['設計', 'b'],
    ];
    expect(table(['ID', 'TEXT'], rows, 20)).toEqual(['ID    TEXT', 'a     the first one…', '設計  b']);
    expect(table(['ID', 'TEXT'], rows, Infinity)[1]).toBe('a     the first one is long');
  });

  it('breaks a sentence at blanks, and a list item under its first word', () => {
    expect(wrap('- one two three four', 12)).toEqual(['- one two', '  three four']);
    expect(wrap('averyveryverylongword and', 8)).toEqual(['averyveryverylongword', 'and']);
    expect(wrap('', 8)).toEqual(['']);
  });
});
