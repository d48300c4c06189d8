import type { BaseChatModel } from '@langchain/core/language_models/chat_models';
import type { Config } from '../../core/config.js';
import type { AnswerSchema } from './port.js';

/** What one call needs from a chat model. Every call gets a model of its own: building one costs microseconds. */
export interface ChatModelRequest {
  /** The provider's own name of the model. */
  model: string;
  /** Absent where the provider needs none. */
  apiKey?: string;
  /** Absent: the provider's public address. */
  baseUrl?: string;
  /** The most tokens the answer may have; absent: the provider's limit. */
  maxOutputTokens?: number;
  /** How often the client itself repeats a request that failed before its stream began. */
  maxRetries: number;
  /** Whether anybody listens to the pieces; the answer is streamed either way. */
  listening: boolean;
  /** Aborts when the caller does or the deadline passes. */
  signal: AbortSignal;
  /** The form to ask for, in the provider's own way: a structure as `structureOf` gives it. */
  schema?: AnswerSchema;
}

/** The part of LangChain's chat models that calls rely on; `initChatModel` and own subclasses both have it. */
export type StreamingChatModel = Pick<BaseChatModel, 'stream'>;

/** The model with options that go with every call. */
export function withOptions(
  model: StreamingChatModel,
  options: Readonly<Record<string, unknown>>,
): StreamingChatModel {
  return { stream: async (input, given) => model.stream(input, { ...given, ...options }) };
}

/** Makes chat models, and keeps what has to outlive a single call. */
export type ChatModelFactory = (request: ChatModelRequest) => Promise<StreamingChatModel>;

export interface ProviderOptions {
  /** The folder with the rehearsal's recordings; absent: the ones that ship with Atelier. */
  recordingsDir?: string;
}

/**
 * A source of chat models. Adding one is a file in `providers/` and a line in `providers.ts`.
 * A provider loads its packages when its first model is made, never at import time.
 */
export interface Provider {
  /** What stands before the colon in `provider:model`. */
  readonly id: string;
  /** The name people know it by. */
  readonly title: string;
  /** The model that is used when the provider is configured and nothing else was said. */
  readonly defaultModel: string;
  /** The environment variable with its key, or with its address where it has no key; absent: needs neither. */
  readonly envVariable?: string;
  /** Whether a call is refused up front when no key is known. */
  readonly needsKey: (config: Config) => boolean;
  readonly apiKey: (config: Config) => string | undefined;
  readonly baseUrl: (config: Config) => string | undefined;
  /** Whether calls can work as configured. */
  readonly available: (config: Config) => boolean;
  /** Whether its configuration alone makes it the default; a bare base URL, say, tells no model name. */
  readonly canBeDefault: (config: Config) => boolean;
  /** Whether it can be asked for JSON of a certain form. */
  readonly takesForm?: boolean;
  /** Whether it caches what it is told to, not what it sees fit. */
  readonly marksCache?: boolean;
  /** @throws ConfigError when the model name carries options that are not understood */
  readonly checkModel?: (model: string) => void;
  /** Called once per catalog, with the first client of this provider. Loads nothing yet. */
  readonly connect: (options: ProviderOptions) => ChatModelFactory;
}
