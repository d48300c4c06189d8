import { readFile } from 'node:fs/promises';
import { text as readAll } from 'node:stream/consumers';
import { InvalidArgumentError, type Command } from 'commander';
import { messageOf } from '../../core/errors.js';
import { MISSION_GATES } from '../../core/vocabulary.js';
import { newId } from '../../core/ids.js';
import type { SessionView } from '../../http/presenters/session.js';
import { addAmountOptions, amountsFrom } from '../budget-options.js';
import { addCommand, wholeNumber, type Run } from '../command-line.js';
import { UsageError } from '../errors.js';
import { existingCode, type ExistingCodeOptions } from '../existing-code.js';
import type { CommandContext } from '../run-command.js';
import { followOrHint } from './following.js';

interface Options extends ExistingCodeOptions {
  json?: boolean;
  file?: string;
  project?: string;
  name?: string;
  maxIterations?: number;
  gate?: string[];
  idempotencyKey?: string;
  watch?: boolean;
  [option: string]: unknown;
}

/** `submit`: hands in a mission. */
export function addSubmit(program: Command, run: Run): void {
  const command = addCommand(program, 'submit [mission...]', {
    about: 'Hand in a mission.',
    more:
      'Where no server runs, this command works on it itself until it needs you; else it returns at once and ' +
      'the server works.',
    examples: [
      'submit "A URL shortener with click statistics"',
      'submit --file mission.md --project Shop',
      'submit "A URL shortener" --gate after_prd --gate before_delivery',
      'submit "Mend the rounding in the totals" --folder .',
      'submit "Add a dark mode" --git https://example.org/shop.git --ref main',
    ],
  });
  addAmountOptions(command, 'budget', (meaning) => `pause after so many ${meaning}`)
    .option('-f, --file <path>', 'read the mission from a file; - is stdin')
    .option('-p, --project <name>', 'the project it belongs to')
    .option('-n, --name <name>', 'a name for lists')
    .option('--folder <path>', 'start from this local folder (what git ignores stays here)')
    .option('--archive <file>', 'start from a zip, tar, tar.gz or git bundle')
    .option('--git <url>', 'start from a repository that the server can reach')
    .option('--ref <name>', 'the branch, tag or commit of --git')
    .option('--max-iterations <n>', 'rounds between Engineer and QA', wholeNumber(1, 50))
    .option('--gate <name>', `stop there for a person, once for each: ${MISSION_GATES.join(', ')}`, gatesFrom)
    .option('--idempotency-key <key>', 'the same key never makes a second session')
    .option('--watch', 'follow it until it ends or needs you')
    .option('--no-watch', 'only hand it in')
    .action((words: string[], options: Options) =>
      run(options, (context) => submit(context, words, options)),
    );
}

async function submit(context: CommandContext, words: string[], options: Options): Promise<number> {
  const budget = amountsFrom(options, 'budget');
  const mission = await missionFrom(context, words, options.file);
  const code = await existingCode(options);
  const connection = await context.connect({ worker: options.watch !== false });
  const source = await code(connection.client, context.output);
  const { maxIterations, gate: gates } = options;
  const { sessionId } = await connection.client.write<SessionView>('POST', '/sessions', {
    body: {
      kind: 'studio',
      mission,
      projectName: options.project,
      name: options.name,
      options: {
        ...(maxIterations !== undefined && { maxIterations }),
        ...(gates && { gates }),
        ...(budget && { budget }),
        ...(source && { source }),
      },
    },
    headers: { 'idempotency-key': options.idempotencyKey ?? newId() },
  });
  return followOrHint(context, connection, sessionId, options.watch);
}

/** Gathers the gates that are named one by one. @throws InvalidArgumentError for one that there is not */
function gatesFrom(name: string, before: string[] | undefined): string[] {
  if (!MISSION_GATES.some((known) => known === name))
    throw new InvalidArgumentError(`It must be one of: ${MISSION_GATES.join(', ')}.`);
  return [...new Set([...(before ?? []), name])];
}

/** @throws UsageError when there is no mission, or two */
async function missionFrom({ streams }: CommandContext, words: string[], file?: string): Promise<string> {
  if (file !== undefined && words.length > 0)
    throw new UsageError('Give the mission as words or with --file, not both.');
  if (file === undefined && words.length === 0)
    throw new UsageError(
      'Say what is to be built: npx atelier submit "A URL shortener with click statistics"',
    );
  if (file === undefined) return words.join(' ');
  if (file === '-') return readAll(streams.stdin);
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new UsageError(`The mission cannot be read: ${messageOf(error)}`);
  }
}
