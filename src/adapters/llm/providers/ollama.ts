import type { Provider } from '../provider.js';

/** LangChain's Ollama client looks at the signal only between chunks, so a silent server would hold a call. */
function fetchUntil(signal: AbortSignal): typeof fetch {
  return (input, init) =>
    fetch(input, { ...init, signal: init?.signal ? AbortSignal.any([init.signal, signal]) : signal });
}

export const ollama: Provider = {
  id: 'ollama',
  title: 'Ollama',
  defaultModel: 'gpt-oss:20b',
  envVariable: 'OLLAMA_BASE_URL',
  needsKey: () => false,
  apiKey: () => undefined,
  baseUrl: (config) => config.providers.ollamaBaseUrl,
  available: (config) => config.providers.ollamaBaseUrl !== undefined,
  canBeDefault: (config) => config.providers.ollamaBaseUrl !== undefined,
  connect: () => async (request) => {
    const { initChatModel } = await import('langchain/chat_models/universal');
    return initChatModel(request.model, {
      modelProvider: 'ollama',
      baseUrl: request.baseUrl,
      numPredict: request.maxOutputTokens,
      maxRetries: request.maxRetries,
      fetch: fetchUntil(request.signal),
    });
  },
};
