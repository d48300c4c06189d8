/**
 * The model port: one conversation in, one complete text out, streamed while it is written. It leaves out
 * tools, images and several answers at once; what the answer means is for the caller to validate.
 */
import { ValidationError } from '../../core/errors.js';
import { PROVIDERS, findProvider } from './providers.js';

/** A model by its provider and the provider's own name for it. */
export interface ModelRef {
  provider: string;
  model: string;
}

/**
 * Reads `provider:model`, such as `anthropic:claude-sonnet-5` or `ollama:gpt-oss:20b`. The provider is never
 * guessed from the model's name: the same name can live at several providers.
 * @throws ValidationError naming the providers there are when the text has another form or an unknown provider
 */
export function parseModelRef(text: string): ModelRef {
  const colon = text.indexOf(':');
  const provider = text.slice(0, Math.max(colon, 0));
  const model = text.slice(colon + 1);
  if (findProvider(provider) !== undefined && model.trim() !== '') return { provider, model };
  const message = `must be provider:model with the provider one of ${PROVIDERS.map(({ id }) => id).join(', ')}, such as anthropic:claude-sonnet-5; got "${text}"`;
  throw new ValidationError(`The model ${message}.`, [{ field: 'model', message }]);
}

/** A stretch of a message's text. */
export interface TextBlock {
  text: string;
  /** All up to here comes again in later calls: a provider that caches on request is asked to keep it. */
  cache?: true;
}

export interface ModelMessage {
  role: 'system' | 'user' | 'assistant';
  /** Blocks follow each other with nothing between them. */
  content: string | readonly TextBlock[];
}

/** The form an answer must have, for providers that can hold a model to it. */
export interface AnswerSchema {
  /** What the answer is, in letters, digits, `_` and `-`. */
  name: string;
  /** JSON Schema; what providers do not understand of it is left out on the way. */
  jsonSchema: Readonly<Record<string, unknown>>;
}

export interface ModelUsage {
  /** All tokens read, those from the provider's cache included. */
  inputTokens: number;
  outputTokens: number;
  /** Those of `inputTokens` that came from the provider's cache. */
  cachedTokens: number;
  /** Those of `inputTokens` that were written to the provider's cache, which some bill higher. */
  cacheWriteTokens: number;
  /** Whether the counts are our guess (a token per four characters), as the provider told none. */
  estimated: boolean;
}

export interface ModelCall {
  messages: ModelMessage[];
  /**
   * Asks for JSON of this form in the provider's own way, where it has one. No promise: the answer still has to be
   * validated, and a server that refuses such requests gets them without it from then on.
   */
  schema?: AnswerSchema;
  /** Gives an answer that reached its longest length as far as it came, marked `truncated`, and does not refuse it. */
  acceptTruncated?: boolean;
  /** Aborting ends the call at once, with an error whose reason is `aborted`. */
  signal?: AbortSignal;
  /** Hears the text piece by piece, in order. Must not throw. */
  onToken?: (text: string) => void;
  /** For the whole call, retries included. Default: the catalog's, 180 s. */
  timeoutMs?: number;
  /** An answer that reaches it is truncated. Default: the provider's. A rehearsal ignores it. */
  maxOutputTokens?: number;
}

export interface ModelReply {
  /** Never empty, and complete, unless `truncated` says otherwise. */
  text: string;
  /**
   * True when this is only the beginning of an answer that was too long (empty where a model thought that long); given
   * to calls that accept it.
   */
  truncated?: boolean;
  usage: ModelUsage;
  /** Why the model stopped, in the provider's words. */
  stopReason: string;
  provider: string;
  model: string;
  /** US dollars by the price list; 0 where none are asked, null where no price is known. */
  costUsd: number | null;
  /** There when nothing was thought up: which recorded project was played, and whether it is the mission's own. */
  rehearsal?: RehearsalNote;
  /** True when nobody was asked: the reply is an earlier run's, paid for then. */
  replayed?: boolean;
}

export interface RehearsalNote {
  /** The recording's folder name. */
  recording: string;
  title: string;
  /** False: the mission is unknown, and this is the closest recording. */
  exact: boolean;
}

/** Why a call failed, in `details.reason` of its ModelCallError. */
export const MODEL_CALL_FAILURES = [
  'aborted',
  'timeout',
  'truncated',
  'empty',
  'refused',
  'unauthorized',
  'rate_limited',
  'quota_exhausted',
  'unavailable',
  'bad_request',
  'unknown_task',
  'failed',
] as const;
export type ModelCallFailure = (typeof MODEL_CALL_FAILURES)[number];

export interface ModelClient {
  readonly ref: ModelRef;
  /**
   * Asks the model once.
   * @throws ModelCallError with `details.reason` (see MODEL_CALL_FAILURES), the provider, the model and, where
   *   the provider answered, its HTTP status; `retryable` says whether the same call may succeed later.
   *   `details.usage` has what a finished but unusable answer used; `details.unbilled` is true when the provider
   *   cannot have worked at all. With neither, nobody knows what the call cost.
   */
  call(call: ModelCall): Promise<ModelReply>;
}

/** How a profile reaches its model, where it differs from the environment. */
export interface ModelCredentials {
  apiKey?: string;
  baseUrl?: string;
}

export interface ModelCatalog {
  /**
   * The client for a model.
   * @param credentials a key and an address of the caller's own, instead of the environment's. The environment's
   *   key is never sent to an address of the caller's own.
   * @throws ConfigError when the provider's key is missing or the model's options are not understood
   * @throws ValidationError when there is no such provider
   */
  client(ref: ModelRef, credentials?: ModelCredentials): ModelClient;
  /** ATELIER_MODEL, else the first configured provider with its default model, else the rehearsal. */
  defaultRef(): ModelRef;
  /** Whether calls to this provider can work as configured; false for unknown ones. */
  available(provider: string): boolean;
}
