import { sleep } from '../core/clock.js';

/**
 * Waits until `condition` gives something truthy, looking every 20 ms, and returns that.
 * @throws Error naming `what` after `ms` (default 20 s); the bound is generous and no measurement
 */
export async function until<T>(
  what: string,
  condition: () => T | Promise<T>,
  ms = 20_000,
): Promise<NonNullable<T>> {
  const end = performance.now() + ms;
  for (;;) {
    const found = await condition();
    if (found) return found;
    if (performance.now() > end) throw new Error(`Waited ${ms} ms in vain until ${what}`);
    await sleep(20);
  }
}
