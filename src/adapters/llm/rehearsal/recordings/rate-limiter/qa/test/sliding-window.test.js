import assert from 'node:assert/strict';
import { test } from 'node:test';

import { RateLimitError, SlidingWindow, TokenBucket, createManualClock } from '../src/index.js';

function windowOnManualClock(options) {
  const clock = createManualClock();
  return { clock, window: new SlidingWindow({ ...options, clock }) };
}

test('AC2.1 a call leaves the window exactly windowMs after it was made', () => {
  const { window, clock } = windowOnManualClock({ limit: 2, windowMs: 1_000 });
  assert.equal(window.take('a').allowed, true);
  clock.set(400);
  assert.equal(window.take('a').allowed, true);
  clock.set(999);
  assert.equal(window.take('a').allowed, false);
  clock.set(1_000);
  assert.equal(window.peek('a').remaining, 1, 'the first call has left, the second has not');
  assert.equal(window.take('a').allowed, true);
});

test('AC2.2 no window boundary lets a double burst through', () => {
  const { window, clock } = windowOnManualClock({ limit: 5, windowMs: 1_000 });
  clock.set(990);
  for (let call = 0; call < 5; call += 1) assert.equal(window.take('a').allowed, true);
  clock.set(1_010);
  assert.equal(window.take('a').allowed, false);
  assert.equal(window.take('a').retryAfterMs, 980);
});

test('AC2.3 refused calls do not count towards the limit', () => {
  const { window, clock } = windowOnManualClock({ limit: 1, windowMs: 1_000 });
  window.take('a');
  for (const time of [250, 500, 750, 999]) {
    clock.set(time);
    assert.equal(window.take('a').allowed, false);
  }
  clock.set(1_000);
  assert.equal(window.take('a').allowed, true);
});

test('AC2.4 a refused call of cost n states the wait until n units fit', () => {
  const { window, clock } = windowOnManualClock({ limit: 3, windowMs: 1_000 });
  for (const time of [0, 100, 200]) {
    clock.set(time);
    window.take('a');
  }
  clock.set(300);
  assert.equal(window.take('a', 1).retryAfterMs, 700);
  const { allowed, retryAfterMs } = window.take('a', 2);
  assert.deepEqual({ allowed, retryAfterMs }, { allowed: false, retryAfterMs: 800 });
  clock.advance(retryAfterMs);
  assert.equal(window.take('a', 2).allowed, true);
});

test('AC4.1 both limiters answer with the same frozen result shape', () => {
  const clock = createManualClock();
  const bucket = new TokenBucket({ capacity: 2, refillTokens: 1, refillIntervalMs: 500, clock });
  const window = new SlidingWindow({ limit: 2, windowMs: 1_000, clock });
  bucket.take('a');
  window.take('a');
  const last = { allowed: true, limit: 2, remaining: 0, retryAfterMs: 0, resetAfterMs: 1_000 };
  assert.deepEqual(bucket.take('a'), last);
  assert.deepEqual(window.take('a'), last);
  assert.deepEqual(bucket.take('a'), { ...last, allowed: false, retryAfterMs: 500 });
  assert.deepEqual(window.take('a'), { ...last, allowed: false, retryAfterMs: 1_000 });
  assert.ok(Object.isFrozen(bucket.take('a')) && Object.isFrozen(window.take('a')));
});

test('AC4.2 peek spends nothing and does not remember the key', () => {
  const clock = createManualClock();
  const limiters = [
    new TokenBucket({ capacity: 1, refillTokens: 1, refillIntervalMs: 1_000, clock }),
    new SlidingWindow({ limit: 1, windowMs: 1_000, clock }),
  ];
  for (const limiter of limiters) {
    assert.equal(limiter.peek('a').allowed, true);
    assert.equal(limiter.peek('a').remaining, 1);
    assert.equal(limiter.size, 0);
    assert.equal(limiter.take('a').allowed, true);
    assert.equal(limiter.peek('a').allowed, false);
  }
});

test('AC4.3 invalid options, keys and costs are refused with the name of the field', () => {
  const valid = { capacity: 2, refillTokens: 1, refillIntervalMs: 1_000 };
  const bucket = new TokenBucket(valid);
  const window = new SlidingWindow({ limit: 2, windowMs: 1_000 });
  const fails = (code, field, action) =>
    assert.throws(action, (error) => {
      assert.ok(error instanceof RateLimitError);
      assert.deepEqual([error.code, error.field], [code, field]);
      return true;
    });

  for (const value of [0, -1, 1.5, NaN, Infinity, '5', null]) {
    fails('INVALID_OPTION', 'capacity', () => new TokenBucket({ ...valid, capacity: value }));
    fails('INVALID_OPTION', 'windowMs', () => new SlidingWindow({ limit: 1, windowMs: value }));
    fails('INVALID_COST', 'cost', () => bucket.take('a', value));
    fails('INVALID_COST', 'cost', () => window.peek('a', value));
  }
  fails('INVALID_OPTION', 'capacity', () => new TokenBucket());
  fails('INVALID_OPTION', 'clock', () => new TokenBucket({ ...valid, clock: {} }));
  fails('INVALID_TIME', 'clock', () => new TokenBucket({ ...valid, clock: { now: () => NaN } }).take('a'));
  for (const key of ['', undefined, null, 7]) {
    fails('INVALID_KEY', 'key', () => bucket.take(key));
    fails('INVALID_KEY', 'key', () => window.take(key));
  }
  fails('INVALID_COST', 'cost', () => bucket.take('a', 3));
  fails('INVALID_COST', 'cost', () => window.take('a', 3));
});

test('AC4.4 a clock that steps back grants nothing and breaks nothing', () => {
  const clock = createManualClock(10_000);
  const limiters = [
    new TokenBucket({ capacity: 1, refillTokens: 1, refillIntervalMs: 1_000, clock }),
    new SlidingWindow({ limit: 1, windowMs: 1_000, clock }),
  ];
  for (const limiter of limiters) {
    clock.set(10_000);
    assert.equal(limiter.take('a').allowed, true);
    clock.set(5_000);
    const { allowed, remaining, retryAfterMs } = limiter.take('a');
    assert.deepEqual(
      { allowed, remaining, retryAfterMs },
      { allowed: false, remaining: 0, retryAfterMs: 1_000 },
    );
    clock.set(10_999);
    assert.equal(limiter.take('a').allowed, false);
  }
  for (const limiter of limiters) {
    clock.set(12_000);
    assert.equal(limiter.take('a').allowed, true);
  }
});
