import { parseArgs } from 'node:util';
import { benchLists } from './bench/lists.js';
import { benchMissions } from './bench/missions.js';
import { benchLatency } from './bench/latency.js';
import { benchSandbox } from './bench/sandbox.js';
import { benchSaver } from './bench/saver.js';
import { findRedis } from './bench/redis.js';
import { withLab } from './bench/lab.js';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    missions: { type: 'string', default: '100' },
    rounds: { type: 'string', default: '20' },
    lists: { type: 'boolean', default: false },
    scale: { type: 'string', default: '1' },
    help: { type: 'boolean', default: false },
  },
});
const say = (text: string): void => void process.stderr.write(`${text}\n`);

if (values.help) {
  say(
    'npm run bench -- [--json] [--missions 100] [--rounds 20]\nnpm run bench -- --lists [--json] [--scale 1]   lists over 1 M sessions, 5 M executions, 10 M audit rows (some GB of disk)\nMeasures on the embedded default; ratios are within one run.',
  );
} else if (values.lists) {
  const scale = Number(values.scale);
  const sizes = { sessions: 1_000_000 * scale, executions: 5_000_000 * scale, audit: 10_000_000 * scale };
  const lists = await withLab((lab) => step('lists', () => benchLists(lab, sizes, 40, say)));
  process.stdout.write(`${JSON.stringify({ lists }, null, values.json ? undefined : 2)}\n`);
} else {
  const missions = Number(values.missions);
  const rounds = Number(values.rounds);
  const redis = await findRedis();
  const result = await withLab(async (lab) => ({
    machine: lab.machine,
    latency: {
      postgres: await step('latency, queue on Postgres', () => benchLatency(lab, rounds)),
      redis: redis ? await step('latency, queue on Redis', () => benchLatency(lab, rounds, redis.url)) : null,
    },
    atOnce: await step(`${missions} missions at once`, () => benchMissions(lab, missions)),
    saver: await step('checkpoint writes, ours against the stock saver', () => benchSaver(lab, 400)),
    sandbox: await step('sandbox start', () => benchSandbox(20)),
  }));
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
