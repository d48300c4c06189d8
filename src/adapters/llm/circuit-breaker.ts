/** Consecutive failures after which a model counts as away. */
const FAILURES = 10;
/** How long it is then left alone, in ms, before one call may try it. */
const OPEN_MS = 20_000;
/** How often those that wait look whether the one that tries has come back, in ms. */
const PROBE_MS = 500;

export interface BreakerOptions {
  failures?: number;
  openMs?: number;
  /** A monotonic clock in ms. */
  now?: () => number;
}

/**
 * Keeps many calls from hammering a model that is away, and from each waiting for its timeout: after a run of
 * failures nobody calls for a while, then one call tries, and its outcome decides for all.
 */
export class CircuitBreaker {
  private failures = 0;
  private openedAt: number | undefined;
  private probing = false;
  private readonly limit: number;
  private readonly openMs: number;
  private readonly now: () => number;

  constructor(options: BreakerOptions = {}) {
    this.limit = options.failures ?? FAILURES;
    this.openMs = options.openMs ?? OPEN_MS;
    this.now = options.now ?? (() => performance.now());
  }

  /**
   * Asks to make a call. Whoever gets 0 must tell `succeeded`, `failed` or `undecided` afterwards.
   * @returns 0 to go ahead, else the ms after which to ask again
   */
  enter(): number {
    if (this.openedAt === undefined) return 0;
    const left = this.openedAt + this.openMs - this.now();
    if (left > 0) return left;
    if (this.probing) return PROBE_MS;
    this.probing = true;
    return 0;
  }

  /** The model answered, with whatever: it is there. */
  succeeded(): void {
    this.failures = 0;
    this.openedAt = undefined;
    this.probing = false;
  }

  /** The model could not be reached, or did not answer in time. */
  failed(): void {
    this.failures += 1;
    if (this.probing || this.failures >= this.limit) this.openedAt = this.now();
    this.probing = false;
  }

  /** The call told nothing about the model: it was aborted, or not allowed. */
  undecided(): void {
    this.probing = false;
  }

  /** Whether calls are held back now. */
  get open(): boolean {
    return this.openedAt !== undefined;
  }
}
