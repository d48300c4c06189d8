import type { Provider } from '../provider.js';

export const googleGenai: Provider = {
  id: 'google-genai',
  title: 'Google Gemini',
  // An alias that Google moves along, as its numbered models are retired within a year or two.
  defaultModel: 'gemini-flash-latest',
  envVariable: 'GOOGLE_API_KEY',
  needsKey: () => true,
  apiKey: (config) => config.providers.googleApiKey,
  baseUrl: () => undefined,
  available: (config) => config.providers.googleApiKey !== undefined,
  canBeDefault: (config) => config.providers.googleApiKey !== undefined,
  connect: () => async (request) => {
    const { initChatModel } = await import('langchain/chat_models/universal');
    return initChatModel(request.model, {
      modelProvider: 'google-genai',
      apiKey: request.apiKey,
      baseUrl: request.baseUrl,
      maxOutputTokens: request.maxOutputTokens,
      maxRetries: request.maxRetries,
    });
  },
};
