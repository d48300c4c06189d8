import { withOptions, type Provider } from '../provider.js';

/**
 * The fetch of Ollama's client, with two things mended. LangChain looks at the signal only between chunks, so a silent
 * server would hold a call; and the client keeps no headers of a refusal, among them how long to wait.
 * The two signals are followed by hand: one made by `AbortSignal.any` may be collected before it fires in Node.js 20.
 */
function mendedFetch(signal: AbortSignal): typeof fetch {
  return async (input, init) => {
    const own = new AbortController();
    for (const followed of [signal, init?.signal]) {
      if (!followed) continue;
      if (followed.aborted) own.abort(followed.reason);
      // Both end with the call, and their listeners with them.
      else followed.addEventListener('abort', () => own.abort(followed.reason), { once: true });
    }
    const response = await fetch(input, { ...init, signal: own.signal });
    if (response.ok || !response.headers.has('retry-after')) return response;
    const { status, headers } = response;
    throw Object.assign(new Error(await response.text()), { status, headers });
  };
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
  takesForm: true,
  connect: () => async (request) => {
    const { initChatModel } = await import('langchain/chat_models/universal');
    const model = await initChatModel(request.model, {
      modelProvider: 'ollama',
      baseUrl: request.baseUrl,
      numPredict: request.maxOutputTokens,
      maxRetries: request.maxRetries,
      fetch: mendedFetch(request.signal),
    });
    return request.schema ? withOptions(model, { format: request.schema.jsonSchema }) : model;
  },
};
