import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What a failed model call failed with, and when what was sent and answered was let go of. */
export class AddCallRecords1795370400040 implements MigrationInterface {
  name = 'AddCallRecords1795370400040';

  async up(db: QueryRunner): Promise<void> {
    await db.query(
      `ALTER TABLE model_calls ADD COLUMN error_message text, ADD COLUMN bodies_pruned_at timestamptz`,
    );
    // What the collection of unreferenced contents asks; most calls of a large table are pruned.
    await db.query(
      `CREATE INDEX idx_model_calls_request ON model_calls (request_hash) WHERE bodies_pruned_at IS NULL`,
    );
    await db.query(
      `CREATE INDEX idx_model_calls_reply ON model_calls (reply_hash) WHERE bodies_pruned_at IS NULL`,
    );
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`DROP INDEX idx_model_calls_request, idx_model_calls_reply`);
    await db.query(`ALTER TABLE model_calls DROP COLUMN error_message, DROP COLUMN bodies_pruned_at`);
  }
}
