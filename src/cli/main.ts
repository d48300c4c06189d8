import { readFile } from 'node:fs/promises';
import { Command, CommanderError } from 'commander';
import { addArtifacts } from './commands/artifacts.js';
import { addDecisions } from './commands/decide.js';
import { addDoctor } from './commands/doctor.js';
import { addExport } from './commands/export.js';
import { addImportSqlite } from './commands/import-sqlite.js';
import { addCancel, addRetry } from './commands/lifecycle.js';
import { addMigrate } from './commands/migrate.js';
import { addPrompts } from './commands/prompts.js';
import { addSessions } from './commands/sessions.js';
import { addSettings } from './commands/settings.js';
import { addShow } from './commands/show.js';
import { addSubmit } from './commands/submit.js';
import { addTokens } from './commands/tokens.js';
import { addUsers } from './commands/users.js';
import { addWatch } from './commands/watch.js';
import type { Run } from './command-line.js';
import { runCommand, type CliStreams } from './run-command.js';

/** Every command, in the order of the help. Adding one is a file in `commands/` and a line here. */
const COMMANDS: readonly ((program: Command, run: Run) => void)[] = [
  addSubmit,
  addSessions,
  addShow,
  addWatch,
  addDecisions,
  addArtifacts,
  addExport,
  addCancel,
  addRetry,
  addPrompts,
  addSettings,
  addUsers,
  addTokens,
  addMigrate,
  addImportSqlite,
  addDoctor,
];

const CLOSING = `
Where the commands go: to ATELIER_URL with ATELIER_TOKEN if set, else to the server that
runs on ATELIER_DATA_DIR (default .atelier), else to one started for the command alone.

Start here:
  $ npx atelier submit "A URL shortener with click statistics"
  $ npx atelier submit --help`;

/**
 * Runs the command line.
 * @param args without the interpreter and the script
 * @returns the exit code: 0 done, 1 failed, 2 wrong use, 130 stopped by Ctrl-C
 */
export async function main(args: readonly string[], streams: CliStreams = process): Promise<number> {
  let code = 0;
  const program = new Command('atelier')
    .description('Turns missions into tested code, with a human gate in between.')
    .version(await ownVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .addHelpText('after', CLOSING)
    .showHelpAfterError('See the same with --help for the right use.')
    .configureOutput({
      writeOut: (text) => streams.stdout.write(text),
      writeErr: (text) => streams.stderr.write(text),
      outputError: (text, write) => write(text.replace(/^error: /, 'atelier: ')),
    })
    .exitOverride();
  const run: Run = async (options, action) => {
    code = await runCommand(streams, options, action);
  };
  for (const add of COMMANDS) add(program, run);
  try {
    await program.parseAsync([...args], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? 0 : 2;
  }
  return code;
}

/** The version in package.json, which stands beside dist/. */
async function ownVersion(): Promise<string> {
  for (const up of ['../../../package.json', '../../package.json'])
    try {
      const { version } = JSON.parse(await readFile(new URL(up, import.meta.url), 'utf8')) as {
        version?: string;
      };
      if (version !== undefined) return version;
    } catch {
      // Run from the sources the file is one folder nearer.
    }
  return 'unknown';
}
