import { UnavailableError } from '../../core/errors.js';

/**
 * The promise's own outcome, if it comes within `ms` milliseconds. The work behind it is not stopped; a rejection
 * that comes later is swallowed.
 * @throws UnavailableError naming `what` when time is up
 */
export async function withDeadline<T>(promise: Promise<T>, ms: number, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new UnavailableError(`${what} did not answer within ${ms} ms. Try again later.`)),
      ms,
    );
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
