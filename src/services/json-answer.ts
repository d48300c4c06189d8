import type { z } from 'zod';
import { withoutNulls, type JsonSchema } from '../adapters/llm/answer-schema.js';

/** A model's answer, read; or what is wrong with it, in words for the model. */
export type ParsedAnswer<T> = { ok: true; value: T } | { ok: false; problem: string };

/** Problems beyond this many help no model. */
const MAX_PROBLEMS = 12;

/**
 * Reads the one JSON object of an answer: the whole text, or its only fenced block. Prose around it, two
 * objects, or half of one is a problem to be told, never something to guess about.
 * @param form the JSON Schema the answer was asked for: nulls that stand for what it lets be left out are dropped
 */
export function parseJsonAnswer<T>(text: string, schema: z.ZodType<T>, form?: JsonSchema): ParsedAnswer<T> {
  const candidate = jsonIn(text);
  if (candidate === undefined)
    return {
      ok: false,
      problem: 'The answer is not one JSON object. Answer with the JSON object alone, no prose.',
    };
  let value: unknown;
  try {
    value = JSON.parse(candidate);
  } catch (error) {
    return {
      ok: false,
      problem: `The JSON cannot be parsed (${error instanceof Error ? error.message.slice(0, 200) : 'syntax error'}). Answer with one complete JSON object.`,
    };
  }
  return checkAnswer(withoutNulls(value, form), schema);
}

/** Holds an answer against its schema; what is wrong is told field by field. */
export function checkAnswer<T>(value: unknown, schema: z.ZodType<T>): ParsedAnswer<T> {
  const checked = schema.safeParse(value);
  if (checked.success) return { ok: true, value: checked.data };
  const lines = checked.error.issues
    .slice(0, MAX_PROBLEMS)
    .map((issue) => `- ${issue.path.join('.') || '(the object)'}: ${issue.message}`);
  const more = checked.error.issues.length - lines.length;
  if (more > 0) lines.push(`- and ${more} more`);
  return { ok: false, problem: `The JSON does not validate:\n${lines.join('\n')}` };
}

function jsonIn(text: string): string | undefined {
  const trimmed = text.trim();
  if (trimmed.startsWith('{')) return trimmed;
  const fences = Array.from(
    trimmed.matchAll(/^```(?:json)?[ \t]*\r?\n([\s\S]*?)\r?\n```[ \t]*$/gm),
    (m) => m[1] ?? '',
  );
  const objects = fences.filter((block) => block.trimStart().startsWith('{'));
  return objects.length === 1 ? objects[0] : undefined;
}
