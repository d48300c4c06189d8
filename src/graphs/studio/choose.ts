import { estimateTokens } from '../../adapters/llm/messages.js';
import type { ContextPiece } from '../../engine/agent.js';
import type { Run, Step } from '../../engine/run.js';
import { filesAnswer } from './answers.js';
import { fitFiles } from './context.js';
import type { ProjectFile } from './files.js';
import { openProject, readable, readTexts, type ProjectState } from './project.js';

/** The share of a question's budget that files may fill. */
const FILES_SHARE = 0.5;

/** What is needed to let an agent choose. */
export interface Choice {
  profile: string;
  /** Asks the profile's fallback model first, if there is one. */
  otherModel?: boolean;
  state: ProjectState;
  /** What the agent knows when it chooses, the map first. */
  context: readonly ContextPiece[];
  /** Files that are read in any case, as far as they fit. */
  always: readonly string[];
}

/**
 * Lets an agent say which files it needs to see, and reads those: by their paths in the map, text only, and
 * within the budget. Nothing but the project's own files can be named.
 * @returns whole files, those that are always read first
 */
export async function chooseFiles(run: Run, step: Step, choice: Choice): Promise<ProjectFile[]> {
  const budget = Math.floor(run.settings.contextTokens * FILES_SHARE);
  const files = readable(await openProject(run, choice.state));
  const byPath = new Map(files.map((file) => [file.path, file]));
  const given = choice.always.flatMap((path) => byPath.get(path) ?? []);
  const { shown } = fitFiles(await readTexts(run, given), budget);
  const left = budget - shown.reduce((sum, file) => sum + costOf(file), 0);
  const costs = new Map(
    files
      .filter(({ path }) => !shown.some((file) => file.path === path))
      .map((file) => [file.path, 'bytes' in file ? Math.ceil(file.bytes / 4) + 20 : 20]),
  );
  for (const file of shown) costs.set(file.path, 0);
  const { value } = await step.ask({
    profile: choice.profile,
    otherModel: choice.otherModel,
    task: 'choose_files',
    schema: filesAnswer(costs, Math.max(0, left)),
    context: choice.context,
  });
  const wanted = [...new Set(value.files)].filter((path) => !shown.some((file) => file.path === path));
  const chosen = await readTexts(
    run,
    wanted.flatMap((path) => byPath.get(path) ?? []),
  );
  return [...shown, ...fitFiles(chosen, left).shown];
}

function costOf(file: ProjectFile): number {
  return estimateTokens(file.content) + estimateTokens(file.path) + 2;
}
