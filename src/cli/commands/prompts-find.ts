import { NotFoundError } from '../../core/errors.js';
import type { PromptProfileView, PromptVersionView } from '../../http/presenters/prompt.js';
import type { AtelierClient } from '../client.js';
import { UsageError } from '../errors.js';

/** More versions than anybody writes. */
export const MAX_VERSION = 1_000_000;

/** A version's number as an argument. @throws UsageError for anything else */
export function versionNumber(text: string): number {
  const number = /^\d{1,7}$/.test(text) ? Number(text) : 0;
  if (number >= 1 && number <= MAX_VERSION) return number;
  throw new UsageError(`"${text}" is no version: give its number, such as 2.`);
}

/** The API's path of a profile's prompts. */
export function profilePath(profile: string): string {
  return `/prompts/profiles/${encodeURIComponent(profile)}`;
}

/** A profile with its versions. @throws NotFoundError naming those there are */
export async function findProfile(client: AtelierClient, name: string): Promise<PromptProfileView> {
  const profiles = await client.list<PromptProfileView>('/prompts');
  const found = profiles.find(({ profile }) => profile === name);
  if (found) return found;
  throw new NotFoundError(`profile (there are ${profiles.map(({ profile }) => profile).join(', ')})`, name);
}

/** A version by its number; the active one when none is given. @throws NotFoundError */
export function versionNamed({ profile, versions }: PromptProfileView, number?: number): PromptVersionView {
  const found = versions.find(({ version, isActive }) =>
    number === undefined ? isActive : version === number,
  );
  if (found) return found;
  throw new NotFoundError('prompt version', `${profile} ${number ?? 'active'}`);
}

/** The number of a version by its id. */
export function numberOf({ versions }: PromptProfileView, id: number): number | null {
  return versions.find((version) => version.id === id)?.version ?? null;
}
