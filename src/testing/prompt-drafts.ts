import type { App } from '../app.js';
import type { PromptVersion } from '../db/entities/prompt-version.js';
import type { Caller } from '../services/sessions.js';

/** A prompt of a profile as text, with the variables that its body is to use. */
export function promptOf(profile: string, body: string, variables: readonly string[] = []): string {
  return `---\nprofile: ${profile}\nvariables: [${variables.join(', ')}]\n---\n\n${body}\n`;
}

/** A new draft of a profile's prompt. */
export async function draft(
  app: App,
  caller: Caller,
  profile: string,
  body: string,
  variables: readonly string[] = [],
): Promise<PromptVersion> {
  const content = promptOf(profile, body, variables);
  return app.promptWork.authoring.draft(caller, { profile, content, note: body });
}

/** The id of a profile's active version. */
export async function activeId(app: App, profile: string): Promise<number> {
  const active = (await app.prompts.list(profile)).find(({ isActive }) => isActive);
  if (!active) throw new Error(`"${profile}" has no active version`);
  return active.id;
}

/** The version of a profile's prompt that a new mission gets. */
export async function versionOfNewMission(app: App, caller: Caller, profile: string): Promise<number> {
  const { session } = await app.sessions.submit(caller, { mission: 'Add two numbers' });
  return Number(session.promptVersions[profile]);
}
