import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { addBudget } from './commands/budget.js';
import { addArtifacts } from './commands/artifacts.js';
import { addCalls } from './commands/calls.js';
import { addCompare } from './commands/compare.js';
import { addDecisions } from './commands/decide.js';
import { addDoctor } from './commands/doctor.js';
import { addEval } from './commands/eval.js';
import { addExport } from './commands/export.js';
import { addFork } from './commands/fork.js';
import { addImportSqlite } from './commands/import-sqlite.js';
import { addCancel, addRetry } from './commands/lifecycle.js';
import { addInbox } from './commands/inbox.js';
import { addKeys } from './commands/keys.js';
import { addMigrate } from './commands/migrate.js';
import { addPrompts } from './commands/prompts.js';
import { addRerun } from './commands/rerun.js';
import { addRetention } from './commands/retention.js';
import { addSessions } from './commands/sessions.js';
import { addSettings } from './commands/settings.js';
import { addShow } from './commands/show.js';
import { addSubmit } from './commands/submit.js';
import { addTokens } from './commands/tokens.js';
import { addUsers } from './commands/users.js';
import { addWatch } from './commands/watch.js';
import { addWebhooks } from './commands/webhooks.js';
import { commandOn, usedRightly, type Run } from './command-line.js';
import { runCommand, type CliStreams } from './run-command.js';

/** Every command, in the order of the help. Adding one is a file in `commands/` and a line here. */
const COMMANDS: readonly ((program: Command, run: Run) => void)[] = [
  addSubmit,
  addSessions,
  addShow,
  addCalls,
  addWatch,
  addInbox,
  addDecisions,
  addArtifacts,
  addExport,
  addCancel,
  addRetry,
  addBudget,
  addRerun,
  addFork,
  addCompare,
  addPrompts,
  addSettings,
  addUsers,
  addTokens,
  addWebhooks,
  addKeys,
  addRetention,
  addEval,
  addMigrate,
  addImportSqlite,
  addDoctor,
];

const CLOSING = `
They talk to the server at ATELIER_URL (with ATELIER_TOKEN) if that is set, else to
the one that runs on ATELIER_DATA_DIR (default .atelier), else they start one for
as long as they run.

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
  const program = buildProgram(await ownVersion(), streams, async (options, action) => {
    code = await runCommand(streams, options, action);
  });
  return (await usedRightly(() => program.parseAsync([...args], { from: 'user' }))) ?? code;
}

/** The whole command tree. @param run runs the action of the command that was given */
export function buildProgram(version: string, streams: CliStreams, run: Run): Command {
  const program = commandOn(streams, 'atelier')
    .description('Turns missions into tested code, with a human gate in between.')
    // Else `artifacts ID PATH --version 1` would print ours.
    .enablePositionalOptions()
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .addHelpText('after', CLOSING)
    .configureHelp({ subcommandTerm: (command) => command.name() });
  for (const add of COMMANDS) add(program, run);
  return program;
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
