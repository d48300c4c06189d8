import { strictForm } from '../answer-schema.js';
import { withOptions, type Provider } from '../provider.js';

/** The client insists on a key; servers of one's own behind OPENAI_BASE_URL often want none. */
const NO_KEY = 'none';

/** OpenAI, and every server that speaks its protocol when OPENAI_BASE_URL points there. */
export const openai: Provider = {
  id: 'openai',
  title: 'OpenAI',
  defaultModel: 'gpt-5.5',
  envVariable: 'OPENAI_API_KEY',
  needsKey: (config) => config.providers.openaiBaseUrl === undefined,
  apiKey: (config) => config.providers.openaiApiKey,
  baseUrl: (config) => config.providers.openaiBaseUrl,
  available: ({ providers }) => providers.openaiApiKey !== undefined || providers.openaiBaseUrl !== undefined,
  // A server of one's own has models of its own: which one, only ATELIER_MODEL can tell.
  canBeDefault: ({ providers }) =>
    providers.openaiApiKey !== undefined && providers.openaiBaseUrl === undefined,
  takesForm: true,
  connect: () => async (request) => {
    const { initChatModel } = await import('langchain/chat_models/universal');
    const model = await initChatModel(request.model, {
      modelProvider: 'openai',
      apiKey: request.apiKey ?? NO_KEY,
      configuration: { baseURL: request.baseUrl },
      maxTokens: request.maxOutputTokens,
      maxRetries: request.maxRetries,
      // LangChain drops the words of a refusal from the stream; they are in what it was made of.
      __includeRawResponse: true,
    });
    if (!request.schema) return model;
    const { name, jsonSchema } = request.schema;
    const json_schema = { name, schema: strictForm(jsonSchema), strict: true };
    return withOptions(model, { response_format: { type: 'json_schema', json_schema } });
  },
};
