import { join } from 'node:path';
import { availableParallelism } from 'node:os';
import { Semaphore } from '../../src/core/semaphore.js';
import { Workshop, type TrialInput } from '../../src/graphs/studio/workshop.js';
import { MISSIONS } from './missions.js';
import type { Lab } from './lab.js';

/**
 * Missions at once with a model that takes `delayMs` per call, each approved as soon as it asks, on one worker as it
 * stands by default. Two ideals: the longest mission's model time alone, as if nothing else took any; and that plus
 * the test runs of all missions, which are work for the processor: the very same runs are done again with nothing
 * else going on, as many at once as the worker does. Missions that begin at once reach their tests at once, so that
 * the tests do not hide behind anybody's model.
 */
export async function benchThroughput(lab: Lab, count: number, delayMs: number) {
  const { app, caller } = await lab.open({}, delayMs);
  const before = process.memoryUsage().rss;
  let peak = before;
  const sampler = setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss)), 100);
  const ownCpu = process.cpuUsage();
  const trials = recordTrials();
  const started = performance.now();
  try {
    const ids = await Promise.all(
      Array.from({ length: count }, async (_value, index) => {
        const mission = MISSIONS[index % MISSIONS.length] ?? '';
        return (await app.sessions.submit(caller, { mission })).session.sessionId;
      }),
    );
    // One question for all: a poller each would be most of the load.
    for (let open = count; open > 0;) {
      const gates: { session_id: string }[] = await app.dataSource.query(
        `SELECT session_id FROM approvals WHERE session_id = ANY($1) AND status = 'pending'`,
        [ids],
      );
      await Promise.all(gates.map(async ({ session_id: id }) => approve(app, caller, id)));
      const [row]: { n: number }[] = await app.dataSource.query(
        `SELECT count(*)::integer AS n FROM sessions WHERE session_id = ANY($1) AND completed_at IS NULL`,
        [ids],
      );
      open = row?.n ?? 0;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const seconds = (performance.now() - started) / 1000;
    const [chain]: { longest: number; total: number }[] = await app.dataSource.query(
      `SELECT max(n)::integer AS longest, sum(n)::integer AS total
         FROM (SELECT count(*) AS n FROM model_calls WHERE session_id = ANY($1) GROUP BY session_id) calls`,
      [ids],
    );
    const statuses: { status: string; n: number }[] = await app.dataSource.query(
      `SELECT status, count(*)::integer AS n FROM sessions WHERE session_id = ANY($1) GROUP BY status`,
      [ids],
    );
    const cpu = process.cpuUsage(ownCpu);
    const ideal = ((chain?.longest ?? 0) * delayMs) / 1000;
    trials.stop();
    const testsAlone = await repeat(trials.inputs, app);
    const withTests = ideal + testsAlone;
    return {
      missions: count,
      modelSecondsPerCall: delayMs / 1000,
      concurrency: app.config.worker.concurrency,
      sandbox: app.sandbox.sandbox.name,
      byStatus: Object.fromEntries(statuses.map(({ status, n }) => [status, n])),
      calls: chain?.total ?? 0,
      callsOfLongestMission: chain?.longest ?? 0,
      seconds: round(seconds),
      idealSeconds: round(ideal),
      ofIdeal: round(ideal / seconds),
      idealWithTestsSeconds: round(withTests),
      ofIdealWithTests: round(withTests / seconds),
      testRuns: trials.inputs.length,
      testRunsAloneSeconds: round(testsAlone),
      ownCpuSeconds: round((cpu.user + cpu.system) / 1e6),
      rssMB: { before: Math.round(before / 1e6), peak: Math.round(peak / 1e6) },
    };
  } finally {
    trials.stop();
    clearInterval(sampler);
    await app.close();
  }
}

type Opened = Awaited<ReturnType<Lab['open']>>;

async function approve(app: Opened['app'], caller: Opened['caller'], sessionId: string): Promise<void> {
  const gate = (await app.approvals.list(caller, sessionId)).find(({ status }) => status === 'pending');
  if (!gate) return;
  await app.approvals.decide(caller, gate.id, {
    decision: 'approve',
    artifactHashes: gate.artifacts.map(({ sha256 }) => sha256),
  });
}

/** Listens to what the worker tries, from now until `stop`. */
function recordTrials(): { inputs: TrialInput[]; stop(): void } {
  const inputs: TrialInput[] = [];
  const original = Object.getOwnPropertyDescriptor(Workshop.prototype, 'try');
  // oxlint-disable-next-line typescript/unbound-method -- it is called with its own `this` below
  const { try: attempt } = Workshop.prototype;
  Workshop.prototype.try = function (this: Workshop, input) {
    inputs.push(input);
    return attempt.call(this, input);
  };
  return {
    inputs,
    stop() {
      if (original) Object.defineProperty(Workshop.prototype, 'try', original);
    },
  };
}

/** Does the same runs again, with nothing else going on. @returns how long all of them took, in seconds */
async function repeat(inputs: readonly TrialInput[], { sandbox, config }: Opened['app']): Promise<number> {
  const slots = new Semaphore(availableParallelism());
  const workshop = new Workshop(sandbox.sandbox, join(config.dataDir, 'bench'), slots);
  const started = performance.now();
  const { signal } = new AbortController();
  await Promise.all(inputs.map((input) => workshop.try({ ...input, signal })));
  return (performance.now() - started) / 1000;
}

const round = (value: number): number => Math.round(value * 100) / 100;
