import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What model calls may use and did use: the ledger of calls, exact totals per profile and day, budgets of sessions,
 * and the two functions through which every call reserves and settles. See docs/adr/0006-calls-reserve-before-they-are-made.md.
 */
export class CreateMetering1795370400002 implements MigrationInterface {
  name = 'CreateMetering1795370400002';

  async up(db: QueryRunner): Promise<void> {
    for (const statement of UP) await db.query(statement);
  }

  async down(db: QueryRunner): Promise<void> {
    for (const statement of DOWN) await db.query(statement);
  }
}

const STREAM_EVENTS = (extra: string): string[] => [
  `ALTER TABLE session_events DROP CONSTRAINT session_events_type_check`,
  `ALTER TABLE session_events ADD CONSTRAINT session_events_type_check
     CHECK (type IN ('phase', 'execution', 'message', 'token', 'artifact', 'approval', 'status', 'error'${extra}))`,
];

const UP = [
  `ALTER TABLE agent_settings
     ADD COLUMN api_key_last_four varchar(4),
     ADD COLUMN fallback_provider varchar(50),
     ADD COLUMN fallback_model varchar(100)`,
  `ALTER TABLE sessions
     ADD COLUMN running_seconds numeric(14, 3) NOT NULL DEFAULT 0,
     ADD COLUMN run_seen_at timestamptz`,
  ...STREAM_EVENTS(`, 'warning'`),

  `CREATE TABLE usage_days (
     profile_name varchar(50) NOT NULL,
     day date NOT NULL,
     used_runs integer NOT NULL DEFAULT 0,
     used_tokens bigint NOT NULL DEFAULT 0,
     used_usd numeric(18, 8) NOT NULL DEFAULT 0,
     reserved_runs integer NOT NULL DEFAULT 0,
     reserved_tokens bigint NOT NULL DEFAULT 0,
     reserved_usd numeric(18, 8) NOT NULL DEFAULT 0,
     unpriced_calls integer NOT NULL DEFAULT 0,
     warned_at timestamptz,
     PRIMARY KEY (profile_name, day)
   )`,

  `CREATE TABLE session_budgets (
     session_id varchar(64) PRIMARY KEY REFERENCES sessions(session_id) ON DELETE CASCADE,
     limit_usd numeric(18, 8),
     limit_tokens bigint,
     limit_minutes numeric(12, 3),
     limit_iterations integer,
     used_usd numeric(18, 8) NOT NULL DEFAULT 0,
     used_tokens bigint NOT NULL DEFAULT 0,
     reserved_usd numeric(18, 8) NOT NULL DEFAULT 0,
     reserved_tokens bigint NOT NULL DEFAULT 0,
     unpriced_calls integer NOT NULL DEFAULT 0,
     created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP
   )`,

  `CREATE TABLE model_calls (
     id varchar(64) PRIMARY KEY,
     profile_name varchar(50) NOT NULL,
     usage_day date NOT NULL,
     session_id varchar(64) REFERENCES sessions(session_id) ON DELETE CASCADE,
     step_key varchar(255),
     call_number integer NOT NULL DEFAULT 1,
     provider varchar(50) NOT NULL,
     model varchar(100) NOT NULL,
     prompt_version_id bigint REFERENCES prompt_versions(id) ON DELETE SET NULL,
     status varchar(20) NOT NULL DEFAULT 'reserved'
       CONSTRAINT model_calls_status_check CHECK (status IN ('reserved', 'settled', 'released', 'presumed')),
     max_tokens bigint NOT NULL,
     max_usd numeric(18, 8),
     input_tokens integer,
     output_tokens integer,
     cached_tokens integer,
     cache_write_tokens integer,
     cost_usd numeric(18, 8),
     request_hash varchar(64),
     reply_hash varchar(64),
     is_replayable boolean NOT NULL DEFAULT true,
     expires_at timestamptz NOT NULL,
     created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
     settled_at timestamptz
   )`,
  `CREATE INDEX idx_model_calls_step ON model_calls (session_id, step_key, call_number)`,
  `CREATE INDEX idx_model_calls_reserved ON model_calls (expires_at) WHERE status = 'reserved'`,
  `CREATE INDEX idx_model_calls_created ON model_calls (created_at)`,

  // Days are UTC's, so that every process and connection agrees on when one begins.
  `CREATE OR REPLACE FUNCTION reset_daily_usage() RETURNS void LANGUAGE plpgsql AS $$
   DECLARE today date := (clock_timestamp() AT TIME ZONE 'UTC')::date;
   BEGIN
     UPDATE agent_settings SET usage_today = 0, last_reset_date = today WHERE last_reset_date < today;
   END $$`,

  // Locks in the order agent_settings, usage_days, session_budgets, model_calls; settle_model_call does the same.
  `CREATE FUNCTION reserve_model_call(ask jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
   DECLARE
     today date := (clock_timestamp() AT TIME ZONE 'UTC')::date;
     ask_profile varchar := ask->>'profile';
     ask_session varchar := ask->>'sessionId';
     ask_tokens bigint := (ask->>'maxTokens')::bigint;
     ask_usd numeric := (ask->>'maxUsd')::numeric;
     setting agent_settings;
     day_row usage_days;
     budget session_budgets;
     is_bounded boolean := false;
     minutes numeric;
     refused jsonb;
   BEGIN
     IF EXISTS (SELECT 1 FROM agent_settings WHERE last_reset_date < today) THEN
       PERFORM reset_daily_usage();
     END IF;
     SELECT * INTO setting FROM agent_settings WHERE profile_name = ask_profile;
     INSERT INTO usage_days (profile_name, day) VALUES (ask_profile, today) ON CONFLICT DO NOTHING;
     SELECT * INTO day_row FROM usage_days WHERE profile_name = ask_profile AND day = today FOR UPDATE;

     IF coalesce(setting.daily_limit, 0) > 0 AND setting.hard_limit THEN
       is_bounded := setting.usage_unit <> 'runs';
       refused := CASE setting.usage_unit
         WHEN 'runs' THEN refuse_over('daily', 'runs', setting.daily_limit, day_row.used_runs, day_row.reserved_runs, 1)
         WHEN 'tokens' THEN refuse_over('daily', 'tokens', setting.daily_limit, day_row.used_tokens, day_row.reserved_tokens, ask_tokens)
         ELSE refuse_over('daily', 'usd', setting.daily_limit, day_row.used_usd, day_row.reserved_usd, ask_usd) END;
       IF refused IS NOT NULL THEN RETURN refused; END IF;
     END IF;

     IF ask_session IS NOT NULL THEN
       SELECT * INTO budget FROM session_budgets WHERE session_id = ask_session FOR UPDATE;
       IF NOT FOUND THEN
         RAISE EXCEPTION 'session % has no row in session_budgets', ask_session;
       END IF;
       is_bounded := is_bounded OR budget.limit_usd IS NOT NULL OR budget.limit_tokens IS NOT NULL;
       SELECT (running_seconds + coalesce(extract(epoch FROM clock_timestamp() - run_seen_at), 0)) / 60
         INTO minutes FROM sessions WHERE session_id = ask_session;
       refused := coalesce(
         CASE WHEN budget.limit_usd IS NOT NULL THEN
           refuse_over('budget', 'usd', budget.limit_usd, budget.used_usd, budget.reserved_usd, ask_usd) END,
         CASE WHEN budget.limit_tokens IS NOT NULL THEN
           refuse_over('budget', 'tokens', budget.limit_tokens, budget.used_tokens, budget.reserved_tokens, ask_tokens) END,
         CASE WHEN budget.limit_minutes IS NOT NULL AND minutes >= budget.limit_minutes THEN
           refuse_over('budget', 'minutes', budget.limit_minutes, minutes, 0, 1) END);
       IF refused IS NOT NULL THEN RETURN refused; END IF;
       UPDATE session_budgets
          SET reserved_tokens = reserved_tokens + ask_tokens, reserved_usd = reserved_usd + coalesce(ask_usd, 0)
        WHERE session_id = ask_session;
     END IF;

     UPDATE usage_days
        SET reserved_runs = reserved_runs + 1, reserved_tokens = reserved_tokens + ask_tokens,
            reserved_usd = reserved_usd + coalesce(ask_usd, 0)
      WHERE profile_name = ask_profile AND day = today;
     INSERT INTO model_calls (id, profile_name, usage_day, session_id, step_key, call_number, provider, model,
                              prompt_version_id, max_tokens, max_usd, request_hash, expires_at)
     VALUES (ask->>'id', ask_profile, today, ask_session, ask->>'stepKey', coalesce((ask->>'callNumber')::integer, 1),
             ask->>'provider', ask->>'model', (ask->>'promptVersionId')::bigint, ask_tokens, ask_usd,
             ask->>'requestHash', clock_timestamp() + make_interval(secs => (ask->>'ttlSeconds')::double precision));
     RETURN jsonb_build_object('granted', true, 'bounded', is_bounded);
   END $$`,
  // NULL when it fits. A price that is not known cannot be promised to fit. "passing" says that calls under way hold
  // what is missing, so that it may fit once they are settled.
  `CREATE FUNCTION refuse_over(scope text, unit text, max_value numeric, used numeric, reserved numeric, asked numeric)
     RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
     SELECT CASE WHEN asked IS NOT NULL AND used + reserved + asked <= max_value THEN NULL
       ELSE jsonb_build_object('granted', false, 'scope', scope, 'unit', unit, 'limit', max_value, 'used', used,
                               'reserved', reserved, 'asked', asked,
                               'passing', asked IS NOT NULL AND reserved > 0 AND used + asked <= max_value) END
   $$`,

  // Outcomes: settled (what was used is known), released (nothing was), presumed (nobody knows: the ceiling stands).
  // A presumed call whose outcome becomes known after all is corrected; the other two are final.
  `CREATE FUNCTION settle_model_call(done jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
   DECLARE
     today date := (clock_timestamp() AT TIME ZONE 'UTC')::date;
     outcome varchar := done->>'outcome';
     call_row model_calls;
     setting agent_settings;
     day_row usage_days;
     tokens bigint;
     usd numeric;
     runs integer;
     unpriced integer;
     used_now numeric;
     held integer;
   BEGIN
     SELECT * INTO call_row FROM model_calls WHERE id = done->>'id';
     IF NOT FOUND THEN RETURN jsonb_build_object('changed', false); END IF;
     SELECT * INTO setting FROM agent_settings WHERE profile_name = call_row.profile_name FOR UPDATE;
     SELECT * INTO day_row FROM usage_days
      WHERE profile_name = call_row.profile_name AND day = call_row.usage_day FOR UPDATE;
     PERFORM 1 FROM session_budgets WHERE session_id = call_row.session_id FOR UPDATE;
     SELECT * INTO call_row FROM model_calls WHERE id = done->>'id' FOR UPDATE;
     IF call_row.status IN ('settled', 'released') OR call_row.status = outcome THEN
       RETURN jsonb_build_object('changed', false);
     END IF;

     tokens := CASE outcome WHEN 'released' THEN 0 WHEN 'presumed' THEN call_row.max_tokens
       ELSE coalesce((done->>'inputTokens')::bigint, 0) + coalesce((done->>'outputTokens')::bigint, 0) END;
     usd := CASE outcome WHEN 'released' THEN 0 WHEN 'presumed' THEN call_row.max_usd ELSE (done->>'costUsd')::numeric END;
     runs := CASE outcome WHEN 'released' THEN 0 ELSE 1 END;
     unpriced := CASE WHEN usd IS NULL THEN 1 ELSE 0 END;
     usd := coalesce(usd, 0);
     held := CASE call_row.status WHEN 'reserved' THEN 1 ELSE 0 END;
     IF held = 0 THEN
       -- Presumed before: what was billed at the ceiling then is replaced.
       tokens := tokens - call_row.max_tokens;
       usd := usd - coalesce(call_row.max_usd, 0);
       runs := runs - 1;
       unpriced := unpriced - CASE WHEN call_row.max_usd IS NULL THEN 1 ELSE 0 END;
     END IF;

     UPDATE usage_days
        SET reserved_runs = reserved_runs - held, reserved_tokens = reserved_tokens - held * call_row.max_tokens,
            reserved_usd = reserved_usd - held * coalesce(call_row.max_usd, 0),
            used_runs = used_runs + runs, used_tokens = used_tokens + tokens, used_usd = used_usd + usd,
            unpriced_calls = unpriced_calls + unpriced
      WHERE profile_name = call_row.profile_name AND day = call_row.usage_day
      RETURNING * INTO day_row;
     UPDATE session_budgets
        SET reserved_tokens = reserved_tokens - held * call_row.max_tokens,
            reserved_usd = reserved_usd - held * coalesce(call_row.max_usd, 0),
            used_tokens = used_tokens + tokens, used_usd = used_usd + usd, unpriced_calls = unpriced_calls + unpriced
      WHERE session_id = call_row.session_id;
     UPDATE model_calls
        SET status = outcome, settled_at = clock_timestamp(),
            input_tokens = (done->>'inputTokens')::integer, output_tokens = (done->>'outputTokens')::integer,
            cached_tokens = (done->>'cachedTokens')::integer, cache_write_tokens = (done->>'cacheWriteTokens')::integer,
            cost_usd = CASE outcome WHEN 'settled' THEN (done->>'costUsd')::numeric END, reply_hash = done->>'replyHash'
      WHERE id = call_row.id;

     used_now := CASE setting.usage_unit WHEN 'runs' THEN day_row.used_runs WHEN 'tokens' THEN day_row.used_tokens
                                         ELSE day_row.used_usd END;
     IF setting.id IS NULL OR call_row.usage_day <> today THEN
       RETURN jsonb_build_object('changed', true, 'warn', false);
     END IF;
     -- Document 003's column is an integer: whole units, rounded up, for people. The exact figures are in usage_days.
     UPDATE agent_settings
        SET usage_today = least(ceil(used_now), 2147483647)::integer, last_reset_date = greatest(last_reset_date, today)
      WHERE id = setting.id;
     IF setting.daily_limit > 0 AND NOT setting.hard_limit AND used_now >= setting.daily_limit
        AND day_row.warned_at IS NULL THEN
       UPDATE usage_days SET warned_at = clock_timestamp()
        WHERE profile_name = call_row.profile_name AND day = call_row.usage_day;
       RETURN jsonb_build_object('changed', true, 'warn', true, 'profile', call_row.profile_name,
                                 'unit', setting.usage_unit, 'limit', setting.daily_limit, 'used', used_now);
     END IF;
     RETURN jsonb_build_object('changed', true, 'warn', false);
   END $$`,
];

const DOWN = [
  `DROP FUNCTION settle_model_call(jsonb)`,
  `DROP FUNCTION reserve_model_call(jsonb)`,
  `DROP FUNCTION refuse_over(text, text, numeric, numeric, numeric, numeric)`,
  `CREATE OR REPLACE FUNCTION reset_daily_usage() RETURNS void LANGUAGE plpgsql AS $$
   BEGIN
     UPDATE agent_settings SET usage_today = 0, last_reset_date = CURRENT_DATE
      WHERE last_reset_date < CURRENT_DATE;
   END $$`,
  `DROP TABLE model_calls, session_budgets, usage_days`,
  `DELETE FROM session_events WHERE type = 'warning'`,
  ...STREAM_EVENTS(''),
  `ALTER TABLE sessions DROP COLUMN running_seconds, DROP COLUMN run_seen_at`,
  `ALTER TABLE agent_settings
     DROP COLUMN api_key_last_four, DROP COLUMN fallback_provider, DROP COLUMN fallback_model`,
];
