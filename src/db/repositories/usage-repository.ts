import { In, type EntityManager } from 'typeorm';
import type { ModelCallStatus, UsageUnit } from '../../core/vocabulary.js';
import type { AgentExecution } from '../entities/agent-execution.js';
import { ModelCallEntry } from '../entities/model-call-entry.js';
import { SessionBudget } from '../entities/session-budget.js';
import { UsageDay } from '../entities/usage-day.js';

/** What a call asks for before it is made. */
export interface Reservation {
  id: string;
  profile: string;
  provider: string;
  model: string;
  /** Its ceiling in tokens, read and written. */
  maxTokens: number;
  /** Its ceiling in US dollars; null where no price is known. */
  maxUsd: number | null;
  /** After this long without an outcome it is presumed to have used its ceiling. */
  ttlSeconds: number;
  sessionId?: string;
  stepKey?: string;
  callNumber?: number;
  promptVersionId?: number;
  requestHash?: string;
}

/** Units of a budget. */
export type BudgetUnit = 'usd' | 'tokens' | 'minutes' | 'iterations';

/** Why a reservation was refused, in figures of its unit. */
export interface Refusal {
  granted: false;
  /** The profile's limit of the day, or the session's budget. */
  scope: 'daily' | 'budget';
  unit: UsageUnit | BudgetUnit;
  limit: number;
  used: number;
  /** Held by calls under way. */
  reserved: number;
  /** Null: the price is not known, so nobody can say. */
  asked: number | null;
  /** Whether it would fit if the calls under way used nothing. */
  passing: boolean;
}

/** `bounded`: some limit counts the call's tokens or dollars, so its ceiling must hold. */
export type Verdict = { granted: true; bounded: boolean } | Refusal;

/** What came of a call. */
export interface CallOutcome {
  outcome: Exclude<ModelCallStatus, 'reserved'>;
  inputTokens?: number;
  outputTokens?: number;
  cachedTokens?: number;
  cacheWriteTokens?: number;
  costUsd?: number | null;
  replyHash?: string;
}

/** `warn`: this call reached the profile's soft limit, first of the day. */
export type Settled =
  | { changed: boolean; warn: false }
  | { changed: true; warn: true; profile: string; unit: UsageUnit; limit: number; used: number };

/** A budget's limits; null is none. */
export type BudgetLimits = Record<BudgetUnit, number | null>;

/** The ledger of model calls and what they add up to. Reserving and settling are one statement each. */
export class UsageRepository {
  constructor(private readonly db: EntityManager) {}

  /** Reserves a call's ceiling in every limit that applies, or in none. Days are UTC's. */
  async reserve(ask: Reservation): Promise<Verdict> {
    const [row]: { verdict: Verdict }[] = await this.db.query(
      `SELECT reserve_model_call($1::jsonb) AS verdict`,
      [JSON.stringify(ask)],
    );
    if (!row) throw new TypeError('reserve_model_call gave no row');
    return row.verdict;
  }

  /** Replaces a reservation by what was used. The first outcome stands, but for a presumed one. */
  async settle(id: string, outcome: CallOutcome): Promise<Settled> {
    const [row]: { settled: Settled }[] = await this.db.query(
      `SELECT settle_model_call($1::jsonb) AS settled`,
      [JSON.stringify({ id, ...outcome })],
    );
    return row?.settled ?? { changed: false, warn: false };
  }

  /** Keeps why a try failed. The account is `settle`'s alone. @param message without secrets */
  async noteError(id: string, message: string): Promise<void> {
    await this.db.update(ModelCallEntry, { id }, { errorMessage: message });
  }

  /** Calls whose outcome nobody has told in time. */
  async expired(limit: number): Promise<string[]> {
    const rows: { id: string }[] = await this.db.query(
      `SELECT id FROM model_calls WHERE status = 'reserved' AND expires_at < clock_timestamp()
        ORDER BY expires_at LIMIT $1`,
      [limit],
    );
    return rows.map(({ id }) => id);
  }

  /** The reply of a call that its step made before and did not get to use. */
  async replayable(
    sessionId: string,
    stepKey: string,
    callNumber: number,
    requestHash: string,
  ): Promise<string | null> {
    const [row]: { reply_hash: string }[] = await this.db.query(
      `SELECT reply_hash FROM model_calls
        WHERE session_id = $1 AND step_key = $2 AND call_number = $3 AND request_hash = $4
          AND status = 'settled' AND is_replayable AND reply_hash IS NOT NULL AND bodies_pruned_at IS NULL
        ORDER BY created_at DESC LIMIT 1`,
      [sessionId, stepKey, callNumber, requestHash],
    );
    return row?.reply_hash ?? null;
  }

  /** Keeps a step's replies from being used again: the step got nowhere with them. */
  async forgetReplies(sessionId: string, stepKey: string): Promise<void> {
    await this.db.query(
      `UPDATE model_calls SET is_replayable = false WHERE session_id = $1 AND step_key = $2 AND is_replayable`,
      [sessionId, stepKey],
    );
  }

  /** The calls of a session in order, or of one of its steps. */
  async calls(sessionId: string, stepKey?: string): Promise<ModelCallEntry[]> {
    return this.db.find(ModelCallEntry, {
      where: { sessionId, ...(stepKey !== undefined && { stepKey }) },
      order: { createdAt: 'ASC', id: 'ASC' },
    });
  }

  /**
   * The tries of model calls that an execution made, in order; before them those whose replies it took over from an
   * earlier execution of its step instead of paying again. Empty when it has no step.
   */
  async callsOfExecution(
    execution: Pick<AgentExecution, 'id' | 'sessionId' | 'stepKey' | 'startedAt'>,
  ): Promise<{ call: ModelCallEntry; replayed: boolean }[]> {
    const { id, sessionId, stepKey } = execution;
    if (stepKey === null) return [];
    // Executions of one step follow each other, so a call belongs to the one that began last before it. The times
    // are compared by the database, whose microseconds a Date would lose.
    const rows: { id: string; is_own: boolean }[] = await this.db.query(
      `WITH own AS (
         SELECT e.started_at AS since,
                (SELECT min(n.started_at) FROM agent_executions n
                  WHERE n.session_id = e.session_id AND n.step_key = e.step_key AND n.id > e.id) AS until
           FROM agent_executions e WHERE e.id = $3),
       calls AS (
         SELECT c.*, c.created_at >= own.since AS is_own FROM model_calls c, own
          WHERE c.session_id = $1 AND c.step_key = $2 AND (own.until IS NULL OR c.created_at < own.until))
       SELECT c.id, c.is_own FROM calls c
        WHERE c.is_own
           OR (c.status = 'settled' AND c.is_replayable AND c.reply_hash IS NOT NULL
               AND NOT EXISTS (SELECT 1 FROM calls o WHERE o.call_number = c.call_number
                                AND (o.is_own OR (o.reply_hash IS NOT NULL AND o.created_at > c.created_at))))
        ORDER BY c.is_own, c.created_at, c.id`,
      [sessionId, stepKey, id],
    );
    const found = await this.db.findBy(ModelCallEntry, { id: In(rows.map((row) => row.id)) });
    const byId = new Map(found.map((call) => [call.id, call]));
    return rows.flatMap((row) => {
      const call = byId.get(row.id);
      return call ? [{ call, replayed: !row.is_own }] : [];
    });
  }

  /** Today's totals of every profile that has any. */
  async today(): Promise<UsageDay[]> {
    return this.db
      .createQueryBuilder(UsageDay, 'd')
      .where(`d.day = (clock_timestamp() AT TIME ZONE 'UTC')::date`)
      .orderBy('d.profile_name')
      .getMany();
  }

  /** Sets display counters of past days back. Reserving does the same on the first use of a day. */
  async resetDaily(): Promise<void> {
    await this.db.query(`SELECT reset_daily_usage()`);
  }

  /** Gives a session its budget, once. */
  async ensureBudget(sessionId: string, limits: BudgetLimits): Promise<void> {
    await this.db.query(
      `INSERT INTO session_budgets (session_id, limit_usd, limit_tokens, limit_minutes, limit_iterations)
       VALUES ($1, $2, $3, $4, $5) ON CONFLICT (session_id) DO NOTHING`,
      [sessionId, limits.usd, limits.tokens, limits.minutes, limits.iterations],
    );
  }

  async budget(sessionId: string): Promise<SessionBudget | null> {
    return this.db.findOneBy(SessionBudget, { sessionId });
  }

  /** Adds to the limits that there are; units without a limit stay without. */
  async extendBudget(sessionId: string, add: Partial<Record<BudgetUnit, number>>): Promise<void> {
    await this.db.query(
      `UPDATE session_budgets SET limit_usd = limit_usd + $2, limit_tokens = limit_tokens + $3,
              limit_minutes = limit_minutes + $4, limit_iterations = limit_iterations + $5 WHERE session_id = $1`,
      [sessionId, add.usd ?? 0, add.tokens ?? 0, add.minutes ?? 0, add.iterations ?? 0],
    );
  }

  /** How long runs have worked on a session, in minutes, a run under way included. */
  async runningMinutes(sessionId: string): Promise<number> {
    const [row]: { minutes: number }[] = await this.db.query(
      `SELECT ((running_seconds + coalesce(extract(epoch FROM clock_timestamp() - run_seen_at), 0)) / 60)::double precision
              AS minutes FROM sessions WHERE session_id = $1`,
      [sessionId],
    );
    return row?.minutes ?? 0;
  }
}
