import { InvalidArgumentError, type Command } from 'commander';
import type { Action, RunOptions } from './run-command.js';

/** How people reach the CLI from a clone as well as from an installation. */
export const CALL = 'npx atelier';

/** Runs an action in its context; see `runCommand`. */
export type Run = (options: RunOptions, action: Action) => Promise<void>;

export interface CommandTexts {
  about: string;
  /** Whole command lines without the call, shown below the options. */
  examples: string[];
}

/** Adds a command with what every command has: a description, examples and --json. */
export function addCommand(parent: Command, usage: string, { about, examples }: CommandTexts): Command {
  const shown = examples.map((example) => `  $ ${CALL} ${example}`).join('\n');
  return parent
    .command(usage)
    .description(about)
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
