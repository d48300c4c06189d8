/** A small seeded generator (mulberry32): the same seed gives the same plan of faults. Not for secrets. */
export class Random {
  private state: number;

  /** @param seed any whole number; its low 32 bits count */
  constructor(seed: number) {
    this.state = seed >>> 0;
  }

  /** The next number, from 0 up to but not including 1. */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let mixed = this.state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A number from `low` up to `high`. */
  between(low: number, high: number): number {
    return low + this.next() * (high - low);
  }

  /** One of the items; undefined when there are none. */
  pick<T>(items: readonly T[]): T | undefined {
    return items[Math.floor(this.next() * items.length)];
  }

  /** The items in another order; the given array stays as it is. */
  shuffled<T>(items: readonly T[]): T[] {
    const mixed = [...items];
    for (let at = mixed.length - 1; at > 0; at -= 1) {
      const other = Math.floor(this.next() * (at + 1));
      const held = mixed[at] as T;
      mixed[at] = mixed[other] as T;
      mixed[other] = held;
    }
    return mixed;
  }
}
