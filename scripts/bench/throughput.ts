import { once } from 'node:events';
import type { Decision } from '../../src/core/vocabulary.js';
import type { Lab } from './lab.js';
import { MISSIONS } from './missions.js';
import { busyShare, readProcessors, usedSince } from './processors.js';
import { recordTrials, repeatTrials } from './trials.js';

/** How often the documents are sent back in the scenario without tests: it makes as many model calls as a mission. */
const SENT_BACK = 2;
/** Missions before those that count. */
const WARM_UP = 4;
/** How many times the missions under way are counted through where their throughput is measured. */
const ROUNDS = 3;

type Opened = Awaited<ReturnType<Lab['open']>>;

/**
 * Whole missions that all begin at once, each approved as soon as it asks, with a model that takes `delayMs` per
 * call, on one worker as it stands by default. Their tests are work for the processors. The ideal is what no worker on this machine could be faster
 * than: nobody's tests can begin before the model calls that lead up to them (`leadSeconds`), and from there on
 * the test runs take what they take with nothing else going on, as many at once as there are cores. They are measured,
 * not reckoned: the very same runs are done again afterwards. It is never less than the longest chain of calls.
 */
export async function benchThroughput(lab: Lab, count: number, delayMs: number) {
  const busyBefore = await busyShare(2000);
  const opened = await lab.open({}, delayMs);
  const { app } = opened;
  const trials = recordTrials();
  try {
    const run = await carry(opened, count, async () => 'approve');
    const [calls]: { longest: number; lead: number; total: number }[] = await app.dataSource.query(
      `SELECT max(n)::integer AS longest, min(before)::integer AS lead, sum(n)::integer AS total
         FROM (SELECT count(*) AS n, count(*) FILTER (WHERE c.created_at < proof.at) AS before
                 FROM model_calls c
                 JOIN (SELECT session_id, min(created_at) AS at FROM effects
                        WHERE step_key LIKE 'proof:%' GROUP BY session_id) proof USING (session_id)
                WHERE session_id = ANY($1) GROUP BY session_id) counted`,
      [run.ids],
    );
    trials.stop();
    const alone = await repeatTrials(trials.inputs, app.sandbox.sandbox, app.config.dataDir);
    const chain = ((calls?.longest ?? 0) * delayMs) / 1000;
    const lead = ((calls?.lead ?? 0) * delayMs) / 1000;
    const ideal = Math.max(chain, lead + alone.seconds);
    return {
      missions: count,
      modelSecondsPerCall: delayMs / 1000,
      ...run.figures,
      sandbox: app.sandbox.sandbox.name,
      calls: calls?.total ?? 0,
      testRuns: trials.inputs.length,
      modelOnlySeconds: round(chain),
      leadSeconds: round(lead),
      testRunsAloneSeconds: round(alone.seconds),
      idealSeconds: round(ideal),
      ofIdeal: round(ideal / run.seconds),
      ofModelOnly: round(chain / run.seconds),
      // With nothing else on the machine the difference is what Atelier, Postgres and this benchmark take.
      processorSeconds: { run: round(run.processorSeconds), testRunsAlone: round(alone.processorSeconds) },
      busyBefore: round(busyBefore),
    };
  } finally {
    trials.stop();
    await app.close();
  }
}

/**
 * Missions on one worker in a process of its own, whose documents are sent back to the PM until the model was asked as
 * often as in a whole one, up to the moment at which they wait at their gate. Nothing is tested, so the model alone is
 * the bound: the ideal is the chain of its calls, for as many missions as are under way at once.
 *
 * Two figures, as they tell different things. `ofIdeal` is the throughput: `count` missions are kept under way, and
 * what ends is counted over three rounds, the first left out, in which all stand at the same step. `batch` is the time
 * from the first submission to the last end when `count` begin in the same moment and no more come.
 */
export async function benchModelBound(lab: Lab, count: number, delayMs: number) {
  const { worker, ...opened } = await lab.openApart(delayMs);
  try {
    const sendBack = async (gates: number) => (gates <= SENT_BACK ? 'request_changes' : null);
    // The code of a worker that has just been started is not compiled yet.
    await carry(opened, WARM_UP, sendBack);
    const busyBefore = await busyShare(2000);
    const chain = (2 * (1 + SENT_BACK) * delayMs) / 1000;
    const run = await carry(opened, count, sendBack);
    const kept = await carry(opened, count, sendBack, (1 + ROUNDS + 1) * count);
    const [from = 0, to = 0] = [kept.ends[count - 1], kept.ends[(1 + ROUNDS) * count - 1]];
    const perMinute = (60 * ROUNDS * count) / (to - from);
    const idealPerMinute = (60 * count) / chain;
    return {
      modelSecondsPerCall: delayMs / 1000,
      concurrency: run.figures.concurrency,
      underWay: count,
      missionsPerMinute: round(perMinute),
      idealPerMinute: round(idealPerMinute),
      ofIdeal: round(perMinute / idealPerMinute),
      processorSecondsPerMission: round(kept.processorSeconds / kept.ids.length),
      batch: {
        missions: count,
        byStatus: run.figures.byStatus,
        seconds: run.figures.seconds,
        idealSeconds: round(chain),
        ofIdeal: round(chain / run.seconds),
      },
      busyBefore: round(busyBefore),
    };
  } finally {
    worker.disconnect();
    await once(worker, 'exit');
    await opened.app.close();
  }
}

/**
 * Submits missions and decides at their gates, until every one has ended or was left at a gate.
 * @param atOnce how many are under way at the same time
 * @param decide what to do at a mission's nth gate, from 1; null leaves it there for good
 * @param total how many there are in all: whenever one has ended, another is submitted. `ends` says when each has, in s
 */
async function carry(
  { app, caller }: Opened,
  atOnce: number,
  decide: (nth: number) => Promise<Decision | null>,
  total = atOnce,
) {
  const rss = process.memoryUsage().rss;
  let peak = rss;
  const sampler = setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss)), 100);
  const ownCpu = process.cpuUsage();
  const processors = readProcessors();
  const started = performance.now();
  const sinceStart = () => (performance.now() - started) / 1000;
  try {
    const ids: string[] = [];
    const ends: number[] = [];
    let submitted = 0;
    const submit = async () => {
      const mission = MISSIONS[submitted++ % MISSIONS.length] ?? '';
      ids.push((await app.sessions.submit(caller, { mission })).session.sessionId);
    };
    await Promise.all(Array.from({ length: atOnce }, submit));
    const gatesOf = new Map<string, number>();
    const over = new Set<string>();
    const end = async (sessionId: string) => {
      over.add(sessionId);
      ends.push(sinceStart());
      if (submitted < total) await submit();
    };
    while (ends.length < total) {
      // One question for all: a poller each would be most of the load.
      const rows: { session_id: string; id: string | null; ended: boolean }[] = await app.dataSource.query(
        `SELECT s.session_id, a.id, s.completed_at IS NOT NULL AS ended
           FROM sessions s LEFT JOIN approvals a ON a.session_id = s.session_id AND a.status = 'pending'
          WHERE s.session_id = ANY($1) AND (a.id IS NOT NULL OR s.completed_at IS NOT NULL)`,
        [ids.filter((id) => !over.has(id))],
      );
      await Promise.all(
        rows.map(async ({ session_id: sessionId, ended }) => {
          if (ended) return end(sessionId);
          const nth = (gatesOf.get(sessionId) ?? 0) + 1;
          gatesOf.set(sessionId, nth);
          const decision = await decide(nth);
          await (decision === null ? end(sessionId) : answer({ app, caller }, sessionId, decision));
        }),
      );
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const seconds = sinceStart();
    const processorSeconds = usedSince(processors);
    const cpu = process.cpuUsage(ownCpu);
    const statuses: { status: string; n: number }[] = await app.dataSource.query(
      `SELECT status, count(*)::integer AS n FROM sessions WHERE session_id = ANY($1) GROUP BY status`,
      [ids],
    );
    return {
      ids,
      ends,
      seconds,
      processorSeconds,
      figures: {
        concurrency: app.config.worker.concurrency,
        byStatus: Object.fromEntries(statuses.map(({ status, n }) => [status, n])),
        seconds: round(seconds),
        ownCpuSeconds: round((cpu.user + cpu.system) / 1e6),
        rssMB: { before: Math.round(rss / 1e6), peak: Math.round(peak / 1e6) },
      },
    };
  } finally {
    clearInterval(sampler);
  }
}

async function answer({ app, caller }: Opened, sessionId: string, decision: Decision): Promise<void> {
  const gate = (await app.approvals.list(caller, sessionId)).find(({ status }) => status === 'pending');
  if (!gate) return;
  await app.approvals.decide(caller, gate.id, {
    decision,
    ...(decision === 'request_changes' && { comment: 'Once more, please.' }),
    artifactHashes: gate.artifacts.map(({ sha256 }) => sha256),
  });
}

const round = (value: number): number => Math.round(value * 100) / 100;
