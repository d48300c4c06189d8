import { openApiForm } from '../answer-schema.js';
import { withOptions, type Provider } from '../provider.js';

/** The part of Google's client that streams, which LangChain's model keeps in a private field. */
interface StreamingClient {
  generateContentStream: (...request: unknown[]) => Promise<{ response: Promise<unknown> }>;
}

function isStreamingClient(value: unknown): value is StreamingClient {
  return (
    typeof value === 'object' &&
    value !== null &&
    'generateContentStream' in value &&
    typeof value.generateContentStream === 'function'
  );
}

/**
 * Google's client reads each stream twice: for the caller, and for a promise of the whole that LangChain never looks
 * at. When a stream breaks off or is aborted that promise rejects with nobody to hear it, which ends a Node process.
 * @throws TypeError when the model is not built like that any more, so that an upgrade cannot bring the crash back
 */
function silenceUnheardPromise(model: object): void {
  const client: unknown = Reflect.get(model, 'client');
  if (!isStreamingClient(client)) throw new TypeError('ChatGoogleGenerativeAI has no client as expected.');
  const stream = client.generateContentStream.bind(client);
  client.generateContentStream = async (...request) => {
    const result = await stream(...request);
    result.response.catch(() => undefined);
    return result;
  };
}

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
  takesForm: true,
  connect: () => async (request) => {
    const { initChatModel } = await import('langchain/chat_models/universal');
    const configurable = await initChatModel(request.model, {
      modelProvider: 'google-genai',
      apiKey: request.apiKey,
      baseUrl: request.baseUrl,
      maxOutputTokens: request.maxOutputTokens,
      maxRetries: request.maxRetries,
    });
    // The model behind it, whose client has to be mended.
    const model = await configurable._getModelInstance();
    silenceUnheardPromise(model);
    if (!request.schema) return model;
    return withOptions(model, { responseSchema: openApiForm(request.schema.jsonSchema) });
  },
};
