import { steadyNow, systemClock } from './clock.js';
import { KeyStore } from './key-store.js';
import { positiveInteger, validCost, validKey } from './validate.js';

/**
 * @typedef {object} Result
 * @property {boolean} allowed
 * @property {number} limit most units a key can spend at once
 * @property {number} remaining whole units left
 * @property {number} retryAfterMs wait until the same call would be allowed; 0 if it was
 * @property {number} resetAfterMs wait until the full allowance is back
 */
/** @typedef {{ at: number, cost: number }} Hit */

/** Never allows more than `limit` units in any stretch of `windowMs`. */
export class SlidingWindow {
  #limit;
  #windowMs;
  #now;
  /** @type {KeyStore<Hit[]>} */
  #windows;

  /**
   * @param {object} options
   * @param {number} options.limit units allowed in a window
   * @param {number} options.windowMs length of the window
   * @param {number} [options.maxKeys] keys remembered at most
   * @param {import('./clock.js').Clock} [options.clock]
   * @throws {import('./errors.js').RateLimitError} INVALID_OPTION
   */
  constructor({ limit, windowMs, maxKeys = 10_000, clock = systemClock } = {}) {
    this.#limit = positiveInteger(limit, 'limit');
    this.#windowMs = positiveInteger(windowMs, 'windowMs');
    this.#windows = new KeyStore(positiveInteger(maxKeys, 'maxKeys'));
    this.#now = steadyNow(clock);
  }

  /** @returns {number} keys remembered */
  get size() {
    return this.#windows.size;
  }

  /**
   * Records a call of `cost` units if they fit into the window.
   *
   * @param {string} key
   * @param {number} [cost]
   * @returns {Result}
   * @throws {import('./errors.js').RateLimitError} INVALID_KEY, INVALID_COST
   */
  take(key, cost = 1) {
    const now = this.#now();
    const hits = this.#recent(validKey(key), now);
    const retryAfterMs = this.#msUntilFits(hits, validCost(cost, this.#limit), now);
    if (retryAfterMs === 0) hits.push({ at: now, cost });
    this.#windows.set(key, hits);
    return this.#result(hits, retryAfterMs, now);
  }

  /**
   * What `take` would decide now, without recording anything.
   *
   * @param {string} key
   * @param {number} [cost]
   * @returns {Result}
   * @throws {import('./errors.js').RateLimitError} INVALID_KEY, INVALID_COST
   */
  peek(key, cost = 1) {
    const now = this.#now();
    const hits = this.#recent(validKey(key), now);
    return this.#result(hits, this.#msUntilFits(hits, validCost(cost, this.#limit), now), now);
  }

  /**
   * Gives the key its full allowance back.
   *
   * @param {string} key
   * @returns {boolean} whether the key was known
   */
  reset(key) {
    return this.#windows.delete(validKey(key));
  }

  /** The hits still inside the window, oldest first, as a new array. A hit leaves exactly `windowMs` after it came. */
  #recent(key, now) {
    const hits = this.#windows.get(key) ?? [];
    return hits.filter((hit) => hit.at > now - this.#windowMs);
  }

  /** Milliseconds until enough of the oldest hits have left for `cost` to fit; 0 if it fits now. */
  #msUntilFits(hits, cost, now) {
    let excess = used(hits) + cost - this.#limit;
    if (excess <= 0) return 0;
    for (const hit of hits) {
      excess -= hit.cost;
      if (excess <= 0) return hit.at + this.#windowMs - now;
    }
    // Not reached: a cost above the limit is refused before, so an empty window always has room.
    return this.#windowMs;
  }

  #result(hits, retryAfterMs, now) {
    const newest = hits.at(-1);
    return Object.freeze({
      allowed: retryAfterMs === 0,
      limit: this.#limit,
      remaining: this.#limit - used(hits),
      retryAfterMs,
      resetAfterMs: newest === undefined ? 0 : newest.at + this.#windowMs - now,
    });
  }
}

/** @param {Hit[]} hits */
function used(hits) {
  return hits.reduce((sum, hit) => sum + hit.cost, 0);
}
