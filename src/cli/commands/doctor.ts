import type { Command } from 'commander';
import { addCommand, type Run } from '../command-line.js';
import type { Check, CheckState } from '../doctor/check.js';
import type { Output } from '../output.js';
import { oneLine, padTo, wrap } from '../text.js';

/** `doctor`: looks whether everything that Atelier needs is there. */
export function addDoctor(program: Command, run: Run): void {
  addCommand(program, 'doctor', {
    about: 'Look whether all that is needed is there.',
    more: 'Whatever is not comes with what to do about it. Exit code 1 when nothing could work.',
    examples: ['doctor', 'doctor --json'],
  }).action((options: { json?: boolean }) =>
    run(options, async (context) => {
      const { examine } = await import('../doctor/examine.js');
      const checks = await examine(context.config, context.signal);
      const healthy = checks.every(({ state }) => state !== 'broken');
      context.output.result({ ok: healthy, checks }, () => sayChecks(context.output, checks, healthy));
      return healthy ? 0 : 1;
    }),
  );
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
