import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TokenBucket, createManualClock } from './src/index.js';

function bucket(options) {
  const clock = createManualClock(5_000_000);
  return { clock, limiter: new TokenBucket({ ...options, clock }) };
}

test('a burst is allowed up to the capacity, key by key', () => {
  const { limiter } = bucket({ capacity: 4, refillTokens: 1, refillIntervalMs: 1_000 });
  const taken = Array.from({ length: 6 }, () => limiter.take('ann').allowed);
  assert.deepEqual(taken, [true, true, true, true, false, false]);
  assert.equal(limiter.take('bob').allowed, true);
});

test('asking often does not slow the refill', () => {
  const { clock, limiter } = bucket({ capacity: 2, refillTokens: 2, refillIntervalMs: 3_000 });
  limiter.take('ann', 2);
  let allowed = 0;
  for (let at = 0; at < 30_000; at += 50) {
    clock.advance(50);
    if (limiter.take('ann').allowed) allowed += 1;
  }
  assert.equal(allowed, 20);
});

test('the wait that is told is enough, and a millisecond less is not', () => {
  const { clock, limiter } = bucket({ capacity: 7, refillTokens: 3, refillIntervalMs: 1_000 });
  limiter.take('ann', 7);
  clock.advance(123);
  const { allowed, retryAfterMs } = limiter.take('ann', 5);
  assert.equal(allowed, false);
  clock.advance(retryAfterMs - 1);
  assert.equal(limiter.peek('ann', 5).allowed, false);
  clock.advance(1);
  assert.equal(limiter.take('ann', 5).allowed, true);
});

test('a refused call spends nothing, and idleness earns no more than the capacity', () => {
  const { clock, limiter } = bucket({ capacity: 5, refillTokens: 5, refillIntervalMs: 1_000 });
  limiter.take('ann', 3);
  assert.equal(limiter.take('ann', 4).allowed, false);
  assert.equal(limiter.take('ann', 2).allowed, true);
  clock.advance(86_400_000);
  assert.equal(limiter.peek('ann').remaining, 5);
});
