import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The spine: document 003's tables widened as docs/schema.md maps them. Frozen once released. */
export class CreateSpine1795370400000 implements MigrationInterface {
  name = 'CreateSpine1795370400000';

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
  `CREATE OR REPLACE FUNCTION update_updated_at_column() RETURNS trigger LANGUAGE plpgsql AS $$
   BEGIN
     NEW.updated_at = CURRENT_TIMESTAMP;
     RETURN NEW;
   END $$`,

  `CREATE TABLE users (
     id varchar(64) PRIMARY KEY,
     email varchar(320) NOT NULL,
     name varchar(255) NOT NULL,
     password_hash text,
     role varchar(20) NOT NULL DEFAULT 'submitter'
       CONSTRAINT users_role_check CHECK (role IN ('viewer', 'submitter', 'approver', 'admin')),
     is_active boolean NOT NULL DEFAULT true,
     must_change_password boolean NOT NULL DEFAULT false,
     last_login_at timestamptz,
     created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
     updated_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP
   )`,
  `CREATE UNIQUE INDEX users_email_unique ON users (lower(email))`,
  touched('users'),

  `CREATE TABLE api_tokens (
     id varchar(64) PRIMARY KEY,
     user_id varchar(64) NOT NULL REFERENCES users(id) ON DELETE CASCADE,
     name varchar(255) NOT NULL,
     token_hash varchar(64) NOT NULL,
     last_four varchar(4) NOT NULL,
     expires_at timestamptz,
     revoked_at timestamptz,
     last_used_at timestamptz,
     created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP
   )`,
  `CREATE UNIQUE INDEX api_tokens_token_hash_unique ON api_tokens (token_hash)`,
  `CREATE INDEX idx_api_tokens_user ON api_tokens (user_id)`,

  `CREATE TABLE projects (
     id varchar(64) PRIMARY KEY,
     user_id varchar(64) NOT NULL REFERENCES users(id) ON DELETE CASCADE,
     name varchar(255) NOT NULL,
     created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
     updated_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP
   )`,
  `CREATE UNIQUE INDEX projects_user_name_unique ON projects (user_id, name)`,
  touched('projects'),

  `CREATE TABLE sessions (
     session_id varchar(64) PRIMARY KEY,
     kind varchar(20) NOT NULL DEFAULT 'studio'
       CONSTRAINT sessions_kind_check CHECK (kind IN ('studio', 'architect', 'prd', 'conversation', 'advisor')),
     user_id varchar(64) NOT NULL REFERENCES users(id) ON DELETE CASCADE,
     project_id varchar(64) REFERENCES projects(id) ON DELETE CASCADE,
     name varchar(255),
     user_mission text NOT NULL DEFAULT '',
     project_name varchar(255),
     status varchar(50) NOT NULL DEFAULT 'pending',
     current_phase varchar(50) NOT NULL DEFAULT 'pm',
     created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
     updated_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
     iteration_count integer NOT NULL DEFAULT 0,
     qa_passed boolean NOT NULL DEFAULT false,
     work_dir text,
     state_json jsonb,
     metadata jsonb NOT NULL DEFAULT '{}'::jsonb,
     options jsonb NOT NULL DEFAULT '{}'::jsonb,
     prompt_versions jsonb NOT NULL DEFAULT '{}'::jsonb,
     error jsonb,
     is_pinned boolean NOT NULL DEFAULT false,
     is_active boolean NOT NULL DEFAULT true,
     last_active_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
     started_at timestamptz,
     completed_at timestamptz,
     deleted_at timestamptz,
     archived_at timestamptz,
     expires_at timestamptz,
     parent_session_id varchar(64) REFERENCES sessions(session_id) ON DELETE SET NULL,
     fence bigint NOT NULL DEFAULT 0,
     lease_until timestamptz,
     lease_owner varchar(255),
     interrupt_id varchar(64),
     wake_seq integer NOT NULL DEFAULT 0,
     done_seq integer NOT NULL DEFAULT 0,
     dispatched_at timestamptz,
     attempts integer NOT NULL DEFAULT 0,
     cancel_requested_at timestamptz,
     retry_requested_at timestamptz,
     CONSTRAINT sessions_status_check CHECK (
       (kind = 'studio' AND status IN ('pending', 'running', 'awaiting_approval', 'completed', 'failed', 'expired', 'rejected', 'cancelled', 'needs_attention'))
       OR (kind = 'architect' AND status IN ('active', 'paused', 'complete', 'abandoned'))
       OR (kind = 'prd' AND status IN ('active', 'completed', 'archived'))
       OR (kind = 'conversation' AND status IN ('active', 'completed', 'expired'))
       OR (kind = 'advisor' AND status IN ('pending_user_input', 'previewing_screenshot', 'uploading', 'analysis_in_progress', 'verifying_ocr', 'complete', 'error'))
     ),
     CONSTRAINT sessions_phase_check CHECK (
       kind <> 'studio' OR current_phase IN ('pm', 'arch', 'human_gate', 'eng', 'qa', 'complete')
     )
   )`,
  `CREATE INDEX idx_sessions_status ON sessions (status)`,
  `CREATE INDEX idx_sessions_updated ON sessions (updated_at DESC)`,
  `CREATE INDEX idx_sessions_created ON sessions (created_at DESC)`,
  `CREATE INDEX idx_sessions_phase ON sessions (current_phase)`,
  `CREATE INDEX idx_sessions_project ON sessions (project_name)`,
  `CREATE INDEX idx_sessions_project_id ON sessions (project_id)`,
  `CREATE INDEX idx_sessions_user_created ON sessions (user_id, created_at)`,
  `CREATE INDEX idx_sessions_user_last_active ON sessions (user_id, last_active_at)`,
  `CREATE INDEX idx_sessions_user_status ON sessions (user_id, status)`,
  `CREATE INDEX idx_sessions_last_active ON sessions (last_active_at)`,
  `CREATE INDEX idx_sessions_deleted ON sessions (deleted_at)`,
  `CREATE INDEX idx_sessions_parent ON sessions (parent_session_id)`,
  `CREATE INDEX idx_sessions_wanting_run ON sessions (dispatched_at) WHERE wake_seq > done_seq`,
  touched('sessions'),

  `CREATE FUNCTION rename_project_in_sessions() RETURNS trigger LANGUAGE plpgsql AS $$
   BEGIN
     UPDATE sessions SET project_name = NEW.name WHERE project_id = NEW.id;
     RETURN NEW;
   END $$`,
  `CREATE TRIGGER rename_project_in_sessions AFTER UPDATE OF name ON projects
     FOR EACH ROW WHEN (OLD.name IS DISTINCT FROM NEW.name) EXECUTE FUNCTION rename_project_in_sessions()`,

  `CREATE TABLE idempotency_keys (
     user_id varchar(64) NOT NULL REFERENCES users(id) ON DELETE CASCADE,
     key varchar(255) NOT NULL,
     request_hash varchar(64) NOT NULL,
     resource_id varchar(64) NOT NULL,
     created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
     PRIMARY KEY (user_id, key)
   )`,
  `CREATE INDEX idx_idempotency_keys_created ON idempotency_keys (created_at)`,

  `CREATE TABLE messages (
     id varchar(64) PRIMARY KEY,
     session_id varchar(64) NOT NULL REFERENCES sessions(session_id) ON DELETE CASCADE,
     turn_number integer NOT NULL,
     role varchar(20) NOT NULL
       CONSTRAINT messages_role_check CHECK (role IN ('user', 'assistant', 'system', 'contact')),
     content text NOT NULL,
     mode varchar(20) NOT NULL DEFAULT 'text'
       CONSTRAINT messages_mode_check CHECK (mode IN ('text', 'voice', 'screenshot')),
     related_category varchar(100),
     tokens_used integer,
     sentiment varchar(20)
       CONSTRAINT messages_sentiment_check CHECK (sentiment IN ('positive', 'negative', 'neutral')),
     title text,
     tag varchar(100),
     analysis text,
     metadata jsonb NOT NULL DEFAULT '{}'::jsonb,
     embedding_model varchar(100),
     created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP
   )`,
  `CREATE UNIQUE INDEX messages_session_turn_unique ON messages (session_id, turn_number)`,
  `CREATE INDEX idx_messages_session_created ON messages (session_id, created_at)`,
  `CREATE INDEX idx_messages_session_role ON messages (session_id, role)`,
  `CREATE INDEX idx_messages_created ON messages (created_at)`,
  `CREATE FUNCTION trim_message_content() RETURNS trigger LANGUAGE plpgsql AS $$
   BEGIN
     NEW.content = btrim(NEW.content, E' \\t\\r\\n');
     RETURN NEW;
   END $$`,
  `CREATE TRIGGER trim_messages_content BEFORE INSERT ON messages
     FOR EACH ROW EXECUTE FUNCTION trim_message_content()`,
  // pgvector where the server has it and lets us; plain arrays with a sign-bit signature elsewhere.
  `DO $$
   BEGIN
     CREATE EXTENSION IF NOT EXISTS vector;
     ALTER TABLE messages ADD COLUMN embedding vector;
   EXCEPTION WHEN undefined_file OR feature_not_supported OR insufficient_privilege THEN
     ALTER TABLE messages ADD COLUMN embedding real[];
     ALTER TABLE messages ADD COLUMN embedding_signature bit varying;
     ALTER TABLE messages ALTER COLUMN embedding SET STORAGE EXTERNAL;
   END $$`,

  `CREATE TABLE approvals (
     id varchar(64) PRIMARY KEY,
     session_id varchar(64) NOT NULL REFERENCES sessions(session_id) ON DELETE CASCADE,
     gate varchar(50) NOT NULL,
     interrupt_id varchar(64) NOT NULL,
     checkpoint_id varchar(64) NOT NULL,
     artifacts jsonb NOT NULL,
     status varchar(20) NOT NULL DEFAULT 'pending'
       CONSTRAINT approvals_status_check CHECK (status IN ('pending', 'approved', 'changes_requested', 'rejected', 'expired', 'superseded')),
     comment text,
     target_phase varchar(50),
     decided_by varchar(64) REFERENCES users(id) ON DELETE SET NULL,
     decided_at timestamptz,
     expires_at timestamptz,
     metadata jsonb NOT NULL DEFAULT '{}'::jsonb,
     created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
     updated_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP
   )`,
  `CREATE UNIQUE INDEX approvals_interrupt_unique ON approvals (session_id, interrupt_id)`,
  `CREATE INDEX idx_approvals_session ON approvals (session_id, created_at)`,
  `CREATE INDEX idx_approvals_pending ON approvals (created_at) WHERE status = 'pending'`,
  `CREATE INDEX idx_approvals_expiring ON approvals (expires_at) WHERE status = 'pending'`,
  touched('approvals'),

  `CREATE TABLE artifacts (
     id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
     session_id varchar(64) NOT NULL REFERENCES sessions(session_id) ON DELETE CASCADE,
     artifact_type varchar(50) NOT NULL
       CONSTRAINT artifacts_type_check CHECK (artifact_type IN ('prd', 'tech_spec', 'scaffold', 'bug_report', 'code', 'test', 'test_report')),
     file_path text NOT NULL,
     content_hash varchar(64),
     version integer NOT NULL DEFAULT 1,
     size_bytes bigint,
     created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
     metadata jsonb NOT NULL DEFAULT '{}'::jsonb
   )`,
  `CREATE INDEX idx_artifacts_session ON artifacts (session_id)`,
  `CREATE INDEX idx_artifacts_type ON artifacts (artifact_type)`,
  `CREATE UNIQUE INDEX artifacts_version_unique ON artifacts (session_id, artifact_type, file_path, version)`,

  `CREATE TABLE prompt_versions (
     id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
     profile_name varchar(50) NOT NULL,
     version_number integer NOT NULL,
     prompt_content text NOT NULL,
     note text,
     is_active boolean NOT NULL DEFAULT false,
     created_by varchar(64) REFERENCES users(id) ON DELETE SET NULL,
     created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
     CONSTRAINT prompt_versions_number_unique UNIQUE (profile_name, version_number)
   )`,
  `CREATE INDEX idx_prompts_profile ON prompt_versions (profile_name)`,
  `CREATE UNIQUE INDEX idx_prompts_active ON prompt_versions (profile_name) WHERE is_active`,

  `CREATE TABLE agent_executions (
     id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
     session_id varchar(64) NOT NULL REFERENCES sessions(session_id) ON DELETE CASCADE,
     agent_type varchar(50) NOT NULL,
     phase varchar(50),
     iteration integer NOT NULL DEFAULT 0,
     attempt integer NOT NULL DEFAULT 1,
     started_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
     completed_at timestamptz,
     status varchar(50) NOT NULL DEFAULT 'running'
       CONSTRAINT agent_executions_status_check CHECK (status IN ('running', 'completed', 'failed', 'interrupted')),
     input_summary text,
     output_summary text,
     error_message text,
     tokens_used integer NOT NULL DEFAULT 0,
     input_tokens integer NOT NULL DEFAULT 0,
     output_tokens integer NOT NULL DEFAULT 0,
     cached_tokens integer NOT NULL DEFAULT 0,
     cost_usd numeric(14, 6) NOT NULL DEFAULT 0,
     duration_seconds numeric(10, 2),
     prompt_version_id bigint REFERENCES prompt_versions(id) ON DELETE SET NULL,
     provider varchar(50),
     model varchar(100),
     fence bigint NOT NULL DEFAULT 0,
     step_key varchar(255),
     checkpoint_id varchar(64),
     trace_id varchar(64),
     metadata jsonb NOT NULL DEFAULT '{}'::jsonb
   )`,
  `CREATE INDEX idx_executions_session ON agent_executions (session_id)`,
  `CREATE INDEX idx_executions_agent ON agent_executions (agent_type)`,
  `CREATE INDEX idx_executions_status ON agent_executions (status)`,
  `CREATE INDEX idx_executions_started ON agent_executions (started_at DESC)`,
  `CREATE INDEX idx_executions_prompt ON agent_executions (prompt_version_id)`,

  `CREATE TABLE agent_settings (
     id integer GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
     profile_name varchar(50) NOT NULL CONSTRAINT agent_settings_profile_name_unique UNIQUE,
     provider varchar(50) NOT NULL DEFAULT 'anthropic',
     model varchar(100),
     auth_type varchar(50) NOT NULL DEFAULT 'api_key',
     api_key_encrypted text,
     daily_limit integer NOT NULL DEFAULT 0,
     hard_limit boolean NOT NULL DEFAULT false,
     usage_unit varchar(20) NOT NULL DEFAULT 'runs'
       CONSTRAINT agent_settings_usage_unit_check CHECK (usage_unit IN ('runs', 'tokens', 'usd')),
     usage_today integer NOT NULL DEFAULT 0,
     last_reset_date date NOT NULL DEFAULT CURRENT_DATE,
     env_overrides jsonb NOT NULL DEFAULT '{}'::jsonb,
     active_prompt_path text,
     created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
     updated_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP
   )`,
  touched('agent_settings'),
  `INSERT INTO agent_settings (profile_name, provider, model) VALUES
     ('pm', 'anthropic', 'claude-sonnet-4-20250514'),
     ('arch', 'anthropic', 'claude-sonnet-4-20250514'),
     ('eng', 'anthropic', 'claude-sonnet-4-20250514'),
     ('qa', 'anthropic', 'claude-sonnet-4-20250514')`,
  `CREATE FUNCTION reset_daily_usage() RETURNS void LANGUAGE plpgsql AS $$
   BEGIN
     UPDATE agent_settings SET usage_today = 0, last_reset_date = CURRENT_DATE
      WHERE last_reset_date < CURRENT_DATE;
   END $$`,

  `CREATE TABLE settings (
     key varchar(100) PRIMARY KEY,
     value jsonb NOT NULL,
     updated_by varchar(64) REFERENCES users(id) ON DELETE SET NULL,
     created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
     updated_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP
   )`,
  touched('settings'),

  `CREATE TABLE audit_log (
     id bigint PRIMARY KEY,
     event_type varchar(100) NOT NULL,
     session_id varchar(64),
     user_id varchar(64),
     user_action varchar(255),
     details jsonb NOT NULL DEFAULT '{}'::jsonb,
     ip_address inet,
     created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
     prev_hash varchar(64) NOT NULL,
     hash varchar(64) NOT NULL
   )`,
  `CREATE INDEX idx_audit_event ON audit_log (event_type)`,
  `CREATE INDEX idx_audit_session ON audit_log (session_id)`,
  `CREATE INDEX idx_audit_created ON audit_log (created_at DESC)`,
  // What a row's hash covers. NULLs and separators cannot be confused: each field is quoted as JSON.
  `CREATE FUNCTION audit_row_hash(r audit_log) RETURNS varchar LANGUAGE sql STABLE AS $$
     SELECT encode(sha256(convert_to(json_build_array(
       r.prev_hash, r.id, r.event_type, r.session_id, r.user_id, r.user_action, r.details,
       host(r.ip_address), extract(epoch from r.created_at)::text)::text, 'UTF8')), 'hex')
   $$`,
  // One chain for all rows: the advisory lock lasts to the end of the transaction, so writers put their
  // audit row last. Ids follow the chain without gaps, so a missing row shows.
  `CREATE FUNCTION chain_audit_row() RETURNS trigger LANGUAGE plpgsql AS $$
   DECLARE last audit_log;
   BEGIN
     PERFORM pg_advisory_xact_lock(7302411);
     SELECT * INTO last FROM audit_log ORDER BY id DESC LIMIT 1;
     NEW.id = coalesce(last.id, 0) + 1;
     NEW.prev_hash = coalesce(last.hash, repeat('0', 64));
     NEW.created_at = clock_timestamp();
     NEW.hash = audit_row_hash(NEW);
     RETURN NEW;
   END $$`,
  `CREATE TRIGGER chain_audit_log BEFORE INSERT ON audit_log FOR EACH ROW EXECUTE FUNCTION chain_audit_row()`,
  `CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
   BEGIN
     RAISE EXCEPTION 'audit_log is append-only' USING ERRCODE = 'insufficient_privilege';
   END $$`,
  `CREATE TRIGGER append_only_audit_log BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
     FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change()`,

  `CREATE TABLE metrics (
     id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
     metric_name varchar(100) NOT NULL,
     metric_value numeric NOT NULL,
     labels jsonb NOT NULL DEFAULT '{}'::jsonb,
     recorded_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP
   )`,
  `CREATE INDEX idx_metrics_name ON metrics (metric_name)`,
  `CREATE INDEX idx_metrics_recorded ON metrics (recorded_at DESC)`,

  `CREATE TABLE outbox (
     id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
     topic varchar(50) NOT NULL,
     session_id varchar(64) REFERENCES sessions(session_id) ON DELETE CASCADE,
     payload jsonb NOT NULL DEFAULT '{}'::jsonb,
     created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
     sent_at timestamptz
   )`,
  `CREATE INDEX idx_outbox_unsent ON outbox (id) WHERE sent_at IS NULL`,
  `CREATE INDEX idx_outbox_session ON outbox (session_id)`,

  `CREATE TABLE effects (
     session_id varchar(64) NOT NULL REFERENCES sessions(session_id) ON DELETE CASCADE,
     step_key varchar(255) NOT NULL,
     fence bigint NOT NULL,
     result jsonb NOT NULL,
     created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
     PRIMARY KEY (session_id, step_key)
   )`,

  `CREATE TABLE session_events (
     session_id varchar(64) NOT NULL REFERENCES sessions(session_id) ON DELETE CASCADE,
     seq integer NOT NULL,
     type varchar(20) NOT NULL
       CONSTRAINT session_events_type_check CHECK (type IN ('phase', 'execution', 'message', 'token', 'artifact', 'approval', 'status', 'error')),
     data jsonb NOT NULL,
     created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
     PRIMARY KEY (session_id, seq)
   )`,

  `CREATE TABLE webhooks (
     id varchar(64) PRIMARY KEY,
     user_id varchar(64) NOT NULL REFERENCES users(id) ON DELETE CASCADE,
     url text NOT NULL,
     secret_encrypted text NOT NULL,
     events jsonb NOT NULL DEFAULT '[]'::jsonb,
     is_active boolean NOT NULL DEFAULT true,
     created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
     updated_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP
   )`,
  `CREATE INDEX idx_webhooks_user ON webhooks (user_id)`,
  touched('webhooks'),
  `CREATE TABLE webhook_deliveries (
     id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
     webhook_id varchar(64) NOT NULL REFERENCES webhooks(id) ON DELETE CASCADE,
     event varchar(100) NOT NULL,
     payload jsonb NOT NULL,
     status varchar(20) NOT NULL DEFAULT 'pending'
       CONSTRAINT webhook_deliveries_status_check CHECK (status IN ('pending', 'delivered', 'failed')),
     attempts integer NOT NULL DEFAULT 0,
     response_status integer,
     next_attempt_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
     delivered_at timestamptz,
     created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP
   )`,
  `CREATE INDEX idx_webhook_deliveries_due ON webhook_deliveries (next_attempt_at) WHERE status = 'pending'`,
  `CREATE INDEX idx_webhook_deliveries_webhook ON webhook_deliveries (webhook_id)`,

  `CREATE VIEW active_sessions AS
     SELECT session_id, user_mission, project_name, status, current_phase, created_at, updated_at,
            iteration_count, qa_passed, user_id
       FROM sessions
      WHERE status IN ('pending', 'running', 'awaiting_approval') AND deleted_at IS NULL
      ORDER BY updated_at DESC`,
  `CREATE VIEW session_metrics AS
     SELECT status, count(*) AS count, avg(iteration_count) AS avg_iterations,
            count(*) FILTER (WHERE qa_passed) AS qa_passed_count
       FROM sessions
      WHERE deleted_at IS NULL
      GROUP BY status`,
  `CREATE VIEW agent_performance AS
     SELECT agent_type, count(*) AS total_runs,
            count(*) FILTER (WHERE status = 'completed') AS successful_runs,
            avg(duration_seconds) AS avg_duration_seconds, sum(tokens_used) AS total_tokens
       FROM agent_executions
      WHERE started_at > CURRENT_TIMESTAMP - INTERVAL '7 days'
      GROUP BY agent_type`,
  `CREATE VIEW studio_summary AS
     SELECT s.session_id, s.user_id, s.project_name, s.user_mission, s.status, s.current_phase,
            s.iteration_count, s.qa_passed, s.created_at, s.started_at, s.completed_at,
            e.executions, e.tokens_used, e.cost_usd, a.artifacts, p.approval_id AS pending_approval_id
       FROM sessions s
       LEFT JOIN LATERAL (SELECT count(*) AS executions, coalesce(sum(tokens_used), 0) AS tokens_used,
                                 coalesce(sum(cost_usd), 0) AS cost_usd
                            FROM agent_executions WHERE session_id = s.session_id) e ON true
       LEFT JOIN LATERAL (SELECT count(*) AS artifacts FROM artifacts WHERE session_id = s.session_id) a ON true
       LEFT JOIN LATERAL (SELECT id AS approval_id FROM approvals
                           WHERE session_id = s.session_id AND status = 'pending' LIMIT 1) p ON true
      WHERE s.kind = 'studio' AND s.deleted_at IS NULL`,
  // Document 003's table, as a view over TypeORM's: the newest migration is the schema's version.
  `CREATE VIEW schema_version AS
     SELECT row_number() OVER (ORDER BY "timestamp")::integer AS version,
            to_timestamp("timestamp" / 1000.0) AS applied_at,
            name::text AS description
       FROM migrations`,
];

const DOWN = [
  `DROP VIEW IF EXISTS schema_version, studio_summary, agent_performance, session_metrics, active_sessions`,
  `DROP TABLE IF EXISTS webhook_deliveries, webhooks, session_events, effects, outbox, metrics, audit_log CASCADE`,
  `DROP TABLE IF EXISTS settings, agent_executions, agent_settings, prompt_versions, artifacts, approvals, messages,
     idempotency_keys, sessions, projects, api_tokens, users CASCADE`,
  `DROP FUNCTION IF EXISTS refuse_audit_change(), chain_audit_row(), reset_daily_usage(), trim_message_content(),
     rename_project_in_sessions(), update_updated_at_column()`,
];
