import { InterruptedError } from './errors.js';

/**
 * Signals that come this soon after the first are the same one: npm forwards what the terminal has sent to the
 * whole process group already.
 */
const SAME_SIGNAL_MS = 1000;

const NUMBERS: Readonly<Partial<Record<NodeJS.Signals, number>>> = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 };

/** The exit code of a process that a signal ended, as shells tell it: 130 for Ctrl-C. */
export function exitCodeOf(signal: NodeJS.Signals): number {
  return 128 + (NUMBERS[signal] ?? 0);
}

export interface Interrupt {
  /** Aborts with an InterruptedError upon the first signal. */
  signal: AbortSignal;
  /** Lets go of the signals. */
  dispose(): void;
}

/**
 * Makes the first SIGINT, SIGTERM or SIGHUP an orderly stop, and the second one an immediate end.
 * @param onFirst says that the process is stopping
 */
export function watchSignals(onFirst: (signal: NodeJS.Signals) => void): Interrupt {
  const controller = new AbortController();
  let since = 0;
  const listener = (signal: NodeJS.Signals): void => {
    if (controller.signal.aborted) {
      if (performance.now() - since > SAME_SIGNAL_MS) process.exit(exitCodeOf(signal));
      return;
    }
    since = performance.now();
    onFirst(signal);
    controller.abort(new InterruptedError(signal));
  };
  const names = Object.keys(NUMBERS) as NodeJS.Signals[];
  for (const name of names) process.on(name, listener);
  return {
    signal: controller.signal,
    dispose: () => names.forEach((name) => process.off(name, listener)),
  };
}
