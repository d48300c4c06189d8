import type { Provider } from './provider.js';
import { anthropic } from './providers/anthropic.js';
import { googleGenai } from './providers/google-genai.js';
import { ollama } from './providers/ollama.js';
import { openai } from './providers/openai.js';
import { rehearsal } from './providers/rehearsal.js';

/** Every provider there is, in the order in which a configured one becomes the default. */
export const PROVIDERS: readonly Provider[] = [anthropic, openai, googleGenai, ollama, rehearsal];

/** The provider with this id, or undefined. */
export function findProvider(id: string): Provider | undefined {
  return PROVIDERS.find((provider) => provider.id === id);
}
