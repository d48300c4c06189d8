/** Lets at most `slots` tasks run at once; the others wait in line. */
export class Semaphore {
  private readonly waiting: (() => void)[] = [];

  constructor(private slots: number) {}

  /** Runs `task` when a slot is free. @throws what the task throws, or the signal's reason if it aborts first */
  async use<T>(task: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    if (this.slots > 0) this.slots -= 1;
    else await new Promise<void>((resolve) => this.waiting.push(resolve));
    try {
      signal?.throwIfAborted();
      return await task();
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else this.slots += 1;
    }
  }
}
