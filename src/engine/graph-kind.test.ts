import { scriptedCatalog } from '../testing/scripted-model.js';
import { approve } from '../testing/app.js';
import { echoKind } from '../testing/echo-kind.js';
import { createModelCatalog } from '../adapters/llm/catalog.js';
import { loadConfig } from '../core/config.js';
import { studio } from '../graphs/studio/index.js';
import type { SourceService } from '../services/source/source-service.js';
import type { Workshop } from '../graphs/studio/workshop.js';
import { graphKindConformance } from './conformance.js';

graphKindConformance('studio', {
  // The rules are read off this one; the runs use the built-in kind with its real workshop.
  kind: studio({} as Workshop, {} as SourceService),
  bring: false,
  catalog: () => createModelCatalog(loadConfig({})),
  submit: { mission: 'A token bucket rate limiter library' },
  restsIn: ['completed'],
  async work(test, caller, sessionId) {
    await test.until(caller, sessionId, 'awaiting_approval');
    await approve(test.app, caller, sessionId);
    await test.until(caller, sessionId, 'completed');
  },
});

graphKindConformance('of two nodes and turns', {
  kind: echoKind,
  bring: true,
  catalog: () =>
    scriptedCatalog(({ messages }) =>
      JSON.stringify({ reply: `You said: ${messages.at(-1)?.content ?? ''}` }),
    ),
  submit: {},
  restsIn: ['active'],
  async work(test, caller, sessionId) {
    await test.app.activity.say(caller, sessionId, { content: 'hello there' });
    for (let tries = 0; tries < 200; tries += 1) {
      const messages = await test.app.activity.messages(caller, sessionId, 0, 10);
      const session = await test.app.sessions.get(caller, sessionId);
      if (messages.some(({ role }) => role === 'assistant') && session.leaseOwner === null) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error('nobody answered');
  },
});
