import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { commands, HELP } from './commands.js';
import { UsageError } from './errors.js';
import { loadList, saveList } from './storage.js';

/**
 * Runs one command.
 * @param {string[]} argv the arguments after the program's name
 * @param {object} io
 * @param {(text: string) => void} io.stdout
 * @param {(text: string) => void} io.stderr
 * @param {Record<string, string | undefined>} io.env
 * @param {string} io.cwd
 * @param {string} io.today `YYYY-MM-DD`
 * @returns {Promise<number>} the exit code: 0 success, 1 unusable list or item, 2 wrong usage
 */
export async function run(argv, { stdout, stderr, env, cwd, today }) {
  try {
    const [name, ...rest] = argv;
    if (name === undefined || name === '--help' || name === 'help') {
      stdout(HELP);
      return 0;
    }
    const command = commands.get(name);
    if (command === undefined) throw new UsageError(`unknown command "${name}"; see todo --help`);
    const { values, positionals } = parseOptions(rest, command.options);
    if (values.help) {
      stdout(HELP);
      return 0;
    }
    const apply = command.prepare(positionals, values, today);
    const path = resolve(cwd, values.file ?? (env.TODO_FILE || 'todo.json'));
    const { list, output } = apply(await loadList(path));
    if (list !== undefined) await saveList(path, list);
    stdout(output);
    return 0;
  } catch (error) {
    // Messages quote arguments and files; neither may break the line or reach the terminal as an escape.
    stderr(`todo: ${error.message.replace(/\p{Cc}+/gu, ' ')}\n`);
    return error.exitCode ?? 1;
  }
}

function parseOptions(args, options) {
  try {
    return parseArgs({
      args,
      options: { ...options, file: { type: 'string' }, help: { type: 'boolean' } },
      allowPositionals: true,
    });
  } catch (error) {
    // Only the first sentence: the rest explains how to escape dashes, over several lines.
    throw new UsageError(error.message.split(/\.\s/)[0]);
  }
}
