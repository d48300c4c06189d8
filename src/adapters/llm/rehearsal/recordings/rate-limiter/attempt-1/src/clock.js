import { performance } from 'node:perf_hooks';

import { RateLimitError } from './errors.js';

/**
 * @typedef {object} Clock
 * @property {() => number} now milliseconds since any fixed moment
 */

/** Monotonic time: setting the computer's clock does not open or close any limit. @type {Clock} */
export const systemClock = { now: () => performance.now() };

/**
 * A clock for tests that moves only when told to.
 *
 * @param {number} [startMs]
 * @returns {Clock & { advance(ms: number): void, set(ms: number): void }}
 */
export function createManualClock(startMs = 0) {
  let time = startMs;
  return {
    now: () => time,
    advance(ms) {
      time += ms;
    },
    set(ms) {
      time = ms;
    },
  };
}

/**
 * Wraps a clock so that its readings are whole milliseconds and never decrease.
 * A clock that steps back is treated as standing still until it has caught up.
 *
 * @param {Clock} clock
 * @returns {() => number}
 * @throws {RateLimitError} INVALID_OPTION at once if there is no `now`; INVALID_TIME on a reading that is no number
 */
export function steadyNow(clock) {
  if (typeof clock?.now !== 'function') {
    throw new RateLimitError('INVALID_OPTION', 'clock', 'clock must be an object with a now() function');
  }
  let latest = -Infinity;
  return () => {
    const reading = clock.now();
    if (!Number.isFinite(reading)) {
      throw new RateLimitError(
        'INVALID_TIME',
        'clock',
        `clock.now() returned ${String(reading)}, not a number`,
      );
    }
    latest = Math.max(latest, Math.floor(reading));
    return latest;
  };
}
