import { ConfigError } from '../../../core/errors.js';
import { REHEARSAL_TASKS, type RehearsalTask } from './conversation.js';

/** How a rehearsal behaves, read from its model name. */
export interface RehearsalOptions {
  /** Pause before each chunk of 40 to 80 characters. */
  delayMs: number;
  /** For each task: how many first calls for the same mission, in this process, fail as an overloaded provider does. */
  fail: ReadonlyMap<RehearsalTask, number>;
  /** For each task: how many first answers of a conversation are not what was asked for. */
  malformed: ReadonlyMap<RehearsalTask, number>;
}

const MAX_DELAY_MS = 60_000;
const MAX_COUNT = 1000;

function parseCounts(name: string, text: string, problems: string[]): Map<RehearsalTask, number> {
  const counts = new Map<RehearsalTask, number>();
  for (const part of text.split(',')) {
    const [, taskName, digits] = /^([a-z_]+):(\d{1,4})$/.exec(part) ?? [];
    const task = REHEARSAL_TASKS.find((known) => known === taskName);
    const count = Number(digits);
    if (task === undefined || !(count >= 1 && count <= MAX_COUNT))
      problems.push(
        `${name}=${part}: must be task:n, with the task one of ${REHEARSAL_TASKS.join(', ')} and n from 1 to ${MAX_COUNT}; several are joined by commas`,
      );
    else counts.set(task, count);
  }
  return counts;
}

/**
 * Reads a rehearsal's model name: `studio`, then options as in a URL, such as
 * `studio?delayMs=20&fail=write_code:2,write_prd:1&malformed=write_prd:1`.
 * @throws ConfigError listing every name and option that is not understood
 */
export function parseRehearsalModel(model: string): RehearsalOptions {
  const question = model.indexOf('?');
  const name = question < 0 ? model : model.slice(0, question);
  const problems: string[] = [];
  if (name !== 'studio') problems.push(`${name}: the only rehearsal is "studio"`);
  const options: RehearsalOptions = { delayMs: 0, fail: new Map(), malformed: new Map() };
  const seen = new Set<string>();
  for (const [key, value] of new URLSearchParams(question < 0 ? '' : model.slice(question + 1))) {
    if (seen.has(key)) problems.push(`${key}: is given twice`);
    seen.add(key);
    if (key === 'fail' || key === 'malformed') options[key] = parseCounts(key, value, problems);
    else if (key !== 'delayMs') problems.push(`${key}: the options are delayMs, fail and malformed`);
    else if (/^\d{1,5}$/.test(value) && Number(value) <= MAX_DELAY_MS) options.delayMs = Number(value);
    else problems.push(`delayMs=${value}: must be milliseconds from 0 to ${MAX_DELAY_MS}`);
  }
  if (problems.length > 0)
    throw new ConfigError(
      `The model "rehearsal:${model}" is not understood:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`,
      { details: { problems } },
    );
  return options;
}
