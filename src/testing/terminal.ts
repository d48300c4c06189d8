import type { OutputStream } from '../cli/output.js';

/** A stream that keeps what is written to it; a terminal of `columns` when they are given, else a pipe. */
export class RecordedStream implements OutputStream {
  text = '';
  readonly isTTY: boolean;

  constructor(readonly columns?: number) {
    this.isTTY = columns !== undefined;
  }

  write(content: string | Uint8Array): void {
    this.text += typeof content === 'string' ? content : Buffer.from(content).toString('utf8');
  }
}
