/**
 * Lets a few carry on at a time, first come first served, while any number wait for something outside. Many tasks
 * that share a thread step by step all end at the end; one after the other, the first is back at its waiting soon, and
 * the waits of all overlap with the work of each.
 */
export class Turns {
  private readonly line: (() => void)[] = [];

  /** @param free how many carry on at once */
  constructor(private free: number) {}

  /** Waits for a turn. */
  async begin(): Promise<Turn> {
    await this.take();
    return new Turn(this);
  }

  /** For `Turn`: waits until there is room, and takes it. */
  async take(): Promise<void> {
    if (this.free > 0) this.free -= 1;
    else await new Promise<void>((resolve) => this.line.push(resolve));
  }

  /** For `Turn`: gives the room to the next in line. */
  give(): void {
    const next = this.line.shift();
    if (next) next();
    else this.free += 1;
  }
}

/** Somebody's turn. It can be left for a while, several times at once. */
export class Turn {
  private here = true;
  private asides = 0;

  constructor(private readonly turns: Turns) {}

  /** Waits for `work` without keeping others from theirs; then stands in line again before it goes on. */
  async aside<T>(work: () => Promise<T>): Promise<T> {
    this.asides += 1;
    this.leave();
    try {
      return await work();
    } finally {
      this.asides -= 1;
      if (this.asides === 0) await this.comeBack();
    }
  }

  /** The turn is over. Safe to call twice. */
  end(): void {
    this.leave();
  }

  private leave(): void {
    if (!this.here) return;
    this.here = false;
    this.turns.give();
  }

  private async comeBack(): Promise<void> {
    await this.turns.take();
    // Another aside may have begun, or ended before this one, while it stood in line.
    if (this.here || this.asides > 0) this.turns.give();
    else this.here = true;
  }
}
