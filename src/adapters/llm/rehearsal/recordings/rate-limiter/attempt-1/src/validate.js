import { RateLimitError } from './errors.js';

/**
 * @param {unknown} value
 * @param {string} option name for the error
 * @returns {number} the value
 * @throws {RateLimitError} INVALID_OPTION
 */
export function positiveInteger(value, option) {
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new RateLimitError(
      'INVALID_OPTION',
      option,
      `${option} must be a positive integer, got ${String(value)}`,
    );
  }
  return value;
}

/**
 * @param {unknown} key
 * @returns {string} the key
 * @throws {RateLimitError} INVALID_KEY: one shared bucket for everybody whose key is missing would be a trap
 */
export function validKey(key) {
  if (typeof key !== 'string' || key === '') {
    throw new RateLimitError(
      'INVALID_KEY',
      'key',
      `key must be a non-empty string, got ${JSON.stringify(key) ?? typeof key}`,
    );
  }
  return key;
}

/**
 * @param {unknown} cost
 * @param {number} most what the limiter can allow at best
 * @returns {number} the cost
 * @throws {RateLimitError} INVALID_COST, also for a cost that could never be allowed: waiting would be in vain
 */
export function validCost(cost, most) {
  if (!Number.isSafeInteger(cost) || cost < 1 || cost > most) {
    throw new RateLimitError(
      'INVALID_COST',
      'cost',
      `cost must be an integer from 1 to ${most}, got ${String(cost)}`,
    );
  }
  return cost;
}
