import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Finding sessions by a stretch of their mission or name, however many there are. The index takes `pg_trgm`, which
 * comes with Postgres and which the owner of a database may create; where it is not to be had, searches read
 * the rows one by one, as before.
 */
export class AddSessionSearch1795370400090 implements MigrationInterface {
  name = 'AddSessionSearch1795370400090';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`DO $$ BEGIN
      CREATE EXTENSION IF NOT EXISTS pg_trgm;
      CREATE INDEX idx_sessions_text ON sessions
        USING gin ((coalesce(name, '') || ' ' || left(user_mission, 4000)) gin_trgm_ops);
    EXCEPTION WHEN insufficient_privilege OR undefined_file OR feature_not_supported THEN
      RAISE NOTICE 'pg_trgm is not to be had: searching sessions reads them one by one';
    END $$`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`DROP INDEX IF EXISTS idx_sessions_text`);
    await db.query(`DROP EXTENSION IF EXISTS pg_trgm`);
  }
}
