import { setTimeout as pause } from 'node:timers/promises';
import type { CallbackManagerForLLMRun } from '@langchain/core/callbacks/manager';
import type { BaseLanguageModelInput } from '@langchain/core/language_models/base';
import {
  BaseChatModel,
  type BaseChatModelCallOptions,
  type BindToolsInput,
} from '@langchain/core/language_models/chat_models';
import { AIMessageChunk, type BaseMessage } from '@langchain/core/messages';
import { ChatGenerationChunk, type ChatResult } from '@langchain/core/outputs';
import type { Runnable } from '@langchain/core/runnables';
import { convertToOpenAITool } from '@langchain/core/utils/function_calling';
import { ModelCallError } from '../../../core/errors.js';
import { sha256 } from '../../../core/hash.js';
import { estimateTokens, roleOf } from '../messages.js';
import { ANSWER_KEYS, malformedAnswer, recordedAnswer } from './answers.js';
import { REHEARSAL_TASKS, readConversation, type Conversation, type RehearsalTask } from './conversation.js';
import { parseRehearsalModel, type RehearsalOptions } from './options.js';
import { recordingLibrary, type RecordingLibrary } from './recordings.js';

export interface RehearsalFields {
  /** The model name with its options: see `parseRehearsalModel`. */
  model: string;
  /** Absent: the recordings that ship with Atelier. */
  recordingsDir?: string;
  /** How often each call has failed on purpose; share it between models so that the count goes on. */
  failures?: Map<string, number>;
  /** Answer in one chunk unless a delay is set: at 25 µs a chunk, streaming to nobody is most of a call's cost. */
  whole?: boolean;
}

export interface RehearsalCallOptions extends BaseChatModelCallOptions {
  tools?: BindToolsInput[];
}

/** Conversations whose failures are remembered; the oldest is forgotten first. */
const MAX_REMEMBERED = 1000;

/** Cuts a text into chunks of 40 to 80 characters, as uneven as a provider's, and whole characters only. */
export function* chunksOf(text: string): Generator<string> {
  const characters = Array.from(text);
  for (let start = 0, nth = 0; start < characters.length; nth += 1) {
    const end = start + 40 + ((nth * 17) % 41);
    yield characters.slice(start, end).join('');
    start = end;
  }
}

/**
 * A LangChain chat model that plays recorded projects, so that everything works without a key and without a
 * network. It reads the task from the conversation as a model would, streams, reports (estimated) usage and
 * honours abort; a bound tool that takes what the answer has is called with it, so structured output works.
 */
export class RehearsalChatModel extends BaseChatModel<RehearsalCallOptions> {
  private readonly behaviour: RehearsalOptions;
  private readonly library: RecordingLibrary;
  private readonly failures: Map<string, number>;
  private readonly whole: boolean;

  /** @throws ConfigError when the model name is not understood */
  constructor({ model, recordingsDir, failures, whole }: RehearsalFields) {
    super({});
    this.behaviour = parseRehearsalModel(model);
    this.library = recordingLibrary(recordingsDir);
    this.failures = failures ?? new Map();
    this.whole = whole === true && this.behaviour.delayMs === 0;
  }

  override _llmType(): string {
    return 'rehearsal';
  }

  override bindTools(
    tools: BindToolsInput[],
    kwargs?: Partial<RehearsalCallOptions>,
  ): Runnable<BaseLanguageModelInput, AIMessageChunk, RehearsalCallOptions> {
    return this.withConfig({ ...kwargs, tools });
  }

  override async _generate(
    messages: BaseMessage[],
    options: this['ParsedCallOptions'],
    runManager?: CallbackManagerForLLMRun,
  ): Promise<ChatResult> {
    let whole: ChatGenerationChunk | undefined;
    for await (const chunk of this._streamResponseChunks(messages, options, runManager))
      whole = whole === undefined ? chunk : whole.concat(chunk);
    return { generations: whole === undefined ? [] : [whole] };
  }

  /**
   * @throws ModelCallError when the conversation has no task that was recorded, or is about existing code
   * @throws an error with status 529 as often as `fail` says, and the abort reason when aborted
   */
  override async *_streamResponseChunks(
    messages: BaseMessage[],
    options: this['ParsedCallOptions'],
    runManager?: CallbackManagerForLLMRun,
  ): AsyncGenerator<ChatGenerationChunk> {
    options.signal?.throwIfAborted();
    const conversation = readConversation(messages.map(({ type, text }) => ({ role: roleOf(type), text })));
    if (conversation.existing)
      throw new ModelCallError(
        "A rehearsal plays recorded projects and cannot work on existing code: that needs a model. Set ANTHROPIC_API_KEY, another provider's key or ATELIER_MODEL, then retry.",
        { details: { reason: 'existing_code' } },
      );
    const task = REHEARSAL_TASKS.find((known) => known === conversation.task);
    if (task === undefined)
      throw new ModelCallError(
        `A rehearsal plays ${REHEARSAL_TASKS.join(', ')} only, and was asked for ${conversation.task ?? 'none of them'}. Set ANTHROPIC_API_KEY, another provider's key or ATELIER_MODEL to use a model.`,
        { details: { reason: 'unknown_task', task: conversation.task } },
      );
    this.failIfTold(task, conversation);
    const { text, note } = await recordedAnswer(task, conversation, this.library);
    const malformed = conversation.corrections < (this.behaviour.malformed.get(task) ?? 0);
    const answer = malformed ? malformedAnswer(text, conversation.corrections) : text;
    const tool = malformed ? undefined : this.toolFor(task, options.tools);

    let first = true;
    for (const piece of this.whole ? [answer] : chunksOf(answer)) {
      if (this.behaviour.delayMs > 0)
        await pause(this.behaviour.delayMs, undefined, { signal: options.signal });
      options.signal?.throwIfAborted();
      const message =
        tool === undefined
          ? new AIMessageChunk({ content: piece })
          : new AIMessageChunk({
              content: '',
              tool_call_chunks: [
                {
                  index: 0,
                  args: piece,
                  ...(first ? { name: tool, id: `call_${sha256(answer).slice(0, 24)}` } : {}),
                },
              ],
            });
      first = false;
      const chunk = new ChatGenerationChunk({ message, text: tool === undefined ? piece : '' });
      yield chunk;
      await runManager?.handleLLMNewToken(chunk.text, undefined, undefined, undefined, undefined, { chunk });
    }
    const read = messages.reduce((sum, { text }) => sum + estimateTokens(text), 0);
    const written = estimateTokens(answer);
    yield new ChatGenerationChunk({
      text: '',
      message: new AIMessageChunk({
        content: '',
        usage_metadata: { input_tokens: read, output_tokens: written, total_tokens: read + written },
        response_metadata: {
          stop_reason: tool === undefined ? 'end_turn' : 'tool_use',
          usage_estimated: true,
          rehearsal: note,
        },
      }),
    });
  }

  /** Fails as an overloaded provider does, as long as the model name says so. */
  private failIfTold(task: RehearsalTask, { mission }: Conversation): void {
    const wanted = this.behaviour.fail.get(task) ?? 0;
    if (wanted === 0) return;
    const key = sha256(`${task}\n${mission}`);
    const failed = this.failures.get(key) ?? 0;
    if (failed >= wanted) return;
    if (this.failures.size >= MAX_REMEMBERED) {
      const [oldest] = this.failures.keys();
      if (oldest !== undefined) this.failures.delete(oldest);
    }
    this.failures.set(key, failed + 1);
    throw Object.assign(new Error(`rehearsed failure ${failed + 1} of ${wanted} for ${task}: overloaded`), {
      status: 529,
    });
  }

  /** The first bound tool whose parameters the task's answer fills. */
  private toolFor(task: RehearsalTask, tools: BindToolsInput[] = []): string | undefined {
    for (const tool of tools) {
      const { name, parameters } = convertToOpenAITool(tool).function;
      const { properties: declared } = (parameters ?? {}) as { properties?: Record<string, unknown> };
      const properties = Object.keys(declared ?? {});
      if (properties.length > 0 && properties.every((key) => ANSWER_KEYS[task].includes(key))) return name;
    }
    return undefined;
  }
}
