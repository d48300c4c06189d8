import { RateLimitError } from './errors.js';

/** @typedef {import('./sliding-window.js').Result} Result */

/**
 * Limits HTTP requests in Express and in plain `node:http` servers.
 *
 * @param {object} options
 * @param {{ take(key: string, cost?: number): Result }} options.limiter
 * @param {(req: object) => string | null} [options.keyOf] who is calling; `null` exempts the request
 * @param {(req: object) => number} [options.costOf] what the request costs
 * @param {(req: object, res: object, result: Result) => void} [options.onRefused] answers a refused request
 * @returns {(req: object, res: object, next: (error?: unknown) => void) => void}
 * @throws {RateLimitError} INVALID_OPTION
 */
export function rateLimit({
  limiter,
  keyOf = clientAddress,
  costOf = () => 1,
  onRefused = sendRefusal,
} = {}) {
  if (typeof limiter?.take !== 'function') {
    throw new RateLimitError('INVALID_OPTION', 'limiter', 'limiter must be a TokenBucket or a SlidingWindow');
  }
  for (const [name, value] of Object.entries({ keyOf, costOf, onRefused })) {
    if (typeof value !== 'function') {
      throw new RateLimitError('INVALID_OPTION', name, `${name} must be a function`);
    }
  }

  return function rateLimitMiddleware(req, res, next) {
    let result;
    try {
      const key = keyOf(req);
      result = key === null ? undefined : limiter.take(key, costOf(req));
    } catch (error) {
      next(error);
      return;
    }
    // Outside the try block: an error thrown by the handlers behind next() must not call next() a second time.
    if (result === undefined) {
      next();
      return;
    }
    res.setHeader('RateLimit-Limit', String(result.limit));
    res.setHeader('RateLimit-Remaining', String(result.remaining));
    res.setHeader('RateLimit-Reset', String(seconds(result.resetAfterMs)));
    if (result.allowed) next();
    else onRefused(req, res, result);
  };
}

/** Express's `req.ip` honours its "trust proxy" setting; plain servers have only the socket. */
function clientAddress(req) {
  return req.ip ?? req.socket.remoteAddress;
}

function sendRefusal(_req, res, result) {
  res.statusCode = 429;
  res.setHeader('Retry-After', String(seconds(result.retryAfterMs)));
  res.setHeader('Content-Type', 'application/json; charset=utf-8');
  res.end(JSON.stringify({ error: 'rate_limited', retryAfterMs: result.retryAfterMs }));
}

/** Rounded up: a client that comes back after the stated time must not be refused again. */
function seconds(ms) {
  return Math.ceil(ms / 1000);
}
