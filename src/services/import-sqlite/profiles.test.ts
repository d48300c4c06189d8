import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import { ENTITIES } from '../../db/entities/index.js';
import { createTestDatabase } from '../../testing/database.js';
import { DEVELOPMENT_ROWS, DEVELOPMENT_SCHEMA, sqliteFile } from '../../testing/sqlite-fixture.js';
import { importSqlite } from './import-sqlite.js';
import type { ImportRemark } from './report.js';

describe('importing agent profiles and prompts', () => {
  let database: Awaited<ReturnType<typeof createTestDatabase>>;
  let dataSource: DataSource;
  const query = async (sql: string): Promise<Record<string, unknown>[]> => dataSource.query(sql);
  const run = (file: Buffer) => importSqlite(dataSource.manager, file, { userId: 'ann' });

  beforeEach(async () => {
    database = await createTestDatabase();
    dataSource = new DataSource({ type: 'postgres', url: database.url, entities: ENTITIES });
    await dataSource.initialize();
    await query(`INSERT INTO users (id, email, name) VALUES ('ann', 'ann@example.org', 'Ann')`);
  });
  afterEach(async () => {
    await dataSource.destroy();
    await database.drop();
  });

  it('sets profiles that are as installed or new, never a configured one, and no keys', async () => {
    await query(`UPDATE agent_settings SET daily_limit = 99 WHERE profile_name = 'eng'`);
    const report = await run(await sqliteFile(DEVELOPMENT_SCHEMA, DEVELOPMENT_ROWS));
    expect(
      await query(
        `SELECT profile_name, provider, model, daily_limit, hard_limit, api_key_encrypted, env_overrides FROM agent_settings WHERE profile_name <> 'qa' ORDER BY profile_name`,
      ),
    ).toEqual([
      {
        profile_name: 'arch',
        provider: 'openai',
        model: 'gpt-4o',
        daily_limit: 20,
        hard_limit: true,
        api_key_encrypted: null,
        env_overrides: { REGION: 'eu' },
      },
      {
        profile_name: 'docs',
        provider: 'ollama',
        model: 'llama3',
        daily_limit: 0,
        hard_limit: false,
        api_key_encrypted: null,
        env_overrides: {},
      },
      {
        profile_name: 'eng',
        provider: 'anthropic',
        model: 'claude-sonnet-4-20250514',
        daily_limit: 99,
        hard_limit: false,
        api_key_encrypted: null,
        env_overrides: {},
      },
      {
        profile_name: 'pm',
        provider: 'anthropic',
        model: 'claude-sonnet-4-20250514',
        daily_limit: 0,
        hard_limit: false,
        api_key_encrypted: null,
        env_overrides: {},
      },
    ]);
    expect(reasonFor(report.skipped, 'eng')).toContain('configured here');
    expect(reasonFor(report.skipped, 'arch.api_key_encrypted')).toContain('root key');
    expect(JSON.stringify(report)).not.toContain('gAAAAAB');
  });

  it('gives a prompt version the next free number where its own has another text, and activates none', async () => {
    await query(
      `INSERT INTO prompt_versions (profile_name, version_number, prompt_content, is_active) VALUES ('pm', 2, 'Ours.', true)`,
    );
    const file = await sqliteFile(DEVELOPMENT_SCHEMA, DEVELOPMENT_ROWS);
    const report = await run(file);
    await run(file);
    expect(
      await query(
        `SELECT version_number AS n, prompt_content AS text, is_active AS active FROM prompt_versions ORDER BY 1`,
      ),
    ).toEqual([
      { n: 1, text: 'You are a PM.', active: false },
      { n: 2, text: 'Ours.', active: true },
      { n: 3, text: 'You are a PM.', active: false },
      { n: 4, text: 'You are a careful PM.', active: false },
    ]);
    expect(report.changed.map(({ key }) => key)).toEqual(
      expect.arrayContaining(['2.version_number', '2.is_active']),
    );
  });
});

function reasonFor(skipped: ImportRemark[], key: string): string | undefined {
  return skipped.find((one) => one.key === key)?.reason;
}
