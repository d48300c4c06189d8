import type { DataSource } from 'typeorm';
import { z } from 'zod';
import { NotFoundError, ValidationError } from '../core/errors.js';
import { newId } from '../core/ids.js';
import type { Session } from '../db/entities/session.js';
import { repositories } from '../db/repositories/index.js';
import type { BudgetLimits, BudgetUnit } from '../db/repositories/usage-repository.js';
import type { Dispatcher } from './dispatcher.js';
import { takeKey } from './idempotency.js';
import { checkTransition, type KindBook } from './kind-rules.js';
import type { SessionTransactions } from './session-transaction.js';
import { checked, requireRole, type Caller, type SessionService } from './sessions.js';
import type { SettingsService } from './settings.js';
import { refusalError } from './usage.js';

const amounts = {
  usd: z.number().positive().max(1_000_000).optional(),
  tokens: z.number().int().positive().max(1_000_000_000_000).optional(),
  /** Of running time: waiting at gates and in queues does not count. */
  minutes: z.number().positive().max(1_000_000).optional(),
  /** Rounds between Engineer and QA. */
  iterations: z.number().int().positive().max(10_000).optional(),
};

/** What a session may use: an option of a kind, `options.budget`. Units left out have the settings' default. */
export const budgetOption = z.strictObject(amounts);
export type BudgetOption = z.infer<typeof budgetOption>;

/** What is added to a budget. */
export const budgetExtension = z
  .strictObject(amounts)
  .refine((add) => Object.values(add).some((value) => value !== undefined), {
    message: 'must add to at least one of usd, tokens, minutes, iterations',
  });

const UNITS: readonly BudgetUnit[] = ['usd', 'tokens', 'minutes', 'iterations'];

/** One unit of a budget. `limit` is null where there is none. */
export interface BudgetUnitState {
  limit: number | null;
  used: number;
  /** Held by calls under way. */
  reserved: number;
}

/** Where a session stands with its budget. */
export interface BudgetState extends Record<BudgetUnit, BudgetUnitState> {
  /** Calls whose price nobody knows; `usd.used` is without them. */
  unpricedCalls: number;
}

/** Budgets of sessions: at the edge a session pauses, and goes on once somebody adds to it. */
export class BudgetService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly transactions: SessionTransactions,
    private readonly sessions: SessionService,
    private readonly settings: SettingsService,
    private readonly kinds: KindBook,
    private readonly dispatcher: Dispatcher,
  ) {}

  /** Gives the session its budget, from its options and the settings' defaults. Done once; later calls change nothing. */
  async ensure(session: Pick<Session, 'sessionId' | 'options'>): Promise<void> {
    await repositories(this.dataSource.manager).usage.ensureBudget(
      session.sessionId,
      await this.limitsOf(session),
    );
  }

  /** The caller's session's budget. @throws NotFoundError when the caller has no such session */
  async state(caller: Caller, sessionId: string): Promise<BudgetState> {
    const session = await this.sessions.get(caller, sessionId);
    const { usage } = repositories(this.dataSource.manager);
    const budget = await usage.budget(sessionId);
    const limits: BudgetLimits = budget
      ? {
          usd: budget.limitUsd,
          tokens: budget.limitTokens,
          minutes: budget.limitMinutes,
          iterations: budget.limitIterations,
        }
      : await this.limitsOf(session);
    return {
      usd: { limit: limits.usd, used: budget?.usedUsd ?? 0, reserved: budget?.reservedUsd ?? 0 },
      tokens: { limit: limits.tokens, used: budget?.usedTokens ?? 0, reserved: budget?.reservedTokens ?? 0 },
      minutes: { limit: limits.minutes, used: await usage.runningMinutes(sessionId), reserved: 0 },
      iterations: { limit: limits.iterations, used: session.iterationCount, reserved: 0 },
      unpricedCalls: budget?.unpricedCalls ?? 0,
    };
  }

  /**
   * Adds to the budget. A session that paused at its edge goes on exactly where it stood.
   * @param idempotencyKey the same key and amounts add once, however often they are sent
   * @returns where the session stands now, and whether this call added anything
   * @throws ConflictError `idempotency_mismatch` when the key was used with another input
   * @throws ValidationError for a unit that has no limit: adding to it would make one
   * @throws NotFoundError when the caller has no such session
   */
  async extend(
    caller: Caller,
    sessionId: string,
    add: BudgetOption,
    idempotencyKey?: string,
  ): Promise<{ state: BudgetState; added: boolean }> {
    requireRole(caller, 'submitter');
    const wish = checked(budgetExtension, add);
    await this.sessions.getToAct(caller, sessionId);
    const before = await this.state(caller, sessionId);
    const unlimited = UNITS.filter((unit) => wish[unit] !== undefined && before[unit].limit === null);
    if (unlimited.length > 0)
      throw new ValidationError(
        `The session has no budget in ${unlimited.join(' and ')}: there is nothing to add to.`,
        unlimited.map((unit) => ({ field: unit, message: 'has no limit in this session' })),
      );
    const done = await this.transactions.locked(sessionId, async (tx, session) => {
      const earlier = await takeKey(tx, caller, idempotencyKey, ['budget', sessionId, wish], newId());
      if (earlier !== null) return { added: false, woken: false };
      await tx.usage.ensureBudget(sessionId, await this.limitsOf(session));
      await tx.usage.extendBudget(sessionId, wish);
      const kind = this.kinds.get(session.kind);
      const paused = session.status === kind.statuses.stuck && session.error?.code === 'budget_reached';
      if (paused) {
        checkTransition(kind, session, kind.statuses.created);
        // Not a retry: the graph is inside a step, and goes on with just that step.
        await tx.sessions.wake(sessionId, { status: kind.statuses.created, error: null, completedAt: null });
        await this.dispatcher.dispatchIn(tx.manager, sessionId);
        tx.emit('status', { status: kind.statuses.created, phase: session.currentPhase });
      }
      tx.log({
        eventType: 'budget_extended',
        userId: caller.userId,
        userAction: 'extend budget',
        details: { added: wish, woken: paused },
        ipAddress: caller.ip ?? null,
      });
      return { added: true, woken: paused };
    });
    if (done.woken) this.dispatcher.dispatchSoon(sessionId);
    return { state: await this.state(caller, sessionId), added: done.added };
  }

  /**
   * For the engine, before a step begins: whether the budget still allows it. The first one gives the session its budget.
   * @param iteration the step's round; 0 for steps outside rounds
   * @throws LimitReachedError `budget_reached`
   */
  async checkStep(
    session: Pick<Session, 'sessionId' | 'options'>,
    agent: string,
    iteration: number,
  ): Promise<void> {
    const { sessionId } = session;
    const { usage } = repositories(this.dataSource.manager);
    let budget = await usage.budget(sessionId);
    if (!budget) {
      await this.ensure(session);
      budget = await usage.budget(sessionId);
    }
    if (!budget) throw new NotFoundError('budget of session', sessionId);
    const refuse = (unit: BudgetUnit, limit: number, used: number): never => {
      throw refusalError(
        { profile: agent, provider: '', model: '', sessionId },
        { granted: false, scope: 'budget', unit, limit, used, reserved: 0, asked: 1, passing: false },
      );
    };
    if (budget.limitIterations !== null && iteration > budget.limitIterations)
      refuse('iterations', budget.limitIterations, iteration - 1);
    if (budget.limitMinutes === null) return;
    const minutes = await usage.runningMinutes(sessionId);
    if (minutes >= budget.limitMinutes) refuse('minutes', budget.limitMinutes, minutes);
  }

  private async limitsOf({ options }: Pick<Session, 'options'>): Promise<BudgetLimits> {
    const own = budgetOption.safeParse(options['budget'] ?? {});
    const standard = await this.settings.values();
    const given: BudgetOption = own.success ? own.data : {};
    return {
      usd: given.usd ?? standard.budgetUsd,
      tokens: given.tokens ?? standard.budgetTokens,
      minutes: given.minutes ?? standard.budgetMinutes,
      iterations: given.iterations ?? standard.budgetIterations,
    };
  }
}
