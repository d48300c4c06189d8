import { steadyNow, systemClock } from './clock.js';
import { KeyStore } from './key-store.js';
import { positiveInteger, validCost, validKey } from './validate.js';

/** @typedef {import('./sliding-window.js').Result} Result */
/** @typedef {{ tokens: number, updatedAt: number }} Bucket */

/** Allows bursts of up to `capacity` calls, then `refillTokens` calls per `refillIntervalMs`. */
export class TokenBucket {
  #capacity;
  #refillTokens;
  #refillIntervalMs;
  #now;
  /** @type {KeyStore<Bucket>} */
  #buckets;

  /**
   * @param {object} options
   * @param {number} options.capacity most tokens a key can hold, and what it starts with
   * @param {number} options.refillTokens tokens that come back in each interval
   * @param {number} options.refillIntervalMs length of the interval
   * @param {number} [options.maxKeys] keys remembered at most
   * @param {import('./clock.js').Clock} [options.clock]
   * @throws {import('./errors.js').RateLimitError} INVALID_OPTION
   */
  constructor({ capacity, refillTokens, refillIntervalMs, maxKeys = 10_000, clock = systemClock } = {}) {
    this.#capacity = positiveInteger(capacity, 'capacity');
    this.#refillTokens = positiveInteger(refillTokens, 'refillTokens');
    this.#refillIntervalMs = positiveInteger(refillIntervalMs, 'refillIntervalMs');
    this.#buckets = new KeyStore(positiveInteger(maxKeys, 'maxKeys'));
    this.#now = steadyNow(clock);
  }

  /** @returns {number} keys remembered */
  get size() {
    return this.#buckets.size;
  }

  /**
   * Spends `cost` tokens if the key has them.
   *
   * @param {string} key
   * @param {number} [cost]
   * @returns {Result}
   * @throws {import('./errors.js').RateLimitError} INVALID_KEY, INVALID_COST
   */
  take(key, cost = 1) {
    const bucket = this.#refilled(validKey(key));
    const retryAfterMs = this.#msUntil(bucket, validCost(cost, this.#capacity));
    if (retryAfterMs === 0) bucket.tokens -= cost;
    this.#buckets.set(key, bucket);
    return this.#result(bucket, retryAfterMs);
  }

  /**
   * What `take` would decide now, without spending.
   *
   * @param {string} key
   * @param {number} [cost]
   * @returns {Result}
   * @throws {import('./errors.js').RateLimitError} INVALID_KEY, INVALID_COST
   */
  peek(key, cost = 1) {
    const bucket = this.#refilled(validKey(key));
    return this.#result(bucket, this.#msUntil(bucket, validCost(cost, this.#capacity)));
  }

  /**
   * Gives the key its full allowance back.
   *
   * @param {string} key
   * @returns {boolean} whether the key was known
   */
  reset(key) {
    return this.#buckets.delete(validKey(key));
  }

  /**
   * The key's bucket as of now. Returns a copy, so that only `take` changes what is stored.
   *
   * @param {string} key
   * @returns {Bucket}
   */
  #refilled(key) {
    const now = this.#now();
    const bucket = this.#buckets.get(key);
    if (bucket === undefined) return { tokens: this.#capacity, updatedAt: now };
    const elapsedMs = now - bucket.updatedAt;
    const gained = Math.floor((elapsedMs * this.#refillTokens) / this.#refillIntervalMs);
    return { tokens: Math.min(this.#capacity, bucket.tokens + gained), updatedAt: now };
  }

  /**
   * @param {Bucket} bucket
   * @param {number} tokens
   * @returns {number} milliseconds until the bucket holds that many tokens
   */
  #msUntil(bucket, tokens) {
    const missing = Math.max(0, tokens - bucket.tokens);
    return Math.ceil((missing * this.#refillIntervalMs) / this.#refillTokens);
  }

  #result(bucket, retryAfterMs) {
    return Object.freeze({
      allowed: retryAfterMs === 0,
      limit: this.#capacity,
      remaining: bucket.tokens,
      retryAfterMs,
      resetAfterMs: this.#msUntil(bucket, this.#capacity),
    });
  }
}
