import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { MISSIONS } from './missions.js';
import type { Lab } from './lab.js';

/** Clock ticks per second in /proc; the kernel's interface fixes it for user space. */
const TICKS = 100;

/**
 * Missions at once with a model that takes `delayMs` per call, each approved as soon as it asks, on one worker as it
 * stands by default. The ideal is the longest mission's model time alone, as if nothing else took any: no database,
 * no tests. `idealWithTests` adds the processor time of the sandboxed test runs, spread over all cores: missions that
 * begin at once reach their tests at once, so that the tests do not hide behind anybody's model.
 */
export async function benchThroughput(lab: Lab, count: number, delayMs: number) {
  const { app, caller } = await lab.open({}, delayMs);
  const before = process.memoryUsage().rss;
  let peak = before;
  const sampler = setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss)), 100);
  const ownCpu = process.cpuUsage();
  const childCpu = childSeconds();
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
    const sandboxCpu = childCpu === null ? null : (childSeconds() ?? 0) - childCpu;
    const ideal = ((chain?.longest ?? 0) * delayMs) / 1000;
    const withTests = ideal + (sandboxCpu ?? 0) / availableParallelism();
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
      cpuSeconds: {
        ownProcess: round((cpu.user + cpu.system) / 1e6),
        sandboxedTests: sandboxCpu === null ? null : round(sandboxCpu),
      },
      rssMB: { before: Math.round(before / 1e6), peak: Math.round(peak / 1e6) },
    };
  } finally {
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

/** Processor time of this process's ended children and theirs, in seconds; null where nobody tells. */
function childSeconds(): number | null {
  if (process.platform !== 'linux') return null;
  // The name of the program, in parentheses, may hold blanks; the fields after it do not.
  const fields = readFileSync('/proc/self/stat', 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(fields[13]) + Number(fields[14])) / TICKS;
}

const round = (value: number): number => Math.round(value * 100) / 100;
