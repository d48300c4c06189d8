import { Command, CommanderError, InvalidArgumentError } from 'commander';
import type { Action, CliStreams, RunOptions } from './run-command.js';

/** How people reach the CLI from a clone as well as from an installation. */
export const CALL = 'npx atelier';

/** Runs an action in its context; see `runCommand`. */
export type Run = (options: RunOptions, action: Action) => Promise<void>;

export interface CommandTexts {
  /** What it does, in a line short enough for the list of commands. */
  about: string;
  /** What else to know, for the command's own help. */
  more?: string;
  /** Whole command lines without the call, shown below the options. */
  examples: string[];
}

/** Adds a command with what every command has: a description, examples and --json. */
export function addCommand(parent: Command, usage: string, { about, more, examples }: CommandTexts): Command {
  const shown = examples.map((example) => `  $ ${CALL} ${example}`).join('\n');
  return parent
    .command(usage)
    .summary(about.replace(/\.$/, ''))
    .description(more === undefined ? about : `${about} ${more}`)
    .option('--json', 'print one JSON document')
    .addHelpText('after', `\n${examples.length === 1 ? 'Example' : 'Examples'}:\n${shown}`);
}

/** Reads a whole number of an option. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= min && value <= max && text.trim() !== '') return value;
    throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
  };
}

/** A root command that speaks on the given streams, and throws instead of ending the process. */
export function commandOn(streams: CliStreams, name: string): Command {
  return new Command(name)
    .configureOutput({
      writeOut: (text) => streams.stdout.write(text),
      writeErr: (text) => streams.stderr.write(text),
      outputError: (text, write) => write(text.replace(/^error: (command-argument )?/, 'atelier: ')),
    })
    .showHelpAfterError('Add --help to see how it is used.')
    .exitOverride();
}

/** Parses a command line. @returns an exit code when that ended it: 0 after help, 2 after wrong use */
export async function usedRightly(parse: () => unknown): Promise<number | undefined> {
  try {
    await parse();
    return undefined;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? 0 : 2;
  }
}
