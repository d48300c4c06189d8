import { z } from 'zod';
import type { PromptVersion } from '../../db/entities/prompt-version.js';
import type { AgentProfile } from '../../services/kind-rules.js';
import { iso, time } from './time.js';

const version = {
  id: z.number().int(),
  profile: z.string(),
  version: z.number().int(),
  note: z.string().nullable(),
  isActive: z.boolean(),
  createdBy: z.string().nullable(),
  createdAt: time,
};

/** One version of a profile's prompt in a list. */
export const promptVersionView = z.strictObject(version).meta({ id: 'PromptVersionView' });
export type PromptVersionView = z.infer<typeof promptVersionView>;

/** One version of a profile's prompt with its text: front matter, then Markdown. */
export const promptView = z.strictObject({ ...version, content: z.string() }).meta({ id: 'PromptView' });
export type PromptView = z.infer<typeof promptView>;

/** An agent profile and its prompt versions, newest first. */
export const promptProfileView = z
  .strictObject({
    profile: z.string(),
    label: z.string(),
    kind: z.string(),
    versions: z.array(promptVersionView),
  })
  .meta({ id: 'PromptProfileView' });
export type PromptProfileView = z.infer<typeof promptProfileView>;

function presentVersion(found: PromptVersion): PromptVersionView {
  return {
    id: found.id,
    profile: found.profileName,
    version: found.versionNumber,
    note: found.note,
    isActive: found.isActive,
    createdBy: found.createdBy,
    createdAt: iso(found.createdAt),
  };
}

/** A version with its text. */
export function presentPrompt(found: PromptVersion): PromptView {
  return { ...presentVersion(found), content: found.promptContent };
}

/** A profile of a kind with its versions. */
export function presentPromptProfile(
  kind: string,
  profile: AgentProfile,
  versions: readonly PromptVersion[],
): PromptProfileView {
  return { profile: profile.name, label: profile.label, kind, versions: versions.map(presentVersion) };
}
