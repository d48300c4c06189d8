import { CircuitBreaker, type BreakerOptions } from '../adapters/llm/circuit-breaker.js';
import type { ModelCall, ModelCatalog, ModelRef, ModelReply } from '../adapters/llm/port.js';
import { AppError, ModelCallError, messageOf } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import { MeteredCalls, type CallContext } from './metered-call.js';
import { callWithRetries } from './model-retry.js';
import type { Candidate, Choice, ProfileModels } from './profile-models.js';
import type { SettingsService } from './settings.js';
import type { UsageService } from './usage.js';

export interface AgentModelsParts {
  profiles: ProfileModels;
  catalog: ModelCatalog;
  usage: UsageService;
  settings: SettingsService;
  log: Logger;
  breaker?: BreakerOptions;
  /** The first wait between tries in ms; further ones grow from it. Default: 500. */
  firstWaitMs?: number;
}

/** The one function through which every model call goes. */
export class AgentModels {
  private readonly breakers = new Map<string, CircuitBreaker>();
  private readonly metered: MeteredCalls;

  constructor(private readonly parts: AgentModelsParts) {
    this.metered = new MeteredCalls(parts.usage, parts.log);
  }

  /** The profile's own model. @throws ConfigError or SecretError when it cannot be set up */
  async refFor(profile: string): Promise<ModelRef> {
    return this.parts.profiles.refFor(profile);
  }

  /** Whether the profile has a second model to ask. */
  async hasFallback(profile: string): Promise<boolean> {
    return this.parts.profiles.hasFallback(profile);
  }

  /**
   * Asks a profile's model. Each try reserves its ceiling first and settles after; tries that may succeed later are
   * repeated with backoff, jitter and the provider's own Retry-After, all within one deadline
   * (`modelDeadlineSeconds`); a model that stays away is left alone for a while; then the profile's fallback is asked.
   * @param choice `fallback` asks the fallback alone, for when the profile's own model is of no use
   * @throws LimitReachedError before a call for which a hard limit or the session's budget has no room
   * @throws ModelCallError when all fail for good or stay away
   * @throws ConfigError when a model cannot be set up
   */
  async call(
    profile: string,
    call: ModelCall,
    context: CallContext = {},
    choice: Choice = 'any',
  ): Promise<ModelReply> {
    const earlier = await this.metered.earlier(call, context);
    if (earlier) return earlier;
    const settings = await this.parts.settings.values();
    const until = performance.now() + settings.modelDeadlineSeconds * 1000;
    const candidates = await this.parts.profiles.candidates(profile, choice);
    const tried: string[] = [];
    let failure: unknown = new AppError(
      'no_fallback',
      500,
      `The profile "${profile}" has no fallback model.`,
    );
    for (const candidate of candidates) {
      try {
        const hasAlternative = candidate !== candidates.at(-1);
        return await this.callOne(profile, candidate, call, context, { until, hasAlternative });
      } catch (error) {
        if (!mayFallBack(error) || call.signal?.aborted) throw error;
        tried.push(`${candidate.ref.provider}:${candidate.ref.model} (${messageOf(error)})`);
        failure = error;
        if (candidate !== candidates.at(-1))
          this.parts.log.warn(
            { profile, ...candidate.ref, error: messageOf(error) },
            'asking the fallback model',
          );
      }
    }
    if (tried.length < 2 || !(failure instanceof ModelCallError)) throw failure;
    throw new ModelCallError(`None of the profile's models can be asked. Tried: ${tried.join('; then ')}.`, {
      details: { ...failure.details, tried },
      retryable: failure.retryable,
      cause: failure,
    });
  }

  private async callOne(
    profile: string,
    { ref, credentials, overrides }: Candidate,
    call: ModelCall,
    context: CallContext,
    { until, hasAlternative }: { until: number; hasAlternative: boolean },
  ): Promise<ModelReply> {
    const settings = await this.parts.settings.values();
    const client = this.parts.catalog.client(ref, credentials);
    const timeoutMs = overrides.timeoutMs ?? call.timeoutMs ?? settings.modelTimeoutSeconds * 1000;
    return callWithRetries({
      breaker: this.breakerOf(ref),
      until,
      hasAlternative,
      firstWaitMs: this.parts.firstWaitMs,
      signal: call.signal,
      log: this.parts.log.child({ profile, ...ref }),
      ref,
      attempt: () =>
        this.metered.make({
          profile,
          client,
          context,
          until,
          call: {
            ...call,
            maxOutputTokens: call.maxOutputTokens ?? overrides.maxOutputTokens,
            timeoutMs: Math.max(1, Math.min(timeoutMs, until - performance.now())),
          },
          standardOutputTokens: settings.maxOutputTokens,
          prices: settings.modelPrices,
        }),
    });
  }

  private breakerOf({ provider, model }: ModelRef): CircuitBreaker {
    const name = `${provider}:${model}`;
    let breaker = this.breakers.get(name);
    if (!breaker) this.breakers.set(name, (breaker = new CircuitBreaker(this.parts.breaker)));
    return breaker;
  }
}

/** Another model helps against everything that this one did or did not do, and against no limit of ours. */
function mayFallBack(error: unknown): boolean {
  return error instanceof ModelCallError && error.details['reason'] !== 'aborted';
}
