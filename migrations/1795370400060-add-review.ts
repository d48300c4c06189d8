import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What a team needs to decide together: claims, votes, line comments, policies, and word of what waits. */
export class AddReview1795370400060 implements MigrationInterface {
  name = 'AddReview1795370400060';

  async up(db: QueryRunner): Promise<void> {
    for (const statement of UP) await db.query(statement);
  }

  async down(db: QueryRunner): Promise<void> {
    for (const statement of DOWN) await db.query(statement);
  }
}

const touched = (table: string): string => `
  CREATE TRIGGER update_${table}_updated_at BEFORE UPDATE ON ${table}
    FOR EACH ROW EXECUTE FUNCTION update_updated_at_column()`;

const UP = [
  `ALTER TABLE approvals
     ADD COLUMN claimed_by varchar(64) REFERENCES users(id) ON DELETE SET NULL,
     ADD COLUMN claimed_at timestamptz,
     ADD COLUMN remind_at timestamptz,
     ADD COLUMN reminded_at timestamptz`,
  `CREATE INDEX idx_approvals_reminding ON approvals (remind_at) WHERE status = 'pending'`,
  `CREATE INDEX idx_approvals_status_created ON approvals (status, created_at, id)`,

  `CREATE TABLE approval_votes (
     approval_id varchar(64) NOT NULL REFERENCES approvals(id) ON DELETE CASCADE,
     user_id varchar(64) NOT NULL REFERENCES users(id) ON DELETE CASCADE,
     shown_hash varchar(64) NOT NULL,
     comment text,
     created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
     PRIMARY KEY (approval_id, user_id)
   )`,

  `CREATE TABLE approval_policies (
     kind varchar(20) NOT NULL,
     gate varchar(50) NOT NULL,
     policy jsonb NOT NULL,
     updated_by varchar(64) REFERENCES users(id) ON DELETE SET NULL,
     created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
     updated_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
     PRIMARY KEY (kind, gate)
   )`,
  touched('approval_policies'),

  `CREATE TABLE approval_comments (
     id varchar(64) PRIMARY KEY,
     session_id varchar(64) NOT NULL REFERENCES sessions(session_id) ON DELETE CASCADE,
     artifact_path text NOT NULL,
     content_hash varchar(64) NOT NULL,
     line_start integer NOT NULL,
     line_end integer NOT NULL,
     quote text NOT NULL,
     body text NOT NULL,
     author_id varchar(64) REFERENCES users(id) ON DELETE SET NULL,
     resolved_at timestamptz,
     resolved_by varchar(64) REFERENCES users(id) ON DELETE SET NULL,
     created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
     updated_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
     CONSTRAINT approval_comments_lines_check CHECK (line_start >= 1 AND line_end >= line_start)
   )`,
  `CREATE INDEX idx_approval_comments_session ON approval_comments (session_id, created_at)`,
  touched('approval_comments'),

  `CREATE TABLE notification_preferences (
     user_id varchar(64) PRIMARY KEY REFERENCES users(id) ON DELETE CASCADE,
     email boolean NOT NULL DEFAULT true,
     events jsonb NOT NULL DEFAULT '{}'::jsonb,
     updated_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP
   )`,
  touched('notification_preferences'),

  `ALTER TABLE outbox
     ADD COLUMN attempts integer NOT NULL DEFAULT 0,
     ADD COLUMN next_attempt_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
     ADD COLUMN failed_at timestamptz,
     ADD COLUMN error text,
     ADD COLUMN source_id bigint`,
  `DROP INDEX idx_outbox_unsent`,
  `CREATE INDEX idx_outbox_due ON outbox (next_attempt_at) WHERE sent_at IS NULL AND failed_at IS NULL`,

  `ALTER TABLE webhooks
     ADD COLUMN name varchar(255) NOT NULL DEFAULT '',
     ADD COLUMN kind varchar(20) NOT NULL DEFAULT 'generic'
       CONSTRAINT webhooks_kind_check CHECK (kind IN ('generic', 'chat'))`,
  `ALTER TABLE webhook_deliveries
     ADD COLUMN delivery_id varchar(64) NOT NULL,
     ADD COLUMN source_id bigint,
     ADD COLUMN error text`,
  `CREATE UNIQUE INDEX webhook_deliveries_delivery_unique ON webhook_deliveries (delivery_id)`,
  `CREATE UNIQUE INDEX webhook_deliveries_source_unique ON webhook_deliveries (webhook_id, source_id)`,
];

const DOWN = [
  `DROP INDEX webhook_deliveries_source_unique, webhook_deliveries_delivery_unique`,
  `ALTER TABLE webhook_deliveries DROP COLUMN error, DROP COLUMN source_id, DROP COLUMN delivery_id`,
  `ALTER TABLE webhooks DROP COLUMN kind, DROP COLUMN name`,
  `DROP INDEX idx_outbox_due`,
  `ALTER TABLE outbox DROP COLUMN source_id, DROP COLUMN error, DROP COLUMN failed_at, DROP COLUMN next_attempt_at,
     DROP COLUMN attempts`,
  `CREATE INDEX idx_outbox_unsent ON outbox (id) WHERE sent_at IS NULL`,
  `DROP TABLE notification_preferences, approval_comments, approval_policies, approval_votes`,
  `DROP INDEX idx_approvals_status_created, idx_approvals_reminding`,
  `ALTER TABLE approvals DROP COLUMN reminded_at, DROP COLUMN remind_at, DROP COLUMN claimed_at, DROP COLUMN claimed_by`,
];
