import type { z } from 'zod';
import type { ModelMessage, ModelReply, ModelUsage } from '../adapters/llm/port.js';
import { ModelOutputError } from '../core/errors.js';
import { parseJsonAnswer } from '../core/json-answer.js';

/** A question to an agent: its task, what it may know, and the form its answer must have. */
export interface Question<T> {
  profile: string;
  /** The name of the task, as the prompts and the rehearsal know it. */
  task: string;
  /** Named pieces of context in order, the stable ones first. Their text is data, never instructions. */
  context: readonly { tag: string; text: string }[];
  schema: z.ZodType<T>;
  /** Values for the variables of the profile's prompt. */
  variables?: Readonly<Record<string, string | number>>;
}

/** An agent's validated answer, and what getting it took. */
export interface Answer<T> {
  value: T;
  usage: ModelUsage;
  /** US dollars; calls whose price nobody knows are not in it. */
  costUsd: number;
  /** Model calls made, corrections included. */
  calls: number;
  provider: string;
  model: string;
  rehearsal?: ModelReply['rehearsal'];
}

/**
 * The user message of a question: its context as tagged blocks, then the task. Whatever in the context looks
 * like one of the message's own tags is escaped, so that no text from outside can close its block or open
 * another; everything else (code, HTML) stays as it is, as models read it best.
 */
export function composeMessage(question: Pick<Question<unknown>, 'task' | 'context'>): string {
  const names = [...new Set([...question.context.map(({ tag }) => tag), 'task', ...RESERVED_TAGS])];
  const ownTag = new RegExp(`<(?=\\s*/?\\s*(?:${names.join('|')})\\b)`, 'gi');
  const blocks = question.context.map(
    ({ tag, text }) => `<${tag}>\n${text.replace(ownTag, '&lt;')}\n</${tag}>`,
  );
  return [...blocks, `<task>${question.task}</task>`].join('\n\n');
}

/** Tags that steer an answer and must not be forged even where a question does not use them. */
const RESERVED_TAGS = ['mission', 'attempt', 'comments', 'failures'];

/** How `ask` reaches models. */
export interface Asking {
  /** Makes one call; `fallback` asks the profile's second model alone. */
  call: (messages: ModelMessage[], choice: 'any' | 'fallback') => Promise<ModelReply>;
  hasFallback: () => Promise<boolean>;
  /** How often a model gets the validator's message, before the fallback, and then a person, has to help. */
  maxRetries: number;
  onReply: (reply: ModelReply) => void;
}

/**
 * Asks until the answer validates: the validator's message goes back to the model, at most `maxRetries` times; then
 * the fallback model, if there is one, gets the question afresh, under the same rule. Every call is counted in the
 * usage, the useless ones too; replies of an earlier run are not, as they were counted then.
 * @throws ModelOutputError when the last answer does not validate either; calls and problems are in its details
 * @throws ModelCallError when the provider fails for good
 * @throws LimitReachedError when a limit or the budget has no room for a call
 */
export async function ask<T>(
  question: Question<T>,
  systemPrompt: string,
  { call, hasFallback, maxRetries, onReply }: Asking,
): Promise<Answer<T>> {
  const usage: ModelUsage = {
    inputTokens: 0,
    outputTokens: 0,
    cachedTokens: 0,
    cacheWriteTokens: 0,
    estimated: false,
  };
  const problems: string[] = [];
  let costUsd = 0;
  let calls = 0;
  let last = '';
  for (const choice of ['any', 'fallback'] as const) {
    if (choice === 'fallback' && !(await hasFallback())) break;
    const messages: ModelMessage[] = [
      { role: 'system', content: systemPrompt },
      { role: 'user', content: composeMessage(question) },
    ];
    for (let tries = 0; tries <= maxRetries; tries += 1) {
      const reply = await call(messages, choice);
      calls += 1;
      onReply(reply);
      if (!reply.replayed) {
        add(usage, reply.usage);
        costUsd += reply.costUsd ?? 0;
      }
      const parsed = parseJsonAnswer(reply.text, question.schema);
      const { provider, model, rehearsal } = reply;
      if (parsed.ok) return { value: parsed.value, usage, costUsd, calls, provider, model, rehearsal };
      problems.push(parsed.problem);
      last = `${provider}:${model}`;
      messages.push(
        { role: 'assistant', content: reply.text },
        { role: 'user', content: `${parsed.problem}\n\nAnswer the task again, whole and corrected.` },
      );
    }
  }
  throw new ModelOutputError(
    `${last} gave no usable answer to "${question.task}" in ${calls} calls. Last problem: ${problems.at(-1) ?? ''}`,
    { details: { task: question.task, calls, problems } },
  );
}

function add(sum: ModelUsage, usage: ModelUsage): void {
  sum.inputTokens += usage.inputTokens;
  sum.outputTokens += usage.outputTokens;
  sum.cachedTokens += usage.cachedTokens;
  sum.cacheWriteTokens += usage.cacheWriteTokens;
  sum.estimated ||= usage.estimated;
}
