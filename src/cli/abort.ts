/**
 * A signal that aborts with the first of several, or after a time.
 *
 * In Node.js 20 `AbortSignal.any` does not keep the signal of an `AbortSignal.timeout` alive: once that is collected,
 * nothing aborts. Here the sources and the timer hold the result.
 * @param ms upper bound; none when absent. It keeps no process alive.
 * @returns the signal, and what takes it off its sources
 */
export function linkSignals(
  sources: readonly (AbortSignal | undefined)[],
  ms?: number,
): { signal: AbortSignal; unlink(): void } {
  const controller = new AbortController();
  const offs: (() => void)[] = [];
  for (const source of sources) {
    if (!source) continue;
    const abort = (): void => controller.abort(source.reason);
    if (source.aborted) abort();
    source.addEventListener('abort', abort, { once: true });
    offs.push(() => source.removeEventListener('abort', abort));
  }
  if (ms !== undefined) {
    const late = (): void =>
      controller.abort(new DOMException(`no answer within ${ms / 1000} s`, 'TimeoutError'));
    const timer = setTimeout(late, ms).unref();
    offs.push(() => clearTimeout(timer));
  }
  return { signal: controller.signal, unlink: () => offs.forEach((off) => off()) };
}

/**
 * The chunks of a body until it ends, one of the signals aborts, or nothing has come for `idleMs`. The reader is
 * cancelled by hand: fetch's own signal is for the time until the headers.
 */
export async function* chunksOf(
  body: ReadableStream<Uint8Array>,
  sources: readonly (AbortSignal | undefined)[],
  idleMs: number,
): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  const cancel = (): void => void reader.cancel().catch(() => undefined);
  const link = linkSignals(sources);
  link.signal.addEventListener('abort', cancel);
  try {
    for (;;) {
      if (link.signal.aborted) return;
      const timer = setTimeout(cancel, idleMs);
      const { done, value } = await reader.read().finally(() => clearTimeout(timer));
      if (done) return;
      yield value;
    }
  } finally {
    link.unlink();
    cancel();
  }
}
