import type { Caller } from '../services/sessions.js';
import { approve, startTestApp, type TestApp } from './app.js';
import type { ScriptedCatalog } from './scripted-model.js';
import { sumCatalog, type SumScript } from './studio-script.js';

/** The studio with a scripted model, and a mission in it. */
export interface SumMission {
  test: TestApp;
  catalog: ScriptedCatalog;
  caller: Caller;
  id: string;
  /** Carries a session to its next stop, and gives it as it is then. */
  go: (sessionId: string) => ReturnType<TestApp['app']['sessions']['get']>;
  /** The keys of a session's committed steps, in order. */
  effects: (sessionId: string) => Promise<string[]>;
  /** The tasks of all model calls after the first so many. */
  tasksAfter: (calls: number) => string[];
}

/** A mission to add two numbers: only submitted, carried to its gate, or approved there and carried to its end. */
export async function sumMission(
  to: 'start' | 'gate' | 'end',
  faults: SumScript = {},
  submission: { mission?: string; options?: Record<string, unknown> } = {},
  env: NodeJS.ProcessEnv = {},
): Promise<SumMission> {
  const catalog = sumCatalog(faults);
  const test = await startTestApp({ catalog }, { ATELIER_ALLOW_UNSANDBOXED: '1', ...env });
  const caller = await test.person();
  const { session } = await test.app.sessions.submit(caller, { mission: 'Add two numbers', ...submission });
  const id = session.sessionId;
  const go = async (sessionId: string) => {
    await test.app.runner.run(sessionId, new AbortController().signal);
    return test.app.sessions.get(caller, sessionId);
  };
  if (to !== 'start') await go(id);
  if (to === 'end') {
    await approve(test.app, caller, id);
    await go(id);
  }
  return {
    ...{ test, catalog, caller, id, go },
    async effects(sessionId) {
      const rows: { step_key: string }[] = await test.app.dataSource.query(
        `SELECT step_key FROM effects WHERE session_id = $1 ORDER BY created_at`,
        [sessionId],
      );
      return rows.map((row) => row.step_key);
    },
    tasksAfter: (calls) => catalog.calls.slice(calls).map(({ task }) => task),
  };
}
