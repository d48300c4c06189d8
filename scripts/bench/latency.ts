import { repositories } from '../../src/db/repositories/index.js';
import { spread, type Lab } from './lab.js';

/**
 * How long a person waits on an idle machine: from the submit call to the start of the first agent's
 * execution, and from the decision to the start of the Engineer's, by the database's clock, in ms.
 */
export async function benchLatency(lab: Lab, rounds: number, redisUrl?: string) {
  const { app, caller } = await lab.open(redisUrl === undefined ? {} : { REDIS_URL: redisUrl });
  const firstNode: number[] = [];
  const resumed: number[] = [];
  const accepted: number[] = [];
  const now = async (): Promise<number> => {
    const [row]: { t: string }[] = await app.dataSource.query(
      'SELECT extract(epoch from clock_timestamp()) * 1000 AS t',
    );
    return Number(row?.t);
  };
  const startedAt = async (sessionId: string, agent: string): Promise<number> => {
    for (let tries = 0; tries < 4000; tries += 1) {
      const [row]: { t: string }[] = await app.dataSource.query(
        `SELECT extract(epoch from started_at) * 1000 AS t FROM agent_executions
          WHERE session_id = $1 AND agent_type = $2 ORDER BY id LIMIT 1`,
        [sessionId, agent],
      );
      if (row) return Number(row.t);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    throw new Error(`no execution of ${agent}`);
  };
  try {
    for (let round = 0; round < rounds; round += 1) {
      const before = await now();
      const clock = performance.now();
      const { session } = await app.sessions.submit(caller, {
        mission: 'A token bucket rate limiter library',
      });
      accepted.push(performance.now() - clock);
      firstNode.push((await startedAt(session.sessionId, 'pm')) - before);
      const gate = await waitForGate(app, session.sessionId);
      const decided = await now();
      await app.approvals.decide(caller, gate.id, {
        decision: 'approve',
        artifactHashes: gate.artifacts.map(({ sha256 }) => sha256),
      });
      resumed.push((await startedAt(session.sessionId, 'eng')) - decided);
      await waitForEnd(app, session.sessionId);
    }
  } finally {
    await app.close();
  }
  return {
    acceptedMs: spread(accepted),
    submitToFirstNodeMs: spread(firstNode),
    approveToResumedMs: spread(resumed),
  };
}

type OpenApp = Awaited<ReturnType<Lab['open']>>['app'];

/** The gate a session waits at, as soon as it does. */
export async function waitForGate(app: OpenApp, sessionId: string) {
  for (;;) {
    const gate = (await repositories(app.dataSource.manager).approvals.list(sessionId)).find(
      ({ status }) => status === 'pending',
    );
    if (gate) return gate;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function waitForEnd(app: OpenApp, sessionId: string): Promise<void> {
  for (;;) {
    const session = await repositories(app.dataSource.manager).sessions.find(sessionId);
    if (session?.completedAt) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
