export { createManualClock, systemClock } from './clock.js';
export { RateLimitError } from './errors.js';
export { rateLimit } from './middleware.js';
export { SlidingWindow } from './sliding-window.js';
export { TokenBucket } from './token-bucket.js';
