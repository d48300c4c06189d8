import type { Provider } from '../provider.js';
import { parseRehearsalModel } from '../rehearsal/options.js';

/** The offline model that plays recorded projects: the default while no provider is configured. */
export const rehearsal: Provider = {
  id: 'rehearsal',
  title: 'Rehearsal',
  defaultModel: 'studio',
  needsKey: () => false,
  apiKey: () => undefined,
  baseUrl: () => undefined,
  available: () => true,
  canBeDefault: () => true,
  checkModel: (model) => void parseRehearsalModel(model),
  connect: ({ recordingsDir }) => {
    const failures = new Map<string, number>();
    return async ({ model }) => {
      const { RehearsalChatModel } = await import('../rehearsal/rehearsal-model.js');
      return new RehearsalChatModel({ model, recordingsDir, failures });
    };
  },
};
