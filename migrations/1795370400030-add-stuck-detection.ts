import type { MigrationInterface, QueryRunner } from 'typeorm';

const TYPES = `'prd', 'tech_spec', 'scaffold', 'bug_report', 'code', 'test', 'test_report'`;

/** Documents that a person is shown when a mission is stuck or about to be delivered, and advice given with a retry. */
export class AddStuckDetection1795370400030 implements MigrationInterface {
  name = 'AddStuckDetection1795370400030';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`ALTER TABLE sessions ADD COLUMN retry_advice text`);
    await db.query(`ALTER TABLE artifacts DROP CONSTRAINT artifacts_type_check`);
    await db.query(
      `ALTER TABLE artifacts ADD CONSTRAINT artifacts_type_check
         CHECK (artifact_type IN (${TYPES}, 'stuck_report', 'delivery'))`,
    );
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`ALTER TABLE artifacts DROP CONSTRAINT artifacts_type_check`);
    // What the former schema has no name for is about a test run all the same; its path tells it apart.
    await db.query(
      `UPDATE artifacts SET artifact_type = 'bug_report' WHERE artifact_type IN ('stuck_report', 'delivery')`,
    );
    await db.query(
      `ALTER TABLE artifacts ADD CONSTRAINT artifacts_type_check CHECK (artifact_type IN (${TYPES}))`,
    );
    await db.query(`ALTER TABLE sessions DROP COLUMN retry_advice`);
  }
}
