import { describe, expect, it } from '@jest/globals';
import { CircuitBreaker } from './circuit-breaker.js';

function breaker() {
  const clock = { now: 0 };
  const own = new CircuitBreaker({ failures: 3, openMs: 1000, now: () => clock.now });
  const fail = (times: number): void => {
    for (let i = 0; i < times; i += 1) own.failed();
  };
  return { own, clock, fail };
}

describe('a circuit breaker', () => {
  it('lets calls through until a run of failures, which an answer interrupts', () => {
    const { own, fail } = breaker();
    fail(2);
    own.succeeded();
    fail(2);
    expect(own.enter()).toBe(0);
    fail(1);
    expect(own.enter()).toBe(1000);
    expect(own.open).toBe(true);
  });

  it('then lets one call try, and decides for all by it', () => {
    const { own, clock, fail } = breaker();
    fail(3);
    clock.now = 1000;
    expect(own.enter()).toBe(0);
    expect(own.enter()).toBeGreaterThan(0);
    own.failed();
    expect(own.enter()).toBe(1000);
    clock.now = 2000;
    expect(own.enter()).toBe(0);
    own.succeeded();
    expect([own.enter(), own.enter(), own.open]).toEqual([0, 0, false]);
  });

  it('lets another call try when the first one was aborted', () => {
    const { own, clock, fail } = breaker();
    fail(3);
    clock.now = 1000;
    expect(own.enter()).toBe(0);
    own.undecided();
    expect(own.enter()).toBe(0);
  });
});
