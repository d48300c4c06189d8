import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Sandbox } from '../../src/adapters/sandbox/port.js';
import { Semaphore } from '../../src/core/semaphore.js';
import { Workshop, type TrialInput } from '../../src/graphs/studio/workshop.js';
import { readProcessors, usedSince } from './processors.js';

/** Listens to what workers try, from now until `stop`. */
export function recordTrials(): { inputs: TrialInput[]; stop(): void } {
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

/** Does the same runs again, with nothing else going on. @returns how long all took, and the processor time, in s */
export async function repeatTrials(
  inputs: readonly TrialInput[],
  sandbox: Sandbox,
  dataDir: string,
): Promise<{ seconds: number; processorSeconds: number }> {
  const workshop = new Workshop(sandbox, join(dataDir, 'bench'), new Semaphore(availableParallelism()));
  const started = performance.now();
  const processors = readProcessors();
  const { signal } = new AbortController();
  await Promise.all(inputs.map((input) => workshop.try({ ...input, signal })));
  return { seconds: (performance.now() - started) / 1000, processorSeconds: usedSince(processors) };
}
