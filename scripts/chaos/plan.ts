import type { Random } from './random.js';

/** What can be done to a running installation. Every name is a cell of the failure matrix or a mix of two. */
export const FAULTS = [
  'kill',
  'kill-after-claim',
  'kill-in-node',
  'kill-at-gate',
  'stop-past-lease',
  'terminate',
  'cut-postgres',
  'kill-postgres',
  'same-job-thrice',
  'wipe-redis',
  'kill-redis',
] as const;
export type Fault = (typeof FAULTS)[number];

/** One fault and when it happens, in ms after the first mission was accepted. */
export interface PlannedFault {
  fault: Fault;
  atMs: number;
}

const KILLS = ['kill-in-node', 'kill-after-claim', 'kill', 'kill-at-gate'] as const;
/** Mean pause between two faults, in ms: shorter than a lease, so that troubles overlap. */
const PAUSE_MS = 1300;

/**
 * Draws the faults of a run: `kills` worker kills of all sorts, and in proportion to them everything else, in
 * random order at random times.
 */
export function planFaults(random: Random, kills: number, withRedis: boolean): PlannedFault[] {
  const share = (of: number): number => Math.max(1, Math.round(kills / of));
  const faults: Fault[] = [
    ...Array.from({ length: kills }, (_, index) => KILLS[index % KILLS.length] ?? 'kill'),
    ...repeat('stop-past-lease', share(6)),
    ...repeat('terminate', share(6)),
    ...repeat('cut-postgres', share(6)),
    ...repeat('kill-postgres', share(6)),
    ...repeat('same-job-thrice', share(4)),
    ...(withRedis ? [...repeat('wipe-redis', share(6)), ...repeat('kill-redis', share(6))] : []),
  ];
  let atMs = 1500;
  return random.shuffled(faults).map((fault) => {
    const planned = { fault, atMs: Math.round(atMs) };
    atMs += random.between(0.3, 1.7) * PAUSE_MS;
    return planned;
  });
}

function repeat(fault: Fault, times: number): Fault[] {
  return Array.from({ length: times }, () => fault);
}
