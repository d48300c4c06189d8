import type { Config } from '../core/config.js';
import { loadConfig, loadTerminalWishes } from '../core/config.js';
import { AppError, messageOf } from '../core/errors.js';
import { ApiError, InterruptedError, UsageError } from './errors.js';
import { exitCodeOf, watchSignals } from './interrupt.js';
import { connect, type ConnectOptions, type Connection } from './locate-server.js';
import { Output, type OutputStream } from './output.js';
import { oneLine } from './text.js';

/** The outside world of a command. */
export interface CliStreams {
  stdin: NodeJS.ReadStream;
  stdout: OutputStream;
  stderr: OutputStream;
}

/** What a command works with. */
export interface CommandContext {
  config: Config;
  output: Output;
  streams: CliStreams;
  /** Aborts when the person stops the command. */
  signal: AbortSignal;
  /**
   * Finds or starts the server, once per command; it is let go of when the command ends.
   * @param worker whether a server started for this command is to work on sessions
   */
  connect: (options?: Partial<Pick<ConnectOptions, 'worker' | 'panel'>>) => Promise<Connection>;
}

/** A command's work. @returns its exit code; 0 when it gives none */
export type Action = (context: CommandContext) => Promise<number | void>;

export interface RunOptions {
  json?: boolean;
}

/**
 * Runs one command from configuration to exit code, and turns whatever is thrown into one line and a code: 0
 * done, 1 failed, 2 wrong use, 130 stopped by Ctrl-C.
 */
export async function runCommand(streams: CliStreams, options: RunOptions, action: Action): Promise<number> {
  outliveReaders();
  const output = new Output({ ...streams, wishes: loadTerminalWishes(), json: options.json === true });
  const interrupt = watchSignals(() => output.hint('\nStopping; a second Ctrl-C stops at once …'));
  let connection: Promise<Connection> | undefined;
  let debug = false;
  let code: number;
  try {
    const config = loadConfig(undefined, { LOG_LEVEL: 'silent' });
    debug = config.logLevel === 'debug' || config.logLevel === 'trace';
    const done = await action({
      config,
      output,
      streams,
      signal: interrupt.signal,
      connect: ({ worker = false, panel } = {}) =>
        (connection ??= connect(config, {
          worker,
          panel,
          signal: interrupt.signal,
          onStart: () => {
            if (output.live)
              output.hint(output.style.dim('No server runs here: starting one for this command …'));
          },
        })),
    });
    code = done ?? 0;
  } catch (error) {
    code = complain(output, interrupt.signal.aborted ? interrupt.signal.reason : error, debug);
  } finally {
    await connection?.then(
      (open) => open.close(),
      () => undefined,
    );
    interrupt.dispose();
  }
  return code;
}

/** Says what went wrong, on stderr in a line, and with --json as a document on stdout. @returns the exit code */
export function complain(output: Output, error: unknown, debug: boolean): number {
  if (error instanceof InterruptedError) return exitCodeOf(error.signalName);
  const known = error instanceof AppError;
  const message = known ? withProblems(error) : `Something unexpected happened: ${messageOf(error)}`;
  const way = known || debug ? '' : ' LOG_LEVEL=debug shows where.';
  output.hint(`${output.style.red('atelier:')} ${message}${way}`);
  if (debug && error instanceof Error) output.hint(error.stack ?? '');
  if (output.json)
    output.result(
      {
        error: {
          code: known ? error.code : 'internal_error',
          message,
          ...(known && { details: error.details }),
        },
      },
      () => undefined,
    );
  const wrongUse = error instanceof UsageError || (known && error.code === 'validation_failed');
  return wrongUse ? 2 : 1;
}

/** The message, and those of its problems that it does not name itself. */
function withProblems(error: AppError): string {
  if (!(error instanceof ApiError)) return error.message;
  const rest = error.problems.filter(({ message }) => !error.message.includes(message));
  const named = rest.map(({ field, message }) => (field === '' ? message : `${field} ${message}`));
  return [oneLine(error.message), ...named.map(oneLine)].join(' — ');
}

/**
 * `atelier sessions | head -1` closes our stdout early, and a terminal that is closed takes both streams with it.
 * Neither is a reason to die half-way, with a database left running.
 */
export function outliveReaders(): void {
  for (const stream of [process.stdout, process.stderr])
    if (stream.listenerCount('error') === 0) stream.on('error', () => undefined);
}
