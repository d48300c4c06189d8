import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What lists of the panel read. Whose session an execution belongs to stands on the execution too, so that a person's executions across sessions
 * are read from one index, newest first, however many there are of others. A session never changes its owner.
 */
export class AddPanelLists1795370400070 implements MigrationInterface {
  name = 'AddPanelLists1795370400070';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`ALTER TABLE agent_executions ADD COLUMN user_id varchar(64)`);
    await db.query(
      `UPDATE agent_executions e SET user_id = s.user_id FROM sessions s WHERE s.session_id = e.session_id`,
    );
    // A rule of the table rather than of its writers: there are several, the import among them.
    await db.query(
      `CREATE FUNCTION set_execution_owner() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN
         SELECT user_id INTO NEW.user_id FROM sessions WHERE session_id = NEW.session_id;
         RETURN NEW;
       END $$`,
    );
    await db.query(
      `CREATE TRIGGER agent_executions_owner BEFORE INSERT ON agent_executions
       FOR EACH ROW EXECUTE FUNCTION set_execution_owner()`,
    );
    await db.query(`CREATE INDEX idx_executions_user ON agent_executions (user_id, id)`);
    // A model is used for a while and then no more: without the id, its list would be searched for among all newer.
    await db.query(`CREATE INDEX idx_executions_model ON agent_executions (model, id)`);
    await db.query(`CREATE INDEX idx_executions_duration ON agent_executions (duration_seconds)`);
    await db.query(`CREATE INDEX idx_executions_cost ON agent_executions (cost_usd)`);
    // Few sessions are pinned, and lists show those first.
    await db.query(`CREATE INDEX idx_sessions_pinned ON sessions (user_id, created_at) WHERE is_pinned`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(
      `DROP INDEX idx_sessions_pinned, idx_executions_user, idx_executions_model, idx_executions_duration,
                  idx_executions_cost`,
    );
    await db.query(`DROP TRIGGER agent_executions_owner ON agent_executions`);
    await db.query(`DROP FUNCTION set_execution_owner()`);
    await db.query(`ALTER TABLE agent_executions DROP COLUMN user_id`);
  }
}
