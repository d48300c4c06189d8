import type { CallbackManagerForLLMRun } from '@langchain/core/callbacks/manager';
import { BaseChatModel } from '@langchain/core/language_models/chat_models';
import { AIMessageChunk, type BaseMessage } from '@langchain/core/messages';
import { ChatGenerationChunk, type ChatResult } from '@langchain/core/outputs';
import { ChatModelClient } from '../adapters/llm/client.js';
import { estimateTokens, roleOf } from '../adapters/llm/messages.js';
import type { ModelCatalog, ModelMessage, ModelRef } from '../adapters/llm/port.js';
import { readConversation } from '../adapters/llm/rehearsal/conversation.js';

/** One call as a script sees it. */
export interface ScriptedCall {
  /** The prompt's `<task>`; empty when it has none. */
  task: string;
  /** The prompt's `<attempt>`; 1 when it has none. */
  attempt: number;
  messages: { role: ModelMessage['role']; content: string }[];
  /** The model that was asked, as `provider:model`. */
  model: string;
  /** How many calls this task has had, this one included. */
  n: number;
  /** Aborts with the call, for scripts that hang until then. */
  signal?: AbortSignal;
}

/** An answer that broke off at its longest length. */
export class CutOff {
  constructor(readonly text: string) {}
}

/** Gives the answer's whole text; an error given or thrown is the provider's (set `status` for an HTTP one). */
export type Script = (call: ScriptedCall) => ScriptedAnswer | Promise<ScriptedAnswer>;
type ScriptedAnswer = string | CutOff | Error;

const CHUNK = 60;

interface Recorder {
  calls: ScriptedCall[];
  counts: Map<string, number>;
}

/** A LangChain chat model that answers by script, streamed in chunks of 60 characters with estimated usage. */
export class ScriptedChatModel extends BaseChatModel {
  constructor(
    private readonly script: Script,
    private readonly recorder: Recorder = { calls: [], counts: new Map() },
    private readonly model = 'scripted:test',
  ) {
    super({});
  }

  override _llmType(): string {
    return 'scripted';
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

  override async *_streamResponseChunks(
    messages: BaseMessage[],
    options: this['ParsedCallOptions'],
    runManager?: CallbackManagerForLLMRun,
  ): AsyncGenerator<ChatGenerationChunk> {
    const turns = messages.map(({ type, text }) => ({ role: roleOf(type), content: text }));
    const { task = '', attempt } = readConversation(
      turns.map(({ role, content }) => ({ role, text: content })),
    );
    const n = (this.recorder.counts.get(task) ?? 0) + 1;
    this.recorder.counts.set(task, n);
    const call: ScriptedCall = {
      ...{ task, attempt, n, messages: turns },
      ...{ model: this.model, signal: options.signal },
    };
    this.recorder.calls.push(call);
    const given = await this.script(call);
    if (given instanceof Error) throw given;
    const answer = typeof given === 'string' ? given : given.text;
    const stop_reason = typeof given === 'string' ? 'end_turn' : 'max_tokens';
    for (let start = 0; start < answer.length; start += CHUNK) {
      options.signal?.throwIfAborted();
      const text = answer.slice(start, start + CHUNK);
      const chunk = new ChatGenerationChunk({ text, message: new AIMessageChunk({ content: text }) });
      yield chunk;
      await runManager?.handleLLMNewToken(text, undefined, undefined, undefined, undefined, { chunk });
    }
    const read = turns.reduce((sum, { content }) => sum + estimateTokens(content), 0);
    const written = estimateTokens(answer);
    yield new ChatGenerationChunk({
      text: '',
      message: new AIMessageChunk({
        content: '',
        usage_metadata: { input_tokens: read, output_tokens: written, total_tokens: read + written },
        response_metadata: { stop_reason, usage_estimated: true },
      }),
    });
  }
}

/** A catalog whose every model is played by a script, and which remembers its calls. */
export interface ScriptedCatalog extends ModelCatalog {
  /** All calls so far, in order. */
  readonly calls: readonly ScriptedCall[];
}

/**
 * A catalog for tests. Whatever model is asked for, the script answers, through the same client as every
 * provider: deadline, abort, refusal of empty answers and error mapping are the real ones.
 */
export function scriptedCatalog(script: Script, options: { timeoutMs?: number } = {}): ScriptedCatalog {
  const recorder: Recorder = { calls: [], counts: new Map() };
  return {
    calls: recorder.calls,
    client: (ref: ModelRef) =>
      new ChatModelClient({
        ref,
        factory: async () => new ScriptedChatModel(script, recorder, `${ref.provider}:${ref.model}`),
        timeoutMs: options.timeoutMs ?? 30_000,
        maxRetries: 0,
      }),
    defaultRef: () => ({ provider: 'scripted', model: 'test' }),
    available: () => true,
  };
}
