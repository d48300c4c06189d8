import type { z } from 'zod';
import type { AnswerSchema, ModelMessage, ModelReply, ModelUsage } from '../adapters/llm/port.js';
import { ModelOutputError } from '../core/errors.js';
import { AnswerReader, type AnswerParts } from './answer-parts.js';

/** A named piece of what an agent may know. */
export interface ContextPiece {
  tag: string;
  text: string;
  /** Whether it is the same in the agent's further questions of this mission, so that caching it pays. */
  stable?: boolean;
}

/** A question to an agent: its task, what it may know, and the form its answer must have. */
export interface Question<T> {
  profile: string;
  /** The name of the task, as the prompts and the rehearsal know it. */
  task: string;
  /** Named pieces of context in order, the stable ones first. Their text is data, never instructions. */
  context: readonly ContextPiece[];
  schema: z.ZodType<T>;
  /** Asks the profile's fallback model first, if there is one, and its own only when that is away or of no use. */
  otherModel?: boolean;
  /** How the answer may be handed in when it is too long for one reply; absent: it must come in one. */
  parts?: AnswerParts;
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
 * another; everything else (code, HTML) stays as it is, as models read it best. Where the leading pieces are
 * stable, they come as a block of their own that the provider is asked to cache.
 */
export function composeMessage(
  question: Pick<Question<unknown>, 'task' | 'context'>,
): ModelMessage['content'] {
  const names = [...new Set([...question.context.map(({ tag }) => tag), 'task', ...RESERVED_TAGS])];
  const ownTag = new RegExp(`<(?=\\s*/?\\s*(?:${names.join('|')})\\b)`, 'gi');
  const blocks = question.context.map(
    ({ tag, text }) => `<${tag}>\n${text.replace(ownTag, '&lt;')}\n</${tag}>\n\n`,
  );
  const task = `<task>${question.task}</task>`;
  const changing = question.context.findIndex(({ stable }) => stable !== true);
  const stable = changing === -1 ? blocks.length : changing;
  if (stable === 0) return [...blocks, task].join('');
  return [
    { text: blocks.slice(0, stable).join(''), cache: true },
    { text: [...blocks.slice(stable), task].join('') },
  ];
}

/** Tags that steer an answer and must not be forged even where a question does not use them. */
const RESERVED_TAGS = ['mission', 'attempt', 'comments', 'failures', 'strategy', 'tried', 'advice'];

/** How `ask` reaches models. */
export interface Asking {
  /** Makes one call; `fallback` asks the profile's second model alone. `schema` is the form to ask for. */
  call: (
    messages: ModelMessage[],
    choice: 'any' | 'fallback',
    schema: AnswerSchema | undefined,
  ) => Promise<ModelReply>;
  hasFallback: () => Promise<boolean>;
  /** How often a model gets the validator's message, before the fallback, and then a person, has to help. */
  maxRetries: number;
  /** In how many replies an answer may come, where it may come in several. Default: 1. */
  maxParts?: number;
  onReply: (reply: ModelReply) => void;
}

/**
 * Asks until the answer validates: the validator's message goes back to the model, at most `maxRetries` times; then
 * the fallback model, if there is one, gets the question afresh, under the same rule. A long answer may come in
 * several replies, which are judged as one when the last is there. Every call is counted in the
 * usage, the useless ones too; replies of an earlier run are not, as they were counted then.
 * @throws ModelOutputError when the last answer does not validate either; calls and problems are in its details
 * @throws ModelCallError when the provider fails for good
 * @throws LimitReachedError when a limit or the budget has no room for a call
 */
export async function ask<T>(
  question: Question<T>,
  systemPrompt: string,
  { call, hasFallback, maxRetries, maxParts = 1, onReply }: Asking,
): Promise<Answer<T>> {
  const usage: ModelUsage = {
    inputTokens: 0,
    outputTokens: 0,
    cachedTokens: 0,
    cacheWriteTokens: 0,
    estimated: false,
  };
  const problems: string[] = [];
  const tried: string[] = [];
  let costUsd = 0;
  let calls = 0;
  let last = '';
  for (const choice of ['any', 'fallback'] as const) {
    if (choice === 'fallback' && !(await hasFallback())) break;
    const before = calls;
    const reader = new AnswerReader(question, maxParts);
    const turns: ModelMessage[] = [
      { role: 'system', content: [{ text: systemPrompt, cache: true }] },
      { role: 'user', content: composeMessage(question) },
    ];
    for (let refused = 0; refused <= maxRetries;) {
      const reply = await call(reader.underWay ? cachedSoFar(turns) : [...turns], choice, reader.form);
      calls += 1;
      onReply(reply);
      if (!reply.replayed) {
        add(usage, reply.usage);
        costUsd += reply.costUsd ?? 0;
      }
      const read = reader.read(reply);
      const { provider, model, rehearsal } = reply;
      if ('value' in read) return { value: read.value, usage, costUsd, calls, provider, model, rehearsal };
      if ('problem' in read) {
        problems.push(read.problem);
        last = `${provider}:${model}`;
        refused = read.final ? Infinity : refused + 1;
      }
      turns.push({ role: 'assistant', content: read.said }, { role: 'user', content: read.next });
    }
    tried.push(`${last}, ${calls - before} times`);
  }
  throw new ModelOutputError(
    `${last} gave no usable answer to "${question.task}" in ${calls} calls. Tried: ${tried.join('; then ')}. ` +
      `Last problem: ${problems.at(-1) ?? ''}`,
    { details: { task: question.task, calls, tried, problems } },
  );
}

/** The turns with a mark at their end: the next part is asked for on top of all of them. */
function cachedSoFar(turns: readonly ModelMessage[]): ModelMessage[] {
  return turns.map((turn, at) =>
    at === turns.length - 1 && typeof turn.content === 'string'
      ? { ...turn, content: [{ text: turn.content, cache: true as const }] }
      : turn,
  );
}

function add(sum: ModelUsage, usage: ModelUsage): void {
  sum.inputTokens += usage.inputTokens;
  sum.outputTokens += usage.outputTokens;
  sum.cachedTokens += usage.cachedTokens;
  sum.cacheWriteTokens += usage.cacheWriteTokens;
  sum.estimated ||= usage.estimated;
}
