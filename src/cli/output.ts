import { Ansis } from 'ansis';
import type { TerminalWishes } from '../core/config.js';
import { table, wrap } from './text.js';

/** Where words go. `process.stdout` and `process.stderr` are such, and so is whatever a test listens with. */
export interface OutputStream {
  write(content: string | Uint8Array): unknown;
  isTTY?: boolean;
  columns?: number;
  on?(event: 'resize', listener: () => void): unknown;
  off?(event: 'resize', listener: () => void): unknown;
}

export interface OutputOptions {
  stdout: OutputStream;
  stderr: OutputStream;
  wishes: TerminalWishes;
  /** The command was given --json: one document on stdout, everything else on stderr. */
  json: boolean;
}

/** Lines narrower than this are no use; a terminal that claims less is not believed. */
const NARROWEST = 20;

/** What a command says, and how: with colours and redrawing in a terminal, as plain lines in a pipe. */
export class Output {
  readonly json: boolean;
  /** Styles that say nothing where colours are unwanted. */
  readonly style: Ansis;
  /** Whether lines may be redrawn: a terminal that can, and nobody asked for JSON. */
  readonly live: boolean;
  /** Whoever redraws lines at the end of the screen makes room here before others write. */
  makeRoom: (() => void) | undefined;
  private readonly out: OutputStream;
  private readonly err: OutputStream;

  constructor({ stdout, stderr, wishes, json }: OutputOptions) {
    this.json = json;
    this.out = stdout;
    this.err = stderr;
    const target = json ? stderr : stdout;
    this.live = target.isTTY === true && !wishes.dumb && !json && !wishes.noColor;
    this.style = new Ansis(target.isTTY === true && !wishes.dumb && !wishes.noColor ? 3 : 0);
  }

  /** Where lines for people go. With --json that is stderr. */
  get stream(): OutputStream {
    return this.json ? this.err : this.out;
  }

  /** Columns of the terminal; Infinity where nobody would see a cut line's end. */
  get columns(): number {
    const { isTTY, columns } = this.stream;
    return isTTY && columns !== undefined ? Math.max(NARROWEST, columns) : Infinity;
  }

  /** A line of the result. With --json it goes to stderr. */
  line(text = ''): void {
    this.makeRoom?.();
    this.stream.write(`${text}\n`);
  }

  /** A line beside the result, such as what to do next: always on stderr, so that a pipe gets the result alone. */
  hint(text: string): void {
    this.makeRoom?.();
    this.err.write(`${text}\n`);
  }

  /** A sentence or more, broken at blanks where the terminal ends. */
  paragraph(text: string): void {
    for (const line of wrap(text, this.columns)) this.line(line);
  }

  /** The result as a table, or, without rows, a sentence. */
  table(heading: string[], rows: string[][], empty: string): void {
    if (rows.length === 0) return this.hint(empty);
    const [head, ...body] = table(heading, rows, this.columns);
    this.line(this.style.dim(head ?? ''));
    for (const row of body) this.line(row);
  }

  /** The command's result: the one JSON document with --json, else whatever `people` prints. */
  result(document: unknown, people: () => void): void {
    if (this.json) this.out.write(`${JSON.stringify(document, null, this.out.isTTY === true ? 2 : 0)}\n`);
    else people();
  }

  /** Bytes to stdout as they are. */
  raw(content: Uint8Array | string): void {
    this.out.write(content);
  }
}
