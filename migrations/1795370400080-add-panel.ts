import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What the panel's pages ask for: which tokens are logins, profiles that pause, and indexes that keep the audit log's
 * pages and the overview fast however long the tables grow.
 */
export class AddPanel1795370400080 implements MigrationInterface {
  name = 'AddPanel1795370400080';

  async up(db: QueryRunner): Promise<void> {
    for (const statement of UP) await db.query(statement);
  }

  async down(db: QueryRunner): Promise<void> {
    for (const statement of DOWN) await db.query(statement);
  }
}

const UP = [
  `ALTER TABLE api_tokens ADD COLUMN is_login boolean NOT NULL DEFAULT false`,
  // Logins were told from other tokens by their name alone.
  `UPDATE api_tokens SET is_login = true WHERE name = 'login'`,
  `ALTER TABLE agent_settings ADD COLUMN paused_at timestamptz`,
  // Pages of the log go by id, which follows the time.
  `CREATE INDEX idx_audit_event_id ON audit_log (event_type, id)`,
  `CREATE INDEX idx_audit_user_id ON audit_log (user_id, id) WHERE user_id IS NOT NULL`,
  `CREATE INDEX idx_sessions_user_completed ON sessions (user_id, completed_at)
     INCLUDE (kind, status, qa_passed) WHERE completed_at IS NOT NULL AND deleted_at IS NULL`,
  `CREATE INDEX idx_sessions_completed ON sessions (completed_at)
     INCLUDE (kind, status, qa_passed) WHERE completed_at IS NOT NULL AND deleted_at IS NULL`,
  `CREATE INDEX idx_metrics_name_recorded ON metrics (metric_name, recorded_at)`,
];

const DOWN = [
  `DROP INDEX idx_metrics_name_recorded, idx_sessions_completed, idx_sessions_user_completed, idx_audit_user_id,
     idx_audit_event_id`,
  `ALTER TABLE agent_settings DROP COLUMN paused_at`,
  `ALTER TABLE api_tokens DROP COLUMN is_login`,
];
