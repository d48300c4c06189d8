import { z } from 'zod';
import { ceilingOf, costOf, type PriceOverrides } from '../adapters/llm/cost.js';
import type { ModelCall, ModelClient, ModelRef, ModelReply, ModelUsage } from '../adapters/llm/port.js';
import { AppError, messageOf } from '../core/errors.js';
import { sha256 } from '../core/hash.js';
import { newId } from '../core/ids.js';
import type { Logger } from '../core/logger.js';
import type { CallOutcome } from '../db/repositories/usage-repository.js';
import type { LimitWarning, UsageService } from './usage.js';

/** How long past its timeout a call may stay without an outcome before it counts as lost. */
const GRACE_SECONDS = 60;

/** What one try of a call used. */
export interface TryUsage {
  ref: ModelRef;
  usage: ModelUsage;
  /** Null where no price is known. */
  costUsd: number | null;
}

/** For whom a call is made. */
export interface CallContext {
  /** The session whose budget pays for it; needs a budget row. */
  sessionId?: string;
  /** The step it belongs to and which of the step's calls it is, from 1: a step taken up again gets its reply back. */
  stepKey?: string;
  callNumber?: number;
  /** False: the step has never been begun before, so there is no earlier reply to look for. */
  again?: boolean;
  promptVersionId?: number;
  /** Hears what tries used that came to nothing, where that is known. */
  onWaste?: (used: TryUsage) => void;
  /** Hears that the profile's soft limit was reached, once a day. */
  onWarning?: (warning: LimitWarning) => Promise<void>;
}

/** One try of a call. */
export interface MeteredCall {
  profile: string;
  client: ModelClient;
  call: ModelCall;
  context: CallContext;
  /** Until when to wait for room under a limit, by `performance.now()`. */
  until: number;
  /** The longest answer where a limit counts it and nothing else bounds it. */
  standardOutputTokens: number;
  prices: PriceOverrides;
}

const tokens = z.number().int().min(0);
const keptReply = z.object({
  text: z.string(),
  truncated: z.boolean().optional(),
  stopReason: z.string(),
  provider: z.string(),
  model: z.string(),
  usage: z.object({
    inputTokens: tokens,
    outputTokens: tokens,
    cachedTokens: tokens,
    cacheWriteTokens: tokens,
    estimated: z.boolean(),
  }),
  costUsd: z.number().nullable(),
  rehearsal: z.object({ recording: z.string(), title: z.string(), exact: z.boolean() }).optional(),
});

/** Makes model calls that are reserved before and settled after, whatever becomes of them. */
export class MeteredCalls {
  constructor(
    private readonly usage: UsageService,
    private readonly log: Logger,
  ) {}

  /**
   * The reply that the call's step got for the same messages when it was carried before: it was paid for, and a step
   * that is taken up again (after a crash, at a budget's edge) goes on from it. `replayed` is set, usage is zero.
   */
  async earlier(call: ModelCall, context: CallContext): Promise<ModelReply | undefined> {
    const { sessionId, stepKey, callNumber, again } = context;
    if (again === false) return undefined;
    if (sessionId === undefined || stepKey === undefined || callNumber === undefined) return undefined;
    const kept = await this.usage.earlierReply({
      sessionId,
      stepKey,
      callNumber,
      requestHash: requestHash(call),
    });
    const reply = keptReply.safeParse(kept);
    if (!reply.success) return undefined;
    this.log.info({ sessionId, step: stepKey, call: callNumber }, 'reply of an earlier run is used again');
    return { ...reply.data, replayed: true };
  }

  /**
   * One try: reserve, call, settle.
   * @throws LimitReachedError when there is no room; nothing was called then
   * @throws ModelCallError the client's
   */
  async make(one: MeteredCall): Promise<ModelReply> {
    const { profile, client, context, prices } = one;
    const { ref } = client;
    const id = newId();
    const maxOutputTokens = one.call.maxOutputTokens ?? one.standardOutputTokens;
    const ceiling = ceilingOf(ref, one.call.messages, maxOutputTokens, prices);
    const { bounded } = await this.usage.reserve(
      {
        id,
        profile,
        ...ref,
        maxTokens: ceiling.tokens,
        maxUsd: ceiling.usd,
        ttlSeconds: (one.call.timeoutMs ?? 0) / 1000 + GRACE_SECONDS,
        sessionId: context.sessionId,
        stepKey: context.stepKey,
        callNumber: context.callNumber,
        promptVersionId: context.promptVersionId,
        requestHash: await this.usage.keep(one.call.messages),
      },
      { until: one.until, signal: one.call.signal },
    );
    try {
      // Where a limit counts tokens or dollars, the ceiling is told to the provider, so that it holds.
      const call = bounded ? { ...one.call, maxOutputTokens } : one.call;
      const answer = await client.call(call);
      const reply = { ...answer, costUsd: costOf(ref, answer.usage, prices) };
      await this.settle(id, context, {
        ...counts(reply.usage, reply.costUsd),
        outcome: 'settled',
        replyHash: await this.usage.keep(reply),
      });
      return reply;
    } catch (error) {
      await this.settleFailure(id, one, error);
      throw error;
    }
  }

  /** What a failed try is billed: what the provider counted; nothing, if it cannot have worked; else the ceiling. */
  private async settleFailure(id: string, one: MeteredCall, error: unknown): Promise<void> {
    const { ref } = one.client;
    const details = error instanceof AppError ? error.details : {};
    const used = keptReply.shape.usage.safeParse(details['usage']);
    try {
      await this.usage.noteError(id, wordsOf(error));
      if (used.success) {
        const costUsd = costOf(ref, used.data, one.prices);
        one.context.onWaste?.({ ref, usage: used.data, costUsd });
        await this.settle(id, one.context, { ...counts(used.data, costUsd), outcome: 'settled' });
      } else {
        const outcome = details['unbilled'] === true ? 'released' : 'presumed';
        await this.settle(id, one.context, { outcome });
      }
    } catch (settling) {
      // The reservation runs out by itself, and is then presumed to have used its ceiling.
      this.log.warn({ call: id, error: messageOf(settling) }, 'a failed model call could not be settled');
    }
  }

  private async settle(id: string, context: CallContext, outcome: CallOutcome): Promise<void> {
    const settled = await this.usage.settle(id, outcome);
    if (!settled.warn) return;
    this.log.warn(
      { profile: settled.profile, unit: settled.unit, limit: settled.limit },
      'daily limit reached',
    );
    await context.onWarning?.(settled);
  }
}

/**
 * Why a try failed, for the record: our own errors say what they may (the providers' are rid of keys where they are
 * read), and of others, which may quote anything, only the name is kept.
 */
function wordsOf(error: unknown): string {
  if (error instanceof AppError) return error.message.slice(0, 2000);
  return error instanceof Error ? error.name : 'failed';
}

function counts(usage: ModelUsage, costUsd: number | null): Omit<CallOutcome, 'outcome'> {
  const { inputTokens, outputTokens, cachedTokens, cacheWriteTokens } = usage;
  return { inputTokens, outputTokens, cachedTokens, cacheWriteTokens, costUsd };
}

/** The hash under which `UsageService.keep` stores these messages. */
function requestHash({ messages }: ModelCall): string {
  return sha256(JSON.stringify(messages));
}
