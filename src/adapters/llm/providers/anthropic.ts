import { withOptions, type Provider } from '../provider.js';

/** LangChain falls back to 4,096 tokens for models it does not know, which cuts documents and code in half. */
const MAX_OUTPUT_TOKENS = 32_000;

export const anthropic: Provider = {
  id: 'anthropic',
  title: 'Anthropic',
  defaultModel: 'claude-sonnet-5',
  envVariable: 'ANTHROPIC_API_KEY',
  needsKey: () => true,
  apiKey: (config) => config.providers.anthropicApiKey,
  baseUrl: () => undefined,
  available: (config) => config.providers.anthropicApiKey !== undefined,
  canBeDefault: (config) => config.providers.anthropicApiKey !== undefined,
  marksCache: true,
  takesForm: true,
  connect: () => async (request) => {
    const { initChatModel } = await import('langchain/chat_models/universal');
    const model = await initChatModel(request.model, {
      modelProvider: 'anthropic',
      apiKey: request.apiKey,
      anthropicApiUrl: request.baseUrl,
      maxTokens: request.maxOutputTokens ?? MAX_OUTPUT_TOKENS,
      maxRetries: request.maxRetries,
    });
    if (!request.schema) return model;
    const format = { type: 'json_schema', schema: request.schema.jsonSchema };
    return withOptions(model, { outputConfig: { format } });
  },
};
