// Runs missions on real worker processes under faults and judges afterwards from the database alone.
//   npm run chaos -- --missions 12 --kills 6 --queue both --seed 7 --json
import { parseArgs } from 'node:util';
import { planFaults } from './chaos/plan.js';
import { Random } from './chaos/random.js';
import { runOrdeal } from './chaos/ordeal.js';

const { values } = parseArgs({
  options: {
    missions: { type: 'string', default: '12' },
    kills: { type: 'string', default: '6' },
    queue: { type: 'string', default: 'postgres' },
    seed: { type: 'string', default: String(Date.now() % 100000) },
    json: { type: 'boolean', default: false },
  },
});
const say = (line: string): void => void process.stderr.write(`${line}\n`);
const queue = values.queue === 'redis' ? 'redis' : 'postgres';
const seed = Number(values.seed);
const result = await runOrdeal({
  queue,
  missions: Number(values.missions),
  workers: 3,
  seed,
  plan: planFaults(new Random(seed), Number(values.kills), queue === 'redis'),
  patienceMs: 120_000,
  say,
});
process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
