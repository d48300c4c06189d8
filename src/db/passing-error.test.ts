import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { DataSource, EntityManager } from 'typeorm';
import { createTestDatabase, type TestDatabase } from '../testing/database.js';
import { until } from '../testing/until.js';
import { createDataSource } from './data-source.js';
import { isPassingDatabaseError } from './passing-error.js';

let database: TestDatabase;
let dataSource: DataSource;
beforeAll(async () => {
  database = await createTestDatabase();
  dataSource = createDataSource({ url: database.url, poolSize: 4 });
  await dataSource.initialize();
});
afterAll(async () => {
  await dataSource.destroy();
  await database.drop();
});

const pidOf = async (manager: EntityManager): Promise<number> => {
  const [row] = await manager.query<{ pid: number }[]>('SELECT pg_backend_pid() AS pid');
  return row?.pid ?? 0;
};
const cut = (pid: number): Promise<unknown> => dataSource.query('SELECT pg_terminate_backend($1)', [pid]);
const errorOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'no error',
    (error: unknown) => error,
  );

describe('an error that passes', () => {
  it('is one of a connection that is cut under a statement', async () => {
    const error = await errorOf(
      dataSource.transaction(async (manager) => {
        const pid = await pidOf(manager);
        await Promise.all([manager.query('SELECT pg_sleep(20)'), cut(pid)]);
      }),
    );
    expect(isPassingDatabaseError(error)).toBe(true);
  });

  it('is one of a connection that is cut between two statements of a transaction', async () => {
    const error = await errorOf(
      dataSource.transaction(async (manager) => {
        await cut(await pidOf(manager));
        await until('TypeORM has let go of it', () => manager.queryRunner?.isReleased);
        await manager.query('SELECT 1');
      }),
    );
    expect(error).not.toBe('no error');
    expect(isPassingDatabaseError(error)).toBe(true);
  });

  it('is one of a repository whose connection is cut between two statements of a transaction', async () => {
    const error = await errorOf(
      dataSource.transaction(async (manager) => {
        await cut(await pidOf(manager));
        await until('TypeORM has let go of it', () => manager.queryRunner?.isReleased);
        await manager.createQueryBuilder().select('1').from('sessions', 's').getRawMany();
      }),
    );
    expect(error).not.toBe('no error');
    expect(isPassingDatabaseError(error)).toBe(true);
  });

  it('is one of a server that refuses connections', async () => {
    const nobody = createDataSource({ url: 'postgres://nobody@127.0.0.1:1/none', poolSize: 1 });
    expect(isPassingDatabaseError(await errorOf(nobody.initialize()))).toBe(true);
  });

  it('is not one that the statement brought about itself', async () => {
    expect(isPassingDatabaseError(await errorOf(dataSource.query('SELECT nonsense')))).toBe(false);
    expect(isPassingDatabaseError(new Error('anything'))).toBe(false);
  });
});
