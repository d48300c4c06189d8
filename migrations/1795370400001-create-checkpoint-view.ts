import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Document 003's `checkpoints` over the tables that LangGraph's Postgres checkpointer makes in its own schema.
 * `id` counts within a thread: LangGraph keys by (thread, namespace, checkpoint) and has no serial.
 */
export class CreateCheckpointView1795370400001 implements MigrationInterface {
  name = 'CreateCheckpointView1795370400001';

  async up(db: QueryRunner): Promise<void> {
    const [{ found }] = await db.query(`SELECT to_regclass('langgraph.checkpoints') AS found`);
    if (found === null)
      throw new Error(
        'The schema "langgraph" is missing. Migrate with "npm run migrate", which makes it first.',
      );
    await db.query(`
      CREATE VIEW checkpoints AS
      SELECT row_number() OVER (PARTITION BY thread_id ORDER BY checkpoint_id) AS id,
             thread_id, checkpoint_id, parent_checkpoint_id,
             checkpoint AS checkpoint_data, metadata,
             (checkpoint ->> 'ts')::timestamptz AS created_at
        FROM langgraph.checkpoints
       WHERE checkpoint_ns = ''`);
    await db.query(`CREATE INDEX IF NOT EXISTS idx_checkpoints_thread ON langgraph.checkpoints (thread_id)`);
    await db.query(
      `CREATE INDEX IF NOT EXISTS idx_checkpoints_parent ON langgraph.checkpoints (parent_checkpoint_id)`,
    );
    await db.query(
      `CREATE INDEX IF NOT EXISTS idx_checkpoints_created ON langgraph.checkpoints ((checkpoint ->> 'ts') DESC)`,
    );
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`DROP INDEX IF EXISTS langgraph.idx_checkpoints_created, langgraph.idx_checkpoints_parent,
      langgraph.idx_checkpoints_thread`);
    await db.query(`DROP VIEW IF EXISTS checkpoints`);
  }
}
