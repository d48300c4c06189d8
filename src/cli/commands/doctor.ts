import type { Command } from 'commander';
import { addCommand, type Run } from '../command-line.js';
import type { Check, CheckState } from '../doctor/check.js';
import { checkDatabase } from '../doctor/database.js';
import { checkDataDir, checkKeys, checkNode, checkSandbox } from '../doctor/machine.js';
import { checkServer } from '../doctor/server.js';
import { loggerFor } from '../host.js';
import { readCliToken } from '../local-access.js';
import type { Output } from '../output.js';
import type { CommandContext } from '../run-command.js';
import { findServer } from '../server-file.js';
import { oneLine, padTo, wrap } from '../text.js';

/** `doctor`: looks whether everything that Atelier needs is there. */
export function addDoctor(program: Command, run: Run): void {
  addCommand(program, 'doctor', {
    about: 'Look whether everything that is needed is there, and say what to do if not.',
    examples: ['doctor', 'doctor --json'],
  }).action((options: { json?: boolean }) =>
    run(options, async (context) => {
      const checks = await examine(context);
      const healthy = checks.every(({ state }) => state !== 'broken');
      context.output.result({ ok: healthy, checks }, () => sayChecks(context.output, checks, healthy));
      return healthy ? 0 : 1;
    }),
  );
}

/** Every check that can be made from here: of a server if one is known, else of what one would be started from. */
async function examine({ config, signal }: CommandContext): Promise<Check[]> {
  const { remote } = config;
  if (remote.url !== undefined)
    return [checkNode(), ...(await checkServer(remote.url, remote.token, signal))];
  const logger = loggerFor(config);
  const running = await findServer(config);
  const machine = [checkNode(), ...(await checkDataDir(config))];
  const { selected, check: sandbox } = await checkSandbox(config, logger);
  // A running server has the embedded database for itself.
  const rest = running
    ? await checkServer(running.url, remote.token ?? (await readCliToken(config.dataDir)), signal)
    : await checkDatabase(config, selected, logger);
  return [...machine, ...rest, sandbox, checkKeys(config)];
}

const MARKS: Readonly<Record<CheckState, string>> = { ok: '✓', note: '!', broken: '✗' };
const NAME_COLUMNS = 14;

function sayChecks(output: Output, checks: readonly Check[], healthy: boolean): void {
  const { style } = output;
  const paint = { ok: style.green, note: style.yellow, broken: style.red };
  for (const { name, state, found, advice } of checks) {
    const indent = ' '.repeat(NAME_COLUMNS + 3);
    const [first, ...rest] = wrap(oneLine(found), output.columns - indent.length);
    output.line(`${paint[state](MARKS[state])} ${padTo(name, NAME_COLUMNS)} ${first ?? ''}`);
    for (const line of rest) output.line(`${indent}${line}`);
    if (advice === undefined || advice === '') continue;
    for (const line of wrap(oneLine(advice), output.columns - indent.length))
      output.line(indent + style.dim(line));
  }
  output.line();
  output.line(healthy ? 'All that is needed is there.' : style.red('Something that is needed is missing.'));
}
