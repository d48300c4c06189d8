import { messageOf } from '../../core/errors.js';
import type { Logger } from '../../core/logger.js';

/** Node's and Postgres's codes for "the other side is not there", as opposed to "it said no". */
const CONNECTION_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  '57P01',
  '57P02',
  '57P03',
  '53300',
]);
const CONNECTION_MESSAGE =
  /connection terminated|connection is closed|timeout exceeded when trying to connect|stream isn't writeable|socket closed|command timed out|^LOADING|client has encountered a connection error|client was closed/i;

/** Whether an error says that the store is away, so that waiting helps. */
export function isConnectionError(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const message = 'message' in error && typeof error.message === 'string' ? error.message : '';
  return CONNECTION_CODES.has(code) || code.startsWith('08') || CONNECTION_MESSAGE.test(message);
}

/** Turns a storm of connection errors into one line when the store goes and one when it is back. */
export class OutageLog {
  private since: number | undefined;

  constructor(
    private readonly logger: Logger,
    private readonly store: 'Redis' | 'Postgres',
  ) {}

  /** Whether the last thing heard of the store was a connection error. */
  get isDown(): boolean {
    return this.since !== undefined;
  }

  /** Takes any error of a queue connection. Those that are no connection errors are logged each. */
  failed(error: unknown): void {
    if (!isConnectionError(error)) {
      this.logger.warn({ err: error }, `queue: ${messageOf(error)}`);
    } else if (this.since === undefined) {
      this.since = Date.now();
      this.logger.warn({ err: error }, `queue: ${this.store} is away; waiting for it to come back`);
    }
  }

  /** Takes note that a connection was made. */
  recovered(): void {
    if (this.since === undefined) return;
    this.logger.info({ awayMs: Date.now() - this.since }, `queue: ${this.store} is back`);
    this.since = undefined;
  }
}
