import { parseArgs } from 'node:util';
import { benchLists } from './bench/lists.js';
import { benchMissions } from './bench/missions.js';
import { benchLatency } from './bench/latency.js';
import { benchSandbox } from './bench/sandbox.js';
import { benchSaver } from './bench/saver.js';
import { findRedis } from './bench/redis.js';
import { benchModelBound, benchThroughput } from './bench/throughput.js';
import { withLab } from './bench/lab.js';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    missions: { type: 'string', default: '100' },
    slow: { type: 'string', default: '64' },
    only: { type: 'string' },
    rounds: { type: 'string', default: '20' },
    lists: { type: 'boolean', default: false },
    scale: { type: 'string', default: '1' },
    help: { type: 'boolean', default: false },
  },
});
const say = (text: string): void => void process.stderr.write(`${text}\n`);

if (values.help) {
  say(
    'npm run bench -- [--json] [--missions 100] [--slow 64] [--rounds 20] [--only studioThroughput,sandbox]\nnpm run bench -- --lists [--json] [--scale 1]   lists over 1 M sessions, 5 M executions, 10 M audit rows (some GB of disk)\nMeasures on the embedded default; ratios are within one run.',
  );
} else if (values.lists) {
  const scale = Number(values.scale);
  const sizes = { sessions: 1_000_000 * scale, executions: 5_000_000 * scale, audit: 10_000_000 * scale };
  const lists = await withLab((lab) => step('lists', () => benchLists(lab, sizes, 40, say)));
  process.stdout.write(`${JSON.stringify({ lists }, null, values.json ? undefined : 2)}\n`);
} else {
  const missions = Number(values.missions);
  const slow = Number(values.slow);
  const only = values.only?.split(',') ?? [];
  const rounds = Number(values.rounds);
  const redis = await findRedis();
  const result = await withLab(async (lab) => {
    const benchmarks = {
      latency: async () => ({
        postgres: await step('latency, queue on Postgres', () => benchLatency(lab, rounds)),
        redis: redis
          ? await step('latency, queue on Redis', () => benchLatency(lab, rounds, redis.url))
          : null,
      }),
      atOnce: () => step(`${missions} missions at once`, () => benchMissions(lab, missions)),
      studioThroughput: () =>
        step(`${slow} missions at once with a model of 2 s per call`, () => benchThroughput(lab, slow, 2000)),
      modelBound: () =>
        step(`${slow} missions without tests, with a model of 2 s per call`, () =>
          benchModelBound(lab, slow, 2000),
        ),
      saver: () => step('checkpoint writes, ours against the stock saver', () => benchSaver(lab, 400)),
      sandbox: () => step('sandbox start and stop', () => benchSandbox(rounds)),
    };
    const figures: Record<string, unknown> = { machine: lab.machine };
    for (const [name, run] of Object.entries(benchmarks))
      if (only.length === 0 || only.includes(name)) figures[name] = await run();
    return figures;
  });
  await redis?.stop();
  if (values.json) process.stdout.write(`${JSON.stringify(result)}\n`);
  else process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
}

/** Runs one benchmark and says on stderr that it does. */
async function step<T>(name: string, work: () => Promise<T>): Promise<T> {
  const started = performance.now();
  say(`… ${name}`);
  const result = await work();
  say(`  done in ${((performance.now() - started) / 1000).toFixed(1)} s`);
  return result;
}
