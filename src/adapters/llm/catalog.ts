import type { Config } from '../../core/config.js';
import { ConfigError, ValidationError, messageOf } from '../../core/errors.js';
import { ChatModelClient } from './client.js';
import {
  parseModelRef,
  type ModelCatalog,
  type ModelClient,
  type ModelCredentials,
  type ModelRef,
} from './port.js';
import type { ChatModelFactory, Provider } from './provider.js';
import { PROVIDERS, findProvider } from './providers.js';

export interface ModelCatalogOptions {
  /** Where a provider is reached, by its id, instead of its public address. */
  baseUrls?: Readonly<Record<string, string>>;
  /** For whole calls that set none of their own. Default: 180 s. */
  timeoutMs?: number;
  /**
   * Repetitions by the provider's client, before a stream began. Default: 0, as `AgentModels` repeats calls of every
   * provider in one way: within one deadline, each try metered.
   */
  maxRetries?: number;
  /** Folder with recordings for the rehearsal, instead of those that ship with Atelier. */
  recordingsDir?: string;
}

const TIMEOUT_MS = 180_000;
const MAX_RETRIES = 0;
/** Sent to an address of the caller's own for which it has set no key. */
const NO_KEY = 'none';

function requireProvider(id: string): Provider {
  const provider = findProvider(id);
  if (provider !== undefined) return provider;
  const message = `must be one of ${PROVIDERS.map((known) => known.id).join(', ')}; got "${id}"`;
  throw new ValidationError(`The model's provider ${message}.`, [{ field: 'provider', message }]);
}

/** ATELIER_MODEL as a reference, checked at start rather than in the first mission. */
function configuredRef(text: string): ModelRef {
  try {
    const ref = parseModelRef(text);
    findProvider(ref.provider)?.checkModel?.(ref.model);
    return ref;
  } catch (error) {
    throw new ConfigError(`ATELIER_MODEL: ${messageOf(error)}`, { cause: error });
  }
}

/**
 * The models this process can call. Nothing of a provider is loaded until its first call.
 * @throws ConfigError when ATELIER_MODEL names no provider or carries options that are not understood
 */
export function createModelCatalog(config: Config, options: ModelCatalogOptions = {}): ModelCatalog {
  const configured = config.model === undefined ? undefined : configuredRef(config.model);
  const factories = new Map<string, ChatModelFactory>();
  const formless = new Set<string>();

  function factoryOf(provider: Provider): ChatModelFactory {
    let factory = factories.get(provider.id);
    if (factory === undefined) {
      factory = provider.connect({ recordingsDir: options.recordingsDir });
      factories.set(provider.id, factory);
    }
    return factory;
  }

  return {
    client(ref: ModelRef, credentials: ModelCredentials = {}): ModelClient {
      const provider = requireProvider(ref.provider);
      provider.checkModel?.(ref.model);
      const ownAddress = credentials.baseUrl !== undefined;
      const apiKey = credentials.apiKey ?? (ownAddress ? undefined : provider.apiKey(config));
      if (apiKey === undefined && !ownAddress && provider.needsKey(config))
        throw new ConfigError(
          `${ref.provider}:${ref.model} needs a key: set ${provider.envVariable}, or choose another model.`,
          { details: { provider: ref.provider, variable: provider.envVariable } },
        );
      return new ChatModelClient({
        ref,
        factory: factoryOf(provider),
        // LangChain's clients look for a key in the environment when they are given none.
        apiKey: apiKey ?? (ownAddress ? NO_KEY : undefined),
        baseUrl: credentials.baseUrl ?? options.baseUrls?.[provider.id] ?? provider.baseUrl(config),
        envVariable: provider.envVariable,
        timeoutMs: options.timeoutMs ?? TIMEOUT_MS,
        maxRetries: options.maxRetries ?? MAX_RETRIES,
        marksCache: provider.marksCache,
        takesForm: provider.takesForm,
        formless,
      });
    },
    defaultRef(): ModelRef {
      if (configured !== undefined) return configured;
      const provider = PROVIDERS.find((candidate) => candidate.canBeDefault(config));
      if (provider === undefined) throw new ConfigError('No model provider can be used: set ATELIER_MODEL.');
      return { provider: provider.id, model: provider.defaultModel };
    },
    available(provider: string): boolean {
      return findProvider(provider)?.available(config) ?? false;
    },
  };
}
