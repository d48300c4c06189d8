import type { z } from 'zod';
import type { ModelMessage, ModelReply, ModelUsage } from '../adapters/llm/port.js';
import { ModelOutputError } from '../core/errors.js';
import { parseJsonAnswer } from './json-answer.js';

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

/**
 * Asks until the answer validates: the validator's message goes back to the model, at most `maxRetries` times.
 * Every call is counted in the usage, the useless ones too.
 * @throws ModelOutputError when the last answer does not validate either; usage and calls are in its details
 * @throws ModelCallError when the provider fails for good
 */
export async function ask<T>(
  question: Question<T>,
  systemPrompt: string,
  call: (messages: ModelMessage[]) => Promise<ModelReply>,
  maxRetries: number,
  onUsage: (reply: ModelReply) => void,
): Promise<Answer<T>> {
  const messages: ModelMessage[] = [
    { role: 'system', content: systemPrompt },
    { role: 'user', content: composeMessage(question) },
  ];
  const usage: ModelUsage = { inputTokens: 0, outputTokens: 0, cachedTokens: 0, estimated: false };
  let costUsd = 0;
  const problems: string[] = [];
  for (let calls = 1; ; calls += 1) {
    const reply = await call(messages);
    onUsage(reply);
    usage.inputTokens += reply.usage.inputTokens;
    usage.outputTokens += reply.usage.outputTokens;
    usage.cachedTokens += reply.usage.cachedTokens;
    usage.estimated ||= reply.usage.estimated;
    costUsd += reply.costUsd;
    const parsed = parseJsonAnswer(reply.text, question.schema);
    if (parsed.ok)
      return {
        value: parsed.value,
        usage,
        costUsd,
        calls,
        provider: reply.provider,
        model: reply.model,
        rehearsal: reply.rehearsal,
      };
    problems.push(parsed.problem);
    if (calls > maxRetries)
      throw new ModelOutputError(
        `${reply.provider}:${reply.model} gave no usable answer to "${question.task}" in ${calls} calls. Last problem: ${parsed.problem}`,
        { details: { task: question.task, calls, problems } },
      );
    messages.push(
      { role: 'assistant', content: reply.text },
      { role: 'user', content: `${parsed.problem}\n\nAnswer the task again, whole and corrected.` },
    );
  }
}
