import { z } from 'zod';
import { structureOf, type JsonSchema } from '../adapters/llm/answer-schema.js';
import type { AnswerSchema, ModelReply } from '../adapters/llm/port.js';
import type { Question } from './agent.js';
import { checkAnswer, parseJsonAnswer } from '../services/json-answer.js';

/** The parts of an answer, joined; or why they cannot be, in words for the model. */
export type Joined = { value: unknown } | { problem: string };

/** How an answer may be handed in over several replies. Made by `inParts`. */
export interface AnswerParts {
  /** The form of one part. */
  readonly schema: z.ZodType<{ more?: boolean | undefined }>;
  /**
   * Joins parts in their order to what the question's schema judges.
   * @param complete whether these are all; then nothing in them may be unfinished
   */
  readonly join: (parts: readonly unknown[], complete: boolean) => Joined;
  /** A sentence or two for a model whose answer was cut off: how to hand it in by parts. */
  readonly how: string;
}

/** Describes answers in several parts. `more: true` in a part says that another follows. */
export function inParts<P extends { more?: boolean | undefined }>(
  schema: z.ZodType<P>,
  how: string,
  join: (parts: readonly P[], complete: boolean) => Joined,
): AnswerParts {
  return { schema, how, join: (parts, complete) => join(z.array(schema).parse(parts), complete) };
}

/** How much of a reply that was cut off is shown to the model again, in characters: it is of no further use. */
const SHOWN_OF_CUT = 1000;

/** What a reply comes to: the answer, or what to say next. */
export type ReadReply<T> =
  | { value: T }
  /** What stands in the conversation for the reply, and what is said to it. */
  | { said: string; next: string }
  /** `final`: the same model is not asked again. */
  | { said: string; next: string; problem: string; final?: boolean };

/** Reads the replies to one question, whose answer may come in several. */
export class AnswerReader<T> {
  private parts: unknown[] = [];
  /** The form to ask a provider for; undefined when no schema of its kind can say it. */
  readonly form: AnswerSchema | undefined;

  /** @param maxParts the most replies of which an answer may be made */
  constructor(
    private readonly question: Pick<Question<T>, 'task' | 'schema' | 'parts'>,
    private readonly maxParts: number,
  ) {
    const jsonSchema = formOf(question.parts?.schema ?? question.schema);
    const name = question.task.replaceAll(/[^\w-]/g, '_').slice(0, 64);
    this.form = jsonSchema && { name, jsonSchema };
  }

  /** Whether there are parts already, so that more is to come. */
  get underWay(): boolean {
    return this.parts.length > 0;
  }

  /** Takes the next reply. */
  read({ text, truncated }: Pick<ModelReply, 'text' | 'truncated'>): ReadReply<T> {
    if (truncated) return this.cutOff(text);
    const form = this.form?.jsonSchema;
    const { parts, schema } = this.question;
    if (!parts) {
      const parsed = parseJsonAnswer(text, schema, form);
      return parsed.ok ? { value: parsed.value } : this.refuse(text, parsed.problem);
    }
    const part = parseJsonAnswer(text, parts.schema, form);
    if (!part.ok) return this.refuse(text, part.problem);
    const complete = part.value.more !== true;
    const joined = parts.join([...this.parts, part.value], complete);
    if ('problem' in joined) return this.refuse(text, joined.problem);
    if (complete) {
      const checked = checkAnswer(joined.value, schema);
      return checked.ok ? { value: checked.value } : this.startOver(text, checked.problem);
    }
    this.parts.push(part.value);
    const count = this.parts.length;
    if (count >= this.maxParts)
      return {
        ...this.startOver(text, `The answer did not end within ${this.maxParts} parts.`),
        final: true,
      };
    const last = count + 1 === this.maxParts ? ' It has to be the last one.' : '';
    return {
      said: text,
      next: `Part ${count} is kept. Go on with part ${count + 1}, where part ${count} ended: repeat nothing.${last}`,
    };
  }

  private cutOff(text: string): ReadReply<T> {
    const { parts } = this.question;
    const problem = `The reply was cut off after ${text.length} characters, at its longest length, and none of it was taken.`;
    return this.refuse(
      // No provider takes an empty turn.
      text.length > SHOWN_OF_CUT ? `${text.slice(0, SHOWN_OF_CUT)}…` : text.trim() || '…',
      problem,
      parts && this.maxParts > 1 ? ` ${parts.how}` : ' Make it shorter.',
    );
  }

  /** Has the last part given again; those before it stand. */
  private refuse(said: string, problem: string, how = ''): ReadReply<T> & { problem: string } {
    const count = this.parts.length;
    const again =
      count === 0
        ? 'Answer the task again, whole and corrected.'
        : `What came before stands. Answer with part ${count + 1} again, corrected.`;
    return { said, problem, next: `${problem}${how}\n\n${again}` };
  }

  /** Has everything given again. */
  private startOver(said: string, problem: string): ReadReply<T> & { problem: string } {
    const count = this.parts.length;
    this.parts = [];
    const from = count === 0 ? '' : ' Begin with the first part: none of them was kept.';
    return { said, problem, next: `${problem}\n\nAnswer the task again, whole and corrected.${from}` };
  }
}

/** A schema's form for a provider. Refinements and bounds are not in it: they are checked on what comes back. */
function formOf(schema: z.ZodType): JsonSchema | undefined {
  return structureOf(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }));
}
