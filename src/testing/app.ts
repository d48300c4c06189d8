import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApp, type App, type AppOverrides } from '../app.js';
import { loadConfig } from '../core/config.js';
import { newId } from '../core/ids.js';
import { silentLogger } from '../core/logger.js';
import type { UserRole } from '../core/vocabulary.js';
import type { Session } from '../db/entities/session.js';
import { repositories } from '../db/repositories/index.js';
import type { StreamedEvent } from '../services/event-hub.js';
import type { Caller } from '../services/sessions.js';
import { createTestDatabase } from './database.js';

export interface TestApp {
  app: App;
  databaseUrl: string;
  dataDir: string;
  /** A new person with a role. */
  person(role?: UserRole): Promise<Caller>;
  /** Waits until the session has one of the statuses; fails with what it has after 30 s. */
  until(caller: Caller, sessionId: string, ...statuses: string[]): Promise<Session>;
  /** Every event the session has so far. */
  events(sessionId: string): Promise<StreamedEvent[]>;
  /** Another process's view: a second App on the same database and folder. */
  another(overrides?: AppOverrides, env?: NodeJS.ProcessEnv): Promise<App>;
  close(): Promise<void>;
}

/** A real App on a database of its own: Postgres, queue, engine and sandbox, as a deployment would have them. */
export async function startTestApp(
  overrides: AppOverrides = {},
  env: NodeJS.ProcessEnv = {},
): Promise<TestApp> {
  const database = await createTestDatabase();
  const dataDir = await mkdtemp(join(tmpdir(), 'atelier-test-'));
  const apps: App[] = [];
  const start = async (own: AppOverrides, ownEnv: NodeJS.ProcessEnv): Promise<App> => {
    const config = loadConfig({
      NODE_ENV: 'test',
      DATABASE_URL: database.url,
      ATELIER_DATA_DIR: dataDir,
      PATH: '',
      ...env,
      ...ownEnv,
    });
    const app = await createApp(config, { logger: silentLogger(), ...own });
    apps.push(app);
    return app;
  };
  const app = await start(overrides, {});
  return {
    app,
    databaseUrl: database.url,
    dataDir,
    async person(role = 'admin') {
      const id = newId();
      await repositories(app.dataSource.manager).users.insert({
        id,
        email: `${id}@example.org`,
        name: role,
        role,
      });
      return { userId: id, role };
    },
    async until(caller, sessionId, ...statuses) {
      for (let tries = 0; ; tries += 1) {
        const session = await app.sessions.get(caller, sessionId);
        if (statuses.includes(session.status)) return session;
        if (tries > 600)
          throw new Error(
            `is ${session.status} in ${session.currentPhase}: ${JSON.stringify(session.error)}`,
          );
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
    async events(sessionId) {
      return repositories(app.dataSource.manager).events.after(sessionId, 0, 10_000);
    },
    another: (own = {}, ownEnv = {}) => start({ ...overrides, ...own }, ownEnv),
    async close() {
      for (const one of apps.toReversed()) await one.close();
      await database.drop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** Approves whatever gate the session waits at, as shown. */
export async function approve(app: App, caller: Caller, sessionId: string): Promise<void> {
  const gate = (await app.approvals.list(caller, sessionId)).find(({ status }) => status === 'pending');
  if (!gate) throw new Error('no gate waits');
  await app.approvals.decide(caller, gate.id, {
    decision: 'approve',
    artifactHashes: gate.artifacts.map(({ sha256 }) => sha256),
  });
}
