import { calcPrice } from '@pydantic/genai-prices';
import { textOf } from './messages.js';
import type { ModelMessage, ModelRef, ModelUsage } from './port.js';

/** US dollars per million tokens, set by an administrator over the price list. */
export interface ModelPrice {
  input: number;
  output: number;
  /** Input read from the provider's cache; as `input` when absent. */
  cacheRead?: number;
  /** Input written to the provider's cache; as `input` when absent. */
  cacheWrite?: number;
}

/** Prices by `provider:model`; `provider:*` stands for all of a provider's models that have none of their own. */
export type PriceOverrides = Readonly<Record<string, ModelPrice>>;

/** Our providers by their name in the price list. */
const LISTED: Readonly<Record<string, string>> = {
  anthropic: 'anthropic',
  openai: 'openai',
  'google-genai': 'google',
};
/** What runs on one's own machine, or plays a recording, costs nothing per token. */
const FREE = new Set(['ollama', 'rehearsal']);

const MILLION = 1_000_000;

type Counted = Pick<ModelUsage, 'inputTokens' | 'outputTokens' | 'cachedTokens' | 'cacheWriteTokens'>;

/**
 * The cost of a call in US dollars: by the overrides, else the price list that ships with `@pydantic/genai-prices`
 * (prices that rise with long inputs included), else nothing for local and rehearsed models.
 * @returns null when nobody knows the model's price
 */
export function costOf(ref: ModelRef, usage: Counted, overrides: PriceOverrides = {}): number | null {
  const own = overrides[`${ref.provider}:${ref.model}`] ?? overrides[`${ref.provider}:*`];
  if (own) return costByPrice(own, usage);
  if (FREE.has(ref.provider)) return 0;
  const providerId = LISTED[ref.provider];
  if (providerId === undefined) return null;
  const listed = calcPrice(
    {
      input_tokens: usage.inputTokens,
      cache_read_tokens: usage.cachedTokens,
      cache_write_tokens: usage.cacheWriteTokens,
      output_tokens: usage.outputTokens,
    },
    ref.model,
    { providerId },
  );
  return listed?.total_price ?? null;
}

function costByPrice(price: ModelPrice, usage: Counted): number {
  const plain = usage.inputTokens - usage.cachedTokens - usage.cacheWriteTokens;
  return (
    (Math.max(0, plain) * price.input +
      usage.cachedTokens * (price.cacheRead ?? price.input) +
      usage.cacheWriteTokens * (price.cacheWrite ?? price.input) +
      usage.outputTokens * price.output) /
    MILLION
  );
}

/** The most a call can use: tokens read and written, and dollars (null where the price is unknown). */
export interface CallCeiling {
  tokens: number;
  usd: number | null;
}

/** Tokens that providers put around each message and around a conversation, generously. */
const PER_MESSAGE = 16;
const PER_CALL = 64;

/**
 * The most tokens these messages can be. Every tokenizer in use spends at most one token per byte of UTF-8 (they
 * fall back to bytes), so this is a bound where a guess by characters is not.
 */
export function inputCeiling(messages: readonly ModelMessage[]): number {
  return messages.reduce(
    (sum, message) => sum + Buffer.byteLength(textOf(message), 'utf8') + PER_MESSAGE,
    PER_CALL,
  );
}

/** The most a call can cost: all input at its dearest (plain, or written to a cache), and an answer of full length. */
export function ceilingOf(
  ref: ModelRef,
  messages: readonly ModelMessage[],
  maxOutputTokens: number,
  overrides: PriceOverrides = {},
): CallCeiling {
  const inputTokens = inputCeiling(messages);
  const at = (cacheWriteTokens: number) =>
    costOf(ref, { inputTokens, outputTokens: maxOutputTokens, cachedTokens: 0, cacheWriteTokens }, overrides);
  const plain = at(0);
  const written = at(inputTokens);
  return {
    tokens: inputTokens + maxOutputTokens,
    usd: plain === null || written === null ? null : Math.max(plain, written),
  };
}
