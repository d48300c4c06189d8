import { describe, expect, it } from '@jest/globals';
import type { SqlValue } from 'sql.js';
import { SourceRow } from './source-row.js';

const row = (value: SqlValue) => new SourceRow(new Map([['c', value]]));

describe('a row of a SQLite file', () => {
  it.each<[SqlValue, string]>([
    ['2025-03-01 12:30:45', '2025-03-01T12:30:45.000Z'],
    ['2025-03-01 12:30:45.123456', '2025-03-01T12:30:45.123Z'],
    ['2025-03-01 12:30', '2025-03-01T12:30:00.000Z'],
    ['2025-03-01', '2025-03-01T00:00:00.000Z'],
    ['2025-03-01T12:30:45Z', '2025-03-01T12:30:45.000Z'],
    ['2025-03-01T12:30:45.5+02:00', '2025-03-01T10:30:45.500Z'],
    ['2025-03-01T12:30:45-0530', '2025-03-01T18:00:45.000Z'],
    [1_740_832_245, '2025-03-01T12:30:45.000Z'],
    [1_740_832_245.25, '2025-03-01T12:30:45.250Z'],
    [1_740_832_245_123, '2025-03-01T12:30:45.123Z'],
    ['1740832245', '2025-03-01T12:30:45.000Z'],
  ])('reads the time %s as %s', (value, expected) => {
    expect(row(value).time('c')?.toISOString()).toBe(expected);
  });

  it.each<SqlValue>([
    'yesterday',
    '2025-02-30 10:00:00',
    '2025-13-01',
    '2025-03-01 25:00:00',
    '',
    -5,
    '12:30',
  ])('refuses %p as a time', (value) => {
    expect(() => row(value).time('c')).toThrow('c: ');
  });

  it('reads booleans from 0 and 1 and from words, and refuses the rest', () => {
    expect([1, '1', 'true', 'T'].map((value) => row(value).boolean('c'))).toEqual([true, true, true, true]);
    expect([0, '0', 'false', null].map((value) => row(value).boolean('c'))).toEqual([
      false,
      false,
      false,
      false,
    ]);
    expect(() => row(2).boolean('c')).toThrow('c: "2" is not 0 or 1');
  });

  it('reads JSON objects, and refuses what is no JSON or no object', () => {
    expect(row('{"a":[1]}').json('c')).toEqual({ a: [1] });
    expect([null, '', ' ', 'null'].map((value) => row(value).json('c'))).toEqual([null, null, null, null]);
    expect(() => row('{a:1}').json('c')).toThrow('c: is not JSON');
    expect(() => row('[1]').json('c')).toThrow('c: is JSON, but not an object');
  });

  it('reads whole numbers within what an integer column holds', () => {
    expect([row(7), row('7'), row(7.0), row(null)].map((one) => one.integer('c', 3))).toEqual([7, 7, 7, 3]);
    for (const value of [1.5, -1, 2 ** 31, 'seven', ''])
      expect(() => row(value).integer('c', 0)).toThrow('c: ');
  });

  it('reads a BLOB as text where it is UTF-8, and refuses it where it is not', () => {
    expect(row(new TextEncoder().encode('grüß')).text('c')).toBe('grüß');
    expect(() => row(Uint8Array.of(0xff, 0xfe)).text('c')).toThrow('c: is a BLOB that is not UTF-8 text');
  });

  it('refuses texts that a Postgres column cannot hold, counting characters as Postgres does', () => {
    expect(row('🙂🙂').text('c', 2)).toBe('🙂🙂');
    expect(() => row('🙂🙂🙂').text('c', 2)).toThrow('c: has 3 characters, at most 2 fit');
    expect(() => row('a\0b').text('c')).toThrow('NUL');
  });
});
