import type { CircuitBreaker } from '../adapters/llm/circuit-breaker.js';
import type { ModelRef, ModelReply } from '../adapters/llm/port.js';
import { sleep } from '../core/clock.js';
import { AppError, LimitReachedError, ModelCallError, messageOf } from '../core/errors.js';
import type { Logger } from '../core/logger.js';

/** Tries of a call whose failures may pass; a rate limit, which does pass, is waited out up to the deadline. */
const MAX_TRIES = 4;
/** The first wait in ms; each further one is four times as long, up to the most. */
const FIRST_WAIT_MS = 500;
const MAX_WAIT_MS = 30_000;

export interface RetriedCall {
  ref: ModelRef;
  breaker: CircuitBreaker;
  /** When to give up, by `performance.now()`. */
  until: number;
  /** Whether there is another model to ask instead of waiting for one that is being left alone. */
  hasAlternative: boolean;
  signal?: AbortSignal;
  log: Logger;
  /** The first wait in ms. */
  firstWaitMs?: number;
  /** Makes one try. */
  attempt: () => Promise<ModelReply>;
}

/**
 * The wait before the next try in ms: exponential, half of it random so that callers who failed together do not come
 * back together, and never shorter than the provider asked for.
 * @param failures how often the call has failed, from 1
 */
export function backoffMs(
  failures: number,
  retryAfterMs: number | undefined,
  firstWaitMs = FIRST_WAIT_MS,
  random = Math.random(),
): number {
  const full = Math.min(MAX_WAIT_MS, firstWaitMs * 4 ** (failures - 1));
  const own = full * (0.5 + random / 2);
  // A provider's wait is kept in full; the jitter on top spreads those it told the same.
  return retryAfterMs === undefined ? own : Math.max(own, retryAfterMs + firstWaitMs * random);
}

/**
 * Repeats a call while that may help and the deadline allows the wait.
 * @throws ModelCallError the last try's, or one of the breaker's when the model is being left alone
 * @throws whatever else a try throws, at once
 */
export async function callWithRetries(call: RetriedCall): Promise<ModelReply> {
  const { breaker, until, signal, log } = call;
  for (let failures = 0; ;) {
    await pass(call);
    try {
      const reply = await call.attempt();
      breaker.succeeded();
      return reply;
    } catch (error) {
      tell(breaker, error);
      failures += 1;
      const reason = error instanceof AppError ? error.details['reason'] : undefined;
      const retryable = error instanceof ModelCallError && error.retryable && !signal?.aborted;
      if (!retryable || (failures >= MAX_TRIES && reason !== 'rate_limited')) throw error;
      const asked = error.details['retryAfterMs'];
      const wait = backoffMs(failures, typeof asked === 'number' ? asked : undefined, call.firstWaitMs);
      if (performance.now() + wait >= until) throw error;
      log.warn({ failures, waitMs: Math.round(wait), error: messageOf(error) }, 'model call will be retried');
      await sleep(wait, signal);
    }
  }
}

/** Waits until the breaker lets the call through. */
async function pass({ breaker, until, signal, ref, hasAlternative }: RetriedCall): Promise<void> {
  for (;;) {
    const wait = breaker.enter();
    if (wait === 0) return;
    if (hasAlternative || performance.now() + wait >= until)
      throw new ModelCallError(
        `${ref.provider}:${ref.model} is left alone for ${Math.ceil(wait / 1000)} s, as it failed many times in a row.`,
        {
          retryable: true,
          details: { reason: 'unavailable', ...ref, retryAfterMs: wait, circuitOpen: true, unbilled: true },
        },
      );
    await sleep(wait, signal);
  }
}

function tell(breaker: CircuitBreaker, error: unknown): void {
  const reason = error instanceof ModelCallError ? error.details['reason'] : undefined;
  if (error instanceof LimitReachedError || reason === undefined || reason === 'aborted') breaker.undecided();
  else if (reason === 'unavailable' || reason === 'timeout' || reason === 'failed') breaker.failed();
  // It answered, if only to say no.
  else breaker.succeeded();
}
