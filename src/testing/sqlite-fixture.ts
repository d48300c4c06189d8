import initSqlJs from 'sql.js';

/** Document 003's schema as its development database has it: TEXT, INTEGER and REAL only. */
export const DEVELOPMENT_SCHEMA = `
  CREATE TABLE sessions (
    session_id TEXT PRIMARY KEY, user_mission TEXT NOT NULL, project_name TEXT,
    status TEXT NOT NULL DEFAULT 'pending', current_phase TEXT NOT NULL DEFAULT 'pm',
    created_at TEXT DEFAULT CURRENT_TIMESTAMP, updated_at TEXT DEFAULT CURRENT_TIMESTAMP,
    iteration_count INTEGER DEFAULT 0, qa_passed INTEGER DEFAULT 0,
    work_dir TEXT, state_json TEXT, metadata TEXT DEFAULT '{}');
  CREATE INDEX idx_sessions_status ON sessions(status);
  CREATE TABLE checkpoints (
    id INTEGER PRIMARY KEY AUTOINCREMENT, thread_id TEXT NOT NULL, checkpoint_id TEXT NOT NULL,
    parent_checkpoint_id TEXT, checkpoint_data TEXT NOT NULL, metadata TEXT DEFAULT '{}',
    created_at TEXT DEFAULT CURRENT_TIMESTAMP, UNIQUE(thread_id, checkpoint_id));
  CREATE TABLE artifacts (
    id INTEGER PRIMARY KEY AUTOINCREMENT, session_id TEXT NOT NULL REFERENCES sessions(session_id) ON DELETE CASCADE,
    artifact_type TEXT NOT NULL, file_path TEXT NOT NULL, content_hash TEXT, version INTEGER DEFAULT 1,
    created_at TEXT DEFAULT CURRENT_TIMESTAMP, metadata TEXT DEFAULT '{}');
  CREATE TABLE agent_executions (
    id INTEGER PRIMARY KEY AUTOINCREMENT, session_id TEXT NOT NULL REFERENCES sessions(session_id) ON DELETE CASCADE,
    agent_type TEXT NOT NULL, started_at TEXT DEFAULT CURRENT_TIMESTAMP, completed_at TEXT,
    status TEXT DEFAULT 'running', input_summary TEXT, output_summary TEXT, error_message TEXT,
    tokens_used INTEGER DEFAULT 0, duration_seconds REAL, metadata TEXT DEFAULT '{}');
  CREATE TABLE agent_settings (
    id INTEGER PRIMARY KEY AUTOINCREMENT, profile_name TEXT UNIQUE NOT NULL, provider TEXT DEFAULT 'anthropic',
    model TEXT, auth_type TEXT DEFAULT 'api_key', api_key_encrypted TEXT, daily_limit INTEGER DEFAULT 0,
    hard_limit INTEGER DEFAULT 0, usage_unit TEXT DEFAULT 'runs', usage_today INTEGER DEFAULT 0,
    last_reset_date TEXT DEFAULT CURRENT_DATE, env_overrides TEXT DEFAULT '{}', active_prompt_path TEXT,
    created_at TEXT DEFAULT CURRENT_TIMESTAMP, updated_at TEXT DEFAULT CURRENT_TIMESTAMP);
  CREATE TABLE prompt_versions (
    id INTEGER PRIMARY KEY AUTOINCREMENT, profile_name TEXT NOT NULL, version_number INTEGER NOT NULL,
    prompt_content TEXT NOT NULL, note TEXT, is_active INTEGER DEFAULT 0,
    created_at TEXT DEFAULT CURRENT_TIMESTAMP, UNIQUE(profile_name, version_number));
  CREATE TABLE audit_log (
    id INTEGER PRIMARY KEY AUTOINCREMENT, event_type TEXT NOT NULL, session_id TEXT, user_action TEXT,
    details TEXT DEFAULT '{}', ip_address TEXT, created_at TEXT DEFAULT CURRENT_TIMESTAMP);
  CREATE TABLE metrics (
    id INTEGER PRIMARY KEY AUTOINCREMENT, metric_name TEXT NOT NULL, metric_value REAL NOT NULL,
    labels TEXT DEFAULT '{}', recorded_at TEXT DEFAULT CURRENT_TIMESTAMP);`;

/** What a team that tried document 003's studio for a while has in its database. */
export const DEVELOPMENT_ROWS = `
  INSERT INTO sessions VALUES
    ('3f0c6d1a', 'Build a URL shortener', 'Links', 'completed', 'complete', '2025-05-01 09:00:00', '2025-05-01 09:42:10', 2, 1, '/srv/studio/3f0c6d1a', '{"phase":"complete"}', '{"owner":"ann"}'),
    ('7be2', 'Build a chess clock', 'Links', 'awaiting_approval', 'human_gate', 1746180000, 1746180600, 0, 0, NULL, NULL, NULL),
    ('9ac4', 'Grüße 🙂', NULL, 'failed', 'qa', '2025-05-03T10:00:00+02:00', '2025-05-03T10:30:00Z', 5, 0, NULL, NULL, '{}');
  INSERT INTO checkpoints (thread_id, checkpoint_id, checkpoint_data) VALUES ('7be2', 'c1', '{}'), ('7be2', 'c2', '{}');
  INSERT INTO artifacts (session_id, artifact_type, file_path, content_hash, version, created_at, metadata) VALUES
    ('3f0c6d1a', 'prd', 'docs/PRD.md', '${'a'.repeat(64)}', 1, '2025-05-01 09:05:00', '{"words":812}'),
    ('3f0c6d1a', 'prd', 'docs/PRD.md', '${'b'.repeat(64)}', 1, '2025-05-01 09:06:00', '{}'),
    ('3f0c6d1a', 'code', '/srv/studio/3f0c6d1a/src/index.js', NULL, 1, '2025-05-01 09:30:00', NULL);
  INSERT INTO agent_executions (session_id, agent_type, started_at, completed_at, status, tokens_used, duration_seconds) VALUES
    ('3f0c6d1a', 'pm', '2025-05-01 09:00:01', '2025-05-01 09:04:59', 'completed', 5120, 298.25),
    ('7be2', 'arch', '2025-05-02 10:00:00', NULL, 'running', 12, NULL);
  INSERT INTO agent_settings (profile_name, provider, model, api_key_encrypted, daily_limit, hard_limit, env_overrides) VALUES
    ('pm', 'anthropic', 'claude-sonnet-4-20250514', NULL, 0, 0, '{}'),
    ('arch', 'openai', 'gpt-4o', 'gAAAAAB…', 20, 1, '{"REGION":"eu"}'),
    ('eng', 'openai', 'gpt-4o', NULL, 5, 0, '{}'),
    ('docs', 'ollama', 'llama3', NULL, 0, 0, '{}');
  INSERT INTO prompt_versions (profile_name, version_number, prompt_content, note, is_active, created_at) VALUES
    ('pm', 1, 'You are a PM.', NULL, 0, '2025-04-01 08:00:00'),
    ('pm', 2, 'You are a careful PM.', 'calmer', 1, '2025-04-02 08:00:00'),
    ('pm', 3, 'You are a PM.', 'back again', 0, '2025-04-03 08:00:00');
  INSERT INTO audit_log (event_type, session_id, user_action, details, ip_address, created_at) VALUES
    ('session_created', '3f0c6d1a', 'create', '{"by":"ann"}', '10.0.0.7', '2025-05-01 09:00:00'),
    ('session_approved', '3f0c6d1a', 'approve', NULL, 'localhost', '2025-05-01 09:20:00');
  INSERT INTO metrics (metric_name, metric_value, labels, recorded_at) VALUES
    ('latency', 0.125, '{"agent":"pm","unit":"s"}', '2025-05-01 09:05:00'),
    ('latency', 0.125, '{"unit":"s","agent":"pm"}', '2025-05-01 09:05:00'),
    ('runs', 3, '{}', '2025-05-01 10:00:00');`;

/** The bytes of a SQLite database that the given SQL makes. */
export async function sqliteFile(...sql: string[]): Promise<Buffer> {
  const sqlite = await initSqlJs();
  const database = new sqlite.Database();
  try {
    for (const statements of sql) database.exec(statements);
    return Buffer.from(database.export());
  } finally {
    database.close();
  }
}
