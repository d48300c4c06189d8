import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { createTestDatabase, type TestDatabase } from '../../testing/database.js';
import { createDataSource } from '../data-source.js';
import { ENTITIES } from '../entities/index.js';
import { ArtifactRepository } from './artifact-repository.js';

let database: TestDatabase;
let db: DataSource;
beforeAll(async () => {
  database = await createTestDatabase();
  db = await createDataSource({ url: database.url, poolSize: 2, entities: ENTITIES }).initialize();
  await db.query(`INSERT INTO users (id, email, name) VALUES ('u', 'ada@example.org', 'Ada')`);
  await db.query(`INSERT INTO sessions (session_id, user_id, user_mission) VALUES ('s', 'u', 'sell bread')`);
});
afterAll(async () => {
  await db.destroy();
  await database.drop();
});

/** Adds files by path and the first letter of their content's hash. */
async function add(...files: [path: string, letter: string][]) {
  const stored = await new ArtifactRepository(db.manager).insertVersions(
    files.map(([filePath, letter]) => ({
      sessionId: 's',
      artifactType: 'code',
      filePath,
      contentHash: letter.repeat(64),
      sizeBytes: 3,
      metadata: { letter },
    })),
  );
  return stored.map(({ artifact, isNew }) => Object.assign(artifact, { isNew }));
}

describe('versions of files', () => {
  it('come in the order given, counted per file; what has not changed is no new version', async () => {
    const first = await add(['b.js', 'a'], ['a.js', 'b']);
    expect(first).toMatchObject([
      { filePath: 'b.js', version: 1, isNew: true, sizeBytes: 3, metadata: { letter: 'a' } },
      { filePath: 'a.js', version: 1, isNew: true },
    ]);
    expect(first[0]?.id).toBeLessThan(first[1]?.id ?? 0);
    expect(first[0]?.createdAt).toBeInstanceOf(Date);
    expect(await add(['a.js', 'b'], ['b.js', 'c'], ['c.js', 'd'])).toMatchObject([
      { filePath: 'a.js', version: 1, isNew: false, id: first[1]?.id, contentHash: 'b'.repeat(64) },
      { filePath: 'b.js', version: 2, isNew: true },
      { filePath: 'c.js', version: 1, isNew: true },
    ]);
  });

  it('count on within one batch, and go back to an earlier content as a version of its own', async () => {
    expect(
      await add(['d.js', 'a'], ['d.js', 'b'], ['e.js', 'a'], ['d.js', 'b'], ['d.js', 'a']),
    ).toMatchObject([
      { version: 1, isNew: true },
      { version: 2, isNew: true },
      { filePath: 'e.js', version: 1, isNew: true },
      { version: 2, isNew: false },
      { version: 3, isNew: true },
    ]);
    expect(await add()).toEqual([]);
  });
});
