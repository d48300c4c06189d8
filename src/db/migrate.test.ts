import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { DataSource, type MigrationInterface, type QueryRunner } from 'typeorm';
import { MIGRATIONS } from '../../migrations/index.js';
import { silentLogger } from '../core/logger.js';
import { createEmptyDatabase, type TestDatabase } from '../testing/database.js';
import { startChild } from '../testing/child.js';
import { createDataSource } from './data-source.js';
import { migrate, revertLast } from './migrate.js';

const logger = silentLogger();
const names = MIGRATIONS.map((migration) => migration.name);
const databases: TestDatabase[] = [];
const dataSources: DataSource[] = [];

async function emptyDatabase(): Promise<string> {
  const database = await createEmptyDatabase();
  databases.push(database);
  return database.url;
}

async function connect(url: string, poolSize = 2): Promise<DataSource> {
  const dataSource = createDataSource({ url, poolSize });
  dataSources.push(dataSource);
  return await dataSource.initialize();
}

afterEach(() => Promise.all(dataSources.splice(0).map((dataSource) => dataSource.destroy())));
afterAll(() => Promise.all(databases.map((database) => database.drop())));

/** All that the catalog says about our two schemas, in words that do not depend on object ids. */
async function catalog(dataSource: DataSource): Promise<string[]> {
  const rows = await dataSource.query<{ line: string }[]>(`
    WITH ours AS (SELECT oid, nspname FROM pg_namespace WHERE nspname IN ('public', 'langgraph'))
    SELECT line FROM (
      SELECT format('relation %s.%s %s', o.nspname, c.relname, c.relkind) AS line
        FROM pg_class c JOIN ours o ON o.oid = c.relnamespace
      UNION ALL
      SELECT format('column %s.%s.%s %s %s %s %s', o.nspname, c.relname, a.attname,
                    format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity,
                    pg_get_expr(d.adbin, d.adrelid))
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN ours o ON o.oid = c.relnamespace
        LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
       WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'v')
      UNION ALL
      SELECT format('constraint %s.%s %s', k.conrelid::regclass, k.conname, pg_get_constraintdef(k.oid))
        FROM pg_constraint k JOIN ours o ON o.oid = k.connamespace
      UNION ALL
      SELECT 'index ' || indexdef FROM pg_indexes WHERE schemaname IN (SELECT nspname FROM ours)
      UNION ALL
      SELECT format('view %s %s', viewname, definition) FROM pg_views WHERE schemaname IN (SELECT nspname FROM ours)
      UNION ALL
      SELECT 'trigger ' || pg_get_triggerdef(t.oid) FROM pg_trigger t WHERE NOT t.tgisinternal
      UNION ALL
      SELECT 'function ' || pg_get_functiondef(p.oid) FROM pg_proc p JOIN ours o ON o.oid = p.pronamespace
       WHERE p.prokind = 'f' AND NOT EXISTS (
         SELECT 1 FROM pg_depend x WHERE x.objid = p.oid AND x.deptype = 'e')
    ) lines ORDER BY line`);
  return rows.map(({ line }) => line);
}

describe('migrations', () => {
  it('go up, down to nothing, and up again to the very same catalog', async () => {
    const dataSource = await connect(await emptyDatabase());
    expect(await migrate(dataSource, { logger })).toEqual({ applied: names });
    const up = await catalog(dataSource);
    expect(up.length).toBeGreaterThan(300);

    for (const name of names.toReversed()) expect(await revertLast(dataSource)).toEqual({ reverted: name });
    expect(await revertLast(dataSource)).toEqual({});
    const down = await catalog(dataSource);
    const leftovers = down.filter(
      (line) => /^(relation|function|trigger)/.test(line) && !line.includes('langgraph.'),
    );
    expect(leftovers.filter((line) => !/relation public\.(PK_|migrations)/.test(line))).toEqual([]);

    expect(await migrate(dataSource, { logger })).toEqual({ applied: names });
    expect(await catalog(dataSource)).toEqual(up);
  });

  it('are applied once when ten start at the same moment on one fresh database', async () => {
    const url = await emptyDatabase();
    const ten = await Promise.all(Array.from({ length: 10 }, () => connect(url)));
    const results = await Promise.all(ten.map((dataSource) => migrate(dataSource, { logger })));
    expect(results.flatMap(({ applied }) => applied)).toEqual(names);
  });

  it('are applied once when several processes start at the same moment', async () => {
    const url = await emptyDatabase();
    const children = Array.from({ length: 4 }, () => startChild('fixtures/migrate.ts', { args: [url] }));
    const results = await Promise.all(children.map((child) => child.next()));
    expect(results.flatMap(({ applied }) => applied)).toEqual(names);
    expect(await Promise.all(children.map((child) => child.ended))).toEqual([0, 0, 0, 0]);
  });

  it('work with a pool of one connection, and do nothing when all is done', async () => {
    const dataSource = await connect(await emptyDatabase(), 1);
    await migrate(dataSource, { logger });
    expect(await migrate(dataSource, { logger })).toEqual({ applied: [] });
  });

  it('keep what came before a failing one, undo what it had done, and go on once it is mended', async () => {
    const url = await emptyDatabase();
    let broken = true;
    class Fails1999999999999 implements MigrationInterface {
      name = 'Fails1999999999999';
      async up(db: QueryRunner): Promise<void> {
        await db.query('CREATE TABLE half_done (id integer)');
        if (broken) await db.query('SELECT 1 / 0');
      }
      async down(db: QueryRunner): Promise<void> {
        await db.query('DROP TABLE half_done');
      }
    }
    const options = createDataSource({ url, poolSize: 2 }).options;
    const dataSource = new DataSource({
      ...options,
      migrations: [...MIGRATIONS, Fails1999999999999],
    });
    dataSources.push(await dataSource.initialize());
    await expect(migrate(dataSource, { logger })).rejects.toThrow(/division by zero/);
    expect(
      await dataSource.query(`SELECT to_regclass('half_done') AS half, count(*) AS done FROM migrations`),
    ).toEqual([{ half: null, done: names.length }]);
    broken = false;
    expect(await migrate(dataSource, { logger })).toEqual({ applied: ['Fails1999999999999'] });
  });
});
