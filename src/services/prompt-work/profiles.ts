import { NotFoundError, ValidationError, type FieldProblem } from '../../core/errors.js';
import type { AgentProfile, KindBook } from '../kind-rules.js';
import { PLACE, type PromptText } from '../prompts.js';

/** A profile of any kind. @throws NotFoundError when no kind has one of this name */
export function profileNamed(kinds: KindBook, name: string): AgentProfile {
  for (const { profiles } of kinds.all())
    for (const profile of profiles) if (profile.name === name) return profile;
  throw new NotFoundError('profile', name);
}

/** Where a prompt's variables are not those that the profile is rendered with. Empty when it can be used. */
export function variableProblems(
  profile: Pick<AgentProfile, 'name' | 'variables'>,
  prompt: PromptText,
): FieldProblem[] {
  const given = profile.variables ?? [];
  return [
    ...prompt.variables
      .filter((name) => !given.includes(name))
      .map((name) => ({
        field: name,
        message: `is unknown: "${profile.name}" is given ${given.length === 0 ? 'no variables' : given.join(', ')}`,
      })),
    ...given
      .filter((name) => !prompt.variables.includes(name))
      .map((name) => ({ field: name, message: 'is missing: the prompt must use it' })),
  ];
}

/**
 * Refuses a prompt that missions could not be run with.
 * @throws ValidationError `prompt_variables` (422) naming each variable that is missing or unknown
 */
export function checkVariables(profile: AgentProfile, prompt: PromptText): void {
  const problems = variableProblems(profile, prompt);
  if (problems.length === 0) return;
  const named = problems.map(({ field, message }) => `{{${field}}} ${message}`).join('; ');
  throw new ValidationError(
    `Missions cannot use this version: ${named}. Make a new version with the right variables.`,
    problems,
    { code: 'prompt_variables', httpStatus: 422 },
  );
}

/**
 * What a prompt's variables were when it was rendered to this text.
 * @returns null when the text is no rendering of this prompt
 */
export function recoverValues(prompt: PromptText, rendered: string): Record<string, string> | null {
  const seen = new Set<string>();
  let pattern = '';
  let end = 0;
  for (const place of prompt.body.matchAll(PLACE)) {
    const name = place[1] ?? '';
    pattern += escaped(prompt.body.slice(end, place.index));
    pattern += seen.has(name) ? `\\k<${name}>` : `(?<${name}>[\\s\\S]*?)`;
    seen.add(name);
    end = place.index + place[0].length;
  }
  const match = new RegExp(`^${pattern}${escaped(prompt.body.slice(end))}$`).exec(rendered);
  return match && { ...match.groups };
}

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
