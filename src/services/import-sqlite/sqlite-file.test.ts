import { describe, expect, it } from '@jest/globals';
import { DEVELOPMENT_ROWS, DEVELOPMENT_SCHEMA, sqliteFile } from '../../testing/sqlite-fixture.js';
import { SqliteFile } from './sqlite-file.js';

describe('a SQLite file', () => {
  it('gives its tables, columns, counts and rows, whatever their names are', async () => {
    const source = await SqliteFile.open(
      await sqliteFile(`CREATE TABLE "a ""b" (Name TEXT, n INTEGER); INSERT INTO "a ""b" VALUES ('x', 1), ('y', NULL);
        CREATE VIEW sessions AS SELECT 1 AS session_id;`),
    );
    try {
      expect(source.tables()).toEqual(['a "b']);
      expect(source.columns('a "b')).toEqual(['name', 'n']);
      expect(source.count('a "b')).toBe(2);
      expect([...source.rows('a "b')].map((row) => [row.text('name'), row.number('n')])).toEqual([
        ['x', 1],
        ['y', null],
      ]);
    } finally {
      source.close();
    }
  });

  it('leaves the bytes that it was given as they were', async () => {
    const file = await sqliteFile(DEVELOPMENT_SCHEMA);
    file[18] = 2;
    file[19] = 2;
    const before = Buffer.from(file);
    const source = await SqliteFile.open(file);
    source.close();
    expect(source.hadWriteAheadLog).toBe(true);
    expect(file.equals(before)).toBe(true);
  });

  it.each<[string, (whole: Buffer) => Buffer, RegExp]>([
    ['is empty', () => Buffer.alloc(0), /is empty/],
    [
      'is text',
      () => Buffer.from('BEGIN TRANSACTION; CREATE TABLE sessions (session_id TEXT);'),
      /not a SQLite database, or is encrypted/,
    ],
    [
      'is encrypted',
      (whole) => Buffer.from(whole.map((byte, index) => byte ^ ((index * 131 + 89) & 255))),
      /not a SQLite database, or is encrypted/,
    ],
    ['ends within its header', (whole) => whole.subarray(0, 60), /cut off/],
    ['ends within a page', (whole) => whole.subarray(0, 5000), /cut off/],
    ['lacks its last pages', (whole) => whole.subarray(0, 8192), /cut off/],
    [
      'has a damaged page',
      (whole) => Buffer.concat([whole.subarray(0, 4096), Buffer.alloc(4096, 0xee), whole.subarray(8192)]),
      /damaged/,
    ],
    [
      'has a damaged schema',
      (whole) => Buffer.concat([whole.subarray(0, 100), Buffer.alloc(3996, 0xee), whole.subarray(4096)]),
      /damaged/,
    ],
  ])('refuses a file that %s, naming the field', async (_, spoil, message) => {
    const file = spoil(await sqliteFile(DEVELOPMENT_SCHEMA, DEVELOPMENT_ROWS));
    await expect(SqliteFile.open(file)).rejects.toMatchObject({
      code: 'validation_failed',
      message: expect.stringMatching(message),
      problems: [{ field: 'file' }],
    });
  });
});
