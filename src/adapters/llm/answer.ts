import type { AIMessageChunk } from '@langchain/core/messages';
import type { ModelCallFailure, ModelUsage, RehearsalNote } from './port.js';
import { estimateTokens } from './messages.js';

/** Stop reasons of answers that broke off for length, over all providers. */
const TOO_LONG = new Set([
  'length',
  'max_tokens',
  'max_output_tokens',
  'model_context_window_exceeded',
  'incomplete',
]);
/** Those of answers that broke off for other reasons. */
const PAUSED = new Set(['pause_turn']);
/** Stop reasons of answers that were withheld. */
const REFUSED = new Set([
  'refusal',
  'content_filter',
  'safety',
  'recitation',
  'blocklist',
  'prohibited_content',
  'spii',
]);

function text(record: Record<string, unknown> | undefined, ...keys: string[]): string | undefined {
  for (const key of keys) {
    const value = record?.[key];
    if (typeof value === 'string' && value !== '') return value;
  }
  return undefined;
}

function record(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
}

/** The words with which OpenAI's models decline to answer in a certain form; they are no part of the text. */
function refusalIn({ additional_kwargs: more }: AIMessageChunk): string {
  const choices = record(more['__raw_response'])?.['choices'];
  const [choice] = Array.isArray(choices) ? (choices as unknown[]) : [];
  return text(more, 'refusal') ?? text(record(record(choice)?.['delta']), 'refusal') ?? '';
}

/**
 * Gathers a streamed answer. It adds up by itself what LangChain's `concat` would: that one joins strings of
 * equal keys, so that two chunks which both say "stop" stop for the reason "stopstop".
 */
export class AnswerCollector {
  private readonly pieces: string[] = [];
  private stopReason: string | undefined;
  private declined = '';
  private input = 0;
  private output = 0;
  private cached = 0;
  private cacheWrites = 0;
  private estimated = false;
  private note: RehearsalNote | undefined;

  /** Takes the next chunk and gives its text, which may be empty. */
  add(chunk: AIMessageChunk): string {
    const meta: Record<string, unknown> = chunk.response_metadata;
    // Anthropic's stop reason is in additional_kwargs, the others' in response_metadata; Responses API: status.
    // OpenAI's Responses: `incomplete`, and the reason apart.
    this.stopReason =
      text(record(meta['incomplete_details']), 'reason') ??
      text(meta, 'stop_reason', 'finish_reason', 'finishReason', 'done_reason', 'status') ??
      text(chunk.additional_kwargs, 'stop_reason') ??
      this.stopReason;
    this.declined += refusalIn(chunk);
    const usage = chunk.usage_metadata;
    if (usage !== undefined) {
      this.input += usage.input_tokens;
      // Gemini's thoughts are billed as output and stand in the total alone.
      this.output += Math.max(usage.output_tokens, usage.total_tokens - usage.input_tokens);
      // These are running totals wherever they come more than once.
      this.cached = Math.max(this.cached, usage.input_token_details?.cache_read ?? 0);
      this.cacheWrites = Math.max(this.cacheWrites, usage.input_token_details?.cache_creation ?? 0);
    }
    if (meta['usage_estimated'] === true) this.estimated = true;
    if (meta['rehearsal'] !== undefined) this.note = meta['rehearsal'] as RehearsalNote;
    const piece = chunk.text;
    if (piece !== '') this.pieces.push(piece);
    return piece;
  }

  /** The answer so far. */
  get text(): string {
    return this.pieces.join('');
  }

  get reason(): string {
    return this.stopReason ?? '';
  }

  get rehearsal(): RehearsalNote | undefined {
    return this.note;
  }

  /** Whether the provider ended the answer and told what it used, so that nothing more can come to the bill. */
  get counted(): boolean {
    return this.stopReason !== undefined && (this.input > 0 || this.output > 0);
  }

  /** @param prompt what was sent, for the estimate when the provider counted nothing */
  usage(prompt: readonly string[]): ModelUsage {
    if (this.input > 0 || this.output > 0)
      return {
        inputTokens: this.input,
        outputTokens: this.output,
        cachedTokens: this.cached,
        cacheWriteTokens: this.cacheWrites,
        estimated: this.estimated,
      };
    const inputTokens = prompt.reduce((sum, message) => sum + estimateTokens(message), 0);
    return {
      inputTokens,
      outputTokens: estimateTokens(this.text),
      cachedTokens: 0,
      cacheWriteTokens: 0,
      estimated: true,
    };
  }

  /** Whether the answer broke off for its length: its beginning, if any, is all that there is. */
  get tooLong(): boolean {
    return TOO_LONG.has(this.stopReason?.toLowerCase() ?? '');
  }

  /** Why this may not pass for an answer; undefined when it may. A stream that closes early says nothing at all. */
  flaw(): { reason: ModelCallFailure; retryable: boolean; says: string } | undefined {
    const stop = this.stopReason?.toLowerCase();
    const sofar = `after ${this.text.length} characters`;
    if (stop === undefined)
      return {
        reason: 'truncated',
        retryable: true,
        says: `broke off ${sofar}: truncated, without a stop reason`,
      };
    if (TOO_LONG.has(stop) || PAUSED.has(stop))
      return {
        reason: 'truncated',
        retryable: true,
        says: `was truncated ${sofar} (${this.stopReason}); allow it more output tokens`,
      };
    if (REFUSED.has(stop))
      return { reason: 'refused', retryable: false, says: `declined to answer (${this.stopReason})` };
    if (this.declined !== '')
      return {
        reason: 'refused',
        retryable: false,
        says: `declined to answer: ${this.declined.slice(0, 200)}`,
      };
    if (this.text.trim() === '')
      return { reason: 'empty', retryable: true, says: `gave an empty answer (${this.stopReason})` };
    return undefined;
  }
}
