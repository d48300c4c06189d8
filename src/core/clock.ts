import { setTimeout as delay } from 'node:timers/promises';

/** Seconds between two `performance.now()` readings, to two decimals as the schema stores durations. */
export function secondsSince(startedAt: number): number {
  return Math.round((performance.now() - startedAt) / 10) / 100;
}

/**
 * Waits `ms` milliseconds, or until `signal` aborts.
 * @throws AbortError when the signal aborts first
 */
export async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  await delay(ms, undefined, signal ? { signal } : undefined);
}
