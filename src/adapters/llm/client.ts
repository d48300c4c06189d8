import { ModelCallError } from '../../core/errors.js';
import { AnswerCollector } from './answer.js';
import { structureOf } from './answer-schema.js';
import { costOf } from './cost.js';
import { textOf } from './messages.js';
import type {
  AnswerSchema,
  ModelCall,
  ModelCallFailure,
  ModelClient,
  ModelMessage,
  ModelRef,
  ModelReply,
  ModelUsage,
} from './port.js';
import { toModelCallError } from './provider-error.js';
import type { ChatModelFactory } from './provider.js';

export interface ChatModelClientOptions {
  ref: ModelRef;
  factory: ChatModelFactory;
  apiKey?: string;
  baseUrl?: string;
  /** Named in errors about credentials. */
  envVariable?: string;
  /** For calls that set none. */
  timeoutMs: number;
  maxRetries: number;
  /** Whether the provider wants to be told what to cache. */
  marksCache?: boolean;
  /** Whether the provider can be asked for JSON of a certain form. */
  takesForm?: boolean;
  /** The models that refused to be told the answer's form, by provider, address and name; share it between clients. */
  formless?: Set<string>;
}

/** The statuses of a server that does not understand a request for JSON of a certain form. */
const NOT_UNDERSTOOD: ReadonlySet<unknown> = new Set([400, 422, 501]);

/** A call's own signal: follows the caller's, and fires by itself at the deadline. */
class Deadline {
  private readonly controller = new AbortController();
  private readonly timer: NodeJS.Timeout;
  private readonly follow = () => this.controller.abort(this.caller?.reason);
  /** Rejects when the signal fires; several of LangChain's clients do not look at it while they wait. */
  readonly fired: Promise<never>;
  timedOut = false;

  constructor(
    timeoutMs: number,
    private readonly caller: AbortSignal | undefined,
  ) {
    this.timer = setTimeout(() => {
      this.timedOut = true;
      this.controller.abort(new Error(`no complete answer within ${timeoutMs} ms`));
    }, timeoutMs);
    this.fired = new Promise((_, reject) => {
      this.signal.addEventListener('abort', () => reject(this.signal.reason as Error), { once: true });
    });
    // Nobody may be waiting when it fires, which must not count as an unhandled rejection.
    this.fired.catch(() => undefined);
    if (caller?.aborted) this.follow();
    else caller?.addEventListener('abort', this.follow, { once: true });
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  close(): void {
    clearTimeout(this.timer);
    this.caller?.removeEventListener('abort', this.follow);
  }
}

/** A ModelClient over any LangChain chat model: the same deadline, refusals and errors for every provider. */
export class ChatModelClient implements ModelClient {
  readonly ref: ModelRef;
  private readonly formless: Set<string>;
  private readonly name: string;

  constructor(private readonly options: ChatModelClientOptions) {
    this.ref = options.ref;
    this.formless = options.formless ?? new Set();
    this.name = `${this.ref.provider} ${options.baseUrl ?? ''} ${this.ref.model}`;
  }

  async call(call: ModelCall): Promise<ModelReply> {
    const timeoutMs = call.timeoutMs ?? this.options.timeoutMs;
    const deadline = new Deadline(timeoutMs, call.signal);
    try {
      return await this.askInForm(call, deadline);
    } catch (error) {
      if (call.signal?.aborted)
        throw this.failure('aborted', false, 'was aborted by its caller', call.signal.reason);
      if (deadline.timedOut)
        throw this.failure('timeout', true, `gave no complete answer in ${timeoutMs} ms`);
      throw toModelCallError(error, this.options);
    } finally {
      deadline.close();
    }
  }

  /** Asks for the form, if there is one, and without it where the server does not understand that. */
  private async askInForm(call: ModelCall, deadline: Deadline): Promise<ModelReply> {
    const form = this.options.takesForm ? structureOf(call.schema?.jsonSchema) : undefined;
    if (!call.schema || !form || this.formless.has(this.name)) return this.ask(call, deadline);
    try {
      return await this.ask(call, deadline, { name: call.schema.name, jsonSchema: form });
    } catch (error) {
      const failure = toModelCallError(error, this.options);
      if (deadline.signal.aborted || !NOT_UNDERSTOOD.has(failure.details['status'])) throw error;
      // The request may be wrong for another reason; then this fails as well, and says so.
      const reply = await this.ask(call, deadline);
      this.formless.add(this.name);
      return reply;
    }
  }

  private async ask(call: ModelCall, deadline: Deadline, schema?: AnswerSchema): Promise<ModelReply> {
    const { factory, apiKey, baseUrl, maxRetries } = this.options;
    const { signal } = deadline;
    signal.throwIfAborted();
    const { model } = this.ref;
    const chat = await factory({
      model,
      apiKey,
      baseUrl,
      maxOutputTokens: call.maxOutputTokens,
      maxRetries,
      listening: call.onToken !== undefined,
      signal,
      schema,
    });
    const input = call.messages.map((message) => ({
      role: message.role,
      content: this.options.marksCache ? withMarks(message) : textOf(message),
    }));
    const stream = await Promise.race([chat.stream(input, { signal }), deadline.fired]);
    const chunks = stream[Symbol.asyncIterator]();
    const answer = new AnswerCollector();
    try {
      for (;;) {
        const next = await Promise.race([chunks.next(), deadline.fired]);
        if (next.done) break;
        const piece = answer.add(next.value);
        if (piece !== '') call.onToken?.(piece);
      }
    } catch (error) {
      // Lets go of the connection; a stream that hangs may never confirm, so nobody waits for it.
      chunks.return?.().catch(() => undefined);
      throw error;
    }
    signal.throwIfAborted();
    const truncated = call.acceptTruncated === true && answer.tooLong;
    const flaw = truncated ? undefined : answer.flaw();
    const usage = answer.usage(call.messages.map(textOf));
    if (flaw !== undefined)
      throw this.failure(
        flaw.reason,
        flaw.retryable,
        flaw.says,
        undefined,
        answer.counted ? usage : undefined,
      );
    return {
      ...this.ref,
      text: answer.text,
      ...(truncated && { truncated }),
      usage,
      stopReason: answer.reason,
      costUsd: costOf(this.ref, usage),
      ...(answer.rehearsal === undefined ? {} : { rehearsal: answer.rehearsal }),
    };
  }

  private failure(
    reason: ModelCallFailure,
    retryable: boolean,
    says: string,
    cause?: unknown,
    usage?: ModelUsage,
  ): ModelCallError {
    const { provider, model } = this.ref;
    return new ModelCallError(`${provider}:${model} ${says}.`, {
      retryable,
      cause,
      details: { reason, provider, model, ...(usage && { usage }) },
    });
  }
}

// A type: LangChain's own block types have index signatures, which an interface does not fit.
type MarkedBlock = { type: 'text'; text: string; cache_control?: { type: 'ephemeral' } };

/** A message's content with marks where the provider is to cache: the form of Anthropic, alone in wanting any. */
function withMarks({ content }: ModelMessage): string | MarkedBlock[] {
  if (typeof content === 'string') return content;
  return content.map(({ text, cache }) => ({
    type: 'text',
    text,
    ...(cache && { cache_control: { type: 'ephemeral' } }),
  }));
}
