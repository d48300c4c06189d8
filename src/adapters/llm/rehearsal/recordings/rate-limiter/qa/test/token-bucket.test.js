import assert from 'node:assert/strict';
import { test } from 'node:test';

import { TokenBucket, createManualClock } from '../src/index.js';

/** A bucket on a clock that stands still until the test moves it. */
function bucketOnManualClock(options) {
  const clock = createManualClock(1_000);
  return { clock, bucket: new TokenBucket({ ...options, clock }) };
}

test('AC1.1 a new key can spend its whole capacity at once and is then refused', () => {
  const { bucket } = bucketOnManualClock({ capacity: 3, refillTokens: 1, refillIntervalMs: 1_000 });
  const answers = [1, 2, 3, 4].map(() => bucket.take('a').allowed);
  assert.deepEqual(answers, [true, true, true, false]);
});

test('AC1.2 spent tokens come back at the configured rate and never exceed the capacity', () => {
  const { bucket, clock } = bucketOnManualClock({ capacity: 10, refillTokens: 5, refillIntervalMs: 1_000 });
  assert.equal(bucket.take('a', 10).remaining, 0);
  clock.advance(1_000);
  assert.equal(bucket.peek('a').remaining, 5);
  clock.advance(3_600_000);
  assert.equal(bucket.peek('a').remaining, 10);
});

test('AC1.3 refused calls, however frequent, do not slow down the refill', () => {
  const { bucket, clock } = bucketOnManualClock({ capacity: 1, refillTokens: 1, refillIntervalMs: 1_000 });
  bucket.take('impatient');
  let allowed = 0;
  for (let call = 0; call < 100; call += 1) {
    clock.advance(100);
    if (bucket.take('impatient').allowed) allowed += 1;
  }
  // 100 calls, one every 100 ms, cover 10 seconds at one token a second.
  assert.equal(allowed, 10);
});

test('AC1.4 the stated wait of a refused call is exact to the millisecond', () => {
  const { bucket, clock } = bucketOnManualClock({ capacity: 4, refillTokens: 3, refillIntervalMs: 1_000 });
  bucket.take('a', 4);
  clock.advance(100);
  const { allowed, retryAfterMs } = bucket.take('a', 2);
  assert.equal(allowed, false);
  // Two tokens take 666.67 ms from empty, and 100 ms of that have passed.
  assert.equal(retryAfterMs, 567);
  clock.advance(retryAfterMs - 1);
  assert.equal(bucket.peek('a', 2).allowed, false);
  clock.advance(1);
  assert.equal(bucket.take('a', 2).allowed, true);
});

test('AC3.1 keys do not affect each other, whatever they are called', () => {
  const { bucket } = bucketOnManualClock({ capacity: 1, refillTokens: 1, refillIntervalMs: 1_000 });
  const keys = ['a', 'b', '__proto__', 'constructor', 'toString', ' '];
  for (const key of keys) assert.equal(bucket.take(key).allowed, true, `first call of ${key}`);
  for (const key of keys) assert.equal(bucket.take(key).allowed, false, `second call of ${key}`);
});

test('AC3.2 the least recently used key is forgotten when there are more than maxKeys', () => {
  const { bucket } = bucketOnManualClock({
    capacity: 2,
    refillTokens: 1,
    refillIntervalMs: 1_000,
    maxKeys: 2,
  });
  bucket.take('old', 2);
  bucket.take('young', 2);
  bucket.take('old');
  bucket.take('new', 2);
  assert.equal(bucket.size, 2);
  assert.equal(bucket.peek('old').allowed, false, 'old was used after young, so it is still known');
  assert.equal(bucket.peek('young').remaining, 2, 'young was forgotten and starts afresh');
});

test('AC3.3 a reset gives one key its full allowance back and leaves the others alone', () => {
  const { bucket } = bucketOnManualClock({ capacity: 2, refillTokens: 1, refillIntervalMs: 1_000 });
  bucket.take('a', 2);
  bucket.take('b', 2);
  assert.equal(bucket.reset('a'), true);
  assert.equal(bucket.reset('never seen'), false);
  assert.equal(bucket.peek('a').remaining, 2);
  assert.equal(bucket.peek('b').remaining, 0);
});
