import type { DataSource } from 'typeorm';
import type { ArtifactStore } from '../adapters/storage/port.js';
import { sleep } from '../core/clock.js';
import { LimitReachedError, messageOf } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import { repositories } from '../db/repositories/index.js';
import type {
  CallOutcome,
  Refusal,
  Reservation,
  Settled,
  Verdict,
} from '../db/repositories/usage-repository.js';

/** How often a call that waits for others to settle asks again, in ms; jitter of as much again is added. */
const POLL_MS = 150;
const SWEEP_BATCH = 100;
/** How often the display counters are looked at, in ms: days begin seldom. */
const RESET_EVERY_MS = 60_000;

/** That a profile's soft limit was reached, first of the day. */
export type LimitWarning = Extract<Settled, { warn: true }>;

/**
 * The accounts of model calls. Each call reserves its ceiling in the database before it is made and settles with
 * what it used, so that a hard limit holds however many processes call at once and whenever one of them dies.
 */
export class UsageService {
  private nextReset = 0;

  constructor(
    private readonly dataSource: DataSource,
    private readonly store: ArtifactStore,
    private readonly log: Logger,
  ) {}

  /**
   * Reserves a call's ceiling. Where only calls under way stand against it, waits for them to settle.
   * @param wait until when to wait (by `performance.now()`), and what ends the waiting early
   * @throws LimitReachedError when there is no room; nothing is reserved then
   */
  async reserve(
    ask: Reservation,
    wait: { until: number; signal?: AbortSignal },
  ): Promise<Extract<Verdict, { granted: true }>> {
    for (;;) {
      const verdict = await repositories(this.dataSource.manager).usage.reserve(ask);
      if (verdict.granted) return verdict;
      const pause = POLL_MS * (1 + Math.random());
      if (!verdict.passing || performance.now() + pause > wait.until) throw refusalError(ask, verdict);
      await sleep(pause, wait.signal);
    }
  }

  /** Replaces a reservation by what came of the call. Safe to repeat: the first outcome stands. */
  async settle(id: string, outcome: CallOutcome): Promise<Settled> {
    return repositories(this.dataSource.manager).usage.settle(id, outcome);
  }

  /** Keeps why a try of a call failed, beside its account. @param message without secrets */
  async noteError(id: string, message: string): Promise<void> {
    await repositories(this.dataSource.manager).usage.noteError(id, message);
  }

  /** Keeps JSON beside the ledger, by its hash. */
  async keep(value: unknown): Promise<string> {
    return this.store.put(Buffer.from(JSON.stringify(value), 'utf8'));
  }

  /** The reply a step got for this very call when it was carried before, or undefined. */
  async earlierReply(
    of: Required<Pick<Reservation, 'sessionId' | 'stepKey' | 'callNumber' | 'requestHash'>>,
  ): Promise<unknown> {
    const hash = await repositories(this.dataSource.manager).usage.replayable(
      of.sessionId,
      of.stepKey,
      of.callNumber,
      of.requestHash,
    );
    if (hash === null) return undefined;
    try {
      return JSON.parse((await this.store.get(hash)).toString('utf8')) as unknown;
    } catch (error) {
      this.log.warn({ hash, error: messageOf(error) }, 'an earlier reply is gone; asking again');
      return undefined;
    }
  }

  /** Keeps a step's replies from being used again, after it failed because of them. */
  async forgetReplies(sessionId: string, stepKey: string): Promise<void> {
    await repositories(this.dataSource.manager).usage.forgetReplies(sessionId, stepKey);
  }

  /**
   * The reconciler's part: calls whose process died are billed at their ceiling, as nobody knows what they used;
   * display counters of past days go back to zero.
   * @returns how many calls were presumed
   */
  async sweep(): Promise<number> {
    const { usage } = repositories(this.dataSource.manager);
    if (performance.now() >= this.nextReset) {
      this.nextReset = performance.now() + RESET_EVERY_MS;
      await usage.resetDaily();
    }
    const lost = await usage.expired(SWEEP_BATCH);
    for (const id of lost) await usage.settle(id, { outcome: 'presumed' });
    if (lost.length > 0)
      this.log.warn({ calls: lost.length }, 'calls without an outcome billed at their ceiling');
    return lost.length;
  }
}

const amount = (unit: string, value: number): string =>
  unit === 'usd'
    ? `$${value.toFixed(value < 1 ? 4 : 2)}`
    : `${Math.ceil(value).toLocaleString('en-US')} ${unit}`;

/** A refusal in words, with the way out. */
export function refusalError(
  ask: Pick<Reservation, 'profile' | 'provider' | 'model' | 'sessionId'>,
  refusal: Refusal,
): LimitReachedError {
  const { scope, unit, limit, used, reserved, asked } = refusal;
  const details = { scope, unit, limit, used, reserved, asked, profile: ask.profile };
  const whose =
    scope === 'daily' ? `The profile "${ask.profile}" has a daily limit` : 'The session has a budget';
  if (asked === null)
    return new LimitReachedError(
      'price_unknown',
      `${whose} in US dollars, and nobody knows the price of ${ask.provider}:${ask.model}. Set it in the setting ` +
        `"modelPrices", choose another model, or limit by tokens; then retry.`,
      { details: { ...details, provider: ask.provider, model: ask.model } },
    );
  const stands =
    `${amount(unit, used)} of ${amount(unit, limit)} ${scope === 'daily' ? 'used today' : 'used'}` +
    (reserved > 0 ? `, ${amount(unit, reserved)} held by calls under way` : '') +
    (unit === 'minutes' || unit === 'iterations'
      ? ''
      : `; the next call may take up to ${amount(unit, asked)}`);
  return scope === 'daily'
    ? new LimitReachedError(
        'limit_reached',
        `The profile "${ask.profile}" has reached its daily limit: ${stands}. Raise the limit, or wait for the next day (UTC); then retry.`,
        { details },
      )
    : new LimitReachedError(
        'budget_reached',
        `The session paused at the edge of its budget: ${stands}. Extend the budget, and it goes on where it stands.`,
        { details },
      );
}
