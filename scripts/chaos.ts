// Runs missions on real worker processes under faults, judges afterwards from the database alone, and puts the
// same faults to a naive pairing of BullMQ and LangGraph, which must lose something. See docs/durability.md.
//   npm run chaos -- --missions 12 --kills 6 --queue both --seed 7 --json
import { parseArgs } from 'node:util';
import { messageOf } from '../src/core/errors.js';
import { redisMissing } from '../src/testing/redis.js';
import { runControl } from './chaos/control.js';
import { runOrdeal, type OrdealResult } from './chaos/ordeal.js';
import { planFaults } from './chaos/plan.js';
import { Random } from './chaos/random.js';
import { report } from './chaos/report.js';

const USAGE = `npm run chaos -- [--missions 12] [--kills 6] [--workers 3] [--queue postgres|redis|both] [--seed N] [--json]
  Missions run on real worker processes that are killed, stopped and cut off; then the database is checked.
  --missions  how many missions are submitted in all
  --kills     how many workers are killed in all; the other faults come in proportion
  --queue     which backend of BullMQ; "both" shares missions and kills (default: both, where there is a redis-server)
  --seed      repeats the faults of an earlier run
  exit code   0 the promise held, 1 it fell short or the control lost nothing, 2 wrong use`;

/** A whole number from the command line. @throws RangeError naming the option */
function whole(name: string, text: string, least: number): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new RangeError(`--${name} must be a whole number from ${least} on; it is "${text}".`);
}

function readOptions() {
  const { values } = parseArgs({
    options: {
      missions: { type: 'string', default: '12' },
      kills: { type: 'string', default: '6' },
      workers: { type: 'string', default: '3' },
      queue: { type: 'string' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const missing = redisMissing();
  const queue = values.queue ?? (missing ? 'postgres' : 'both');
  if (queue !== 'postgres' && queue !== 'redis' && queue !== 'both')
    throw new RangeError(`--queue must be postgres, redis or both; it is "${queue}".`);
  if (queue !== 'postgres' && missing)
    throw new RangeError(`--queue ${queue} is not possible here: ${missing}.`);
  const queues: ('postgres' | 'redis')[] = queue === 'both' ? ['postgres', 'redis'] : [queue];
  return {
    queues,
    missions: whole('missions', values.missions, queues.length),
    kills: whole('kills', values.kills, queues.length),
    workers: whole('workers', values.workers, 2),
    seed: whole('seed', values.seed, 0),
    json: values.json,
    help: values.help,
  };
}

async function main(): Promise<number> {
  const { queues, missions, kills, workers, seed, json, help } = readOptions();
  if (help) {
    process.stdout.write(`${USAGE}\n`);
    return 0;
  }
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  say(`seed ${seed}`);
  const shareOf = (total: number, index: number): number =>
    Math.floor(total / queues.length) + (index < total % queues.length ? 1 : 0);
  const jobs = queues.map((queue, index) => ({
    queue,
    missions: shareOf(missions, index),
    workers,
    seed: seed + index,
    plan: planFaults(new Random(seed + index), shareOf(kills, index), queue === 'redis'),
    patienceMs: 60_000 + missions * 4_000,
    say,
  }));
  const runs: OrdealResult[] = [];
  const last = jobs.at(-1);
  if (!last) return 2;
  // The control mostly waits, so it goes through its faults beside the first run.
  const control = runControl({ ...last, say });
  for (const job of jobs) runs.push(await runOrdeal(job));
  const result = report(runs, await control, seed);
  for (const { details, surprises } of runs) for (const line of [...details, ...surprises]) say(line);
  for (const shortfall of result.shortfalls) say(`FELL SHORT: ${shortfall}`);
  const { p50, p95, max } = result.recoveryMs;
  const words = [
    `${result.missions} missions, ${result.faults} faults: ${result.lost} lost, ${result.duplicateEffects} duplicate effects, ${result.forkedCheckpoints} forked checkpoints`,
    `recovery p50 ${p50} ms, p95 ${p95} ms, max ${max} ms; after an outage p95 ${result.recoveryInOutagesMs.p95} ms`,
    `control: ${result.control.lost} of ${result.control.accepted} lost, ${result.control.duplicateEffects} duplicate effects`,
  ].join('\n');
  process.stdout.write(json ? `${JSON.stringify(result)}\n` : `${words}\n`);
  return result.passed ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  const wrongUse =
    error instanceof RangeError || (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS');
  process.stderr.write(wrongUse ? `${messageOf(error)}\n\n${USAGE}\n` : `${messageOf(error)}\n`);
  process.exitCode = wrongUse ? 2 : 1;
}
