import { cpus } from 'node:os';
import { setTimeout } from 'node:timers/promises';

/** Milliseconds that all processors of the machine have been busy and idle, since it was started. */
export interface Processors {
  busy: number;
  idle: number;
}

/** Reads the machine's own account, which knows every process and not only ours. */
export function readProcessors(): Processors {
  const sum: Processors = { busy: 0, idle: 0 };
  for (const { times } of cpus()) {
    sum.busy += times.user + times.nice + times.sys + times.irq;
    sum.idle += times.idle;
  }
  return sum;
}

/** Seconds of processor time that the machine has spent since then. */
export function usedSince({ busy }: Processors): number {
  return (readProcessors().busy - busy) / 1000;
}

/** Which share of the machine is busy with other things, from 0 to 1, by a look at the next `ms`. */
export async function busyShare(ms: number): Promise<number> {
  const before = readProcessors();
  await setTimeout(ms);
  const after = readProcessors();
  const busy = after.busy - before.busy;
  return busy / Math.max(1, busy + after.idle - before.idle);
}
