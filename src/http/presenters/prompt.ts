import { z } from 'zod';
import { PROMPT_STATUSES } from '../../core/vocabulary.js';
import type { PromptVersion } from '../../db/entities/prompt-version.js';
import type { PromptOverview } from '../../services/prompt-work/overview.js';
import { canaryView, presentCanary } from './prompt-canary.js';
import { iso, time } from './time.js';

/** Where a version stands for people: in use, once in use, on trial, or on the way there. */
export const PROMPT_STATES = ['draft', 'proposed', 'approved', 'canary', 'active', 'retired'] as const;

const modelSettings = z.strictObject({
  provider: z.string().optional(),
  model: z.string().nullable().optional(),
  fallbackProvider: z.string().nullable().optional(),
  fallbackModel: z.string().nullable().optional(),
  maxOutputTokens: z.number().int().nullable().optional(),
  timeoutMs: z.number().int().nullable().optional(),
});

const version = {
  id: z.number().int(),
  profile: z.string(),
  version: z.number().int(),
  note: z.string().nullable(),
  isActive: z.boolean(),
  status: z.enum(PROMPT_STATUSES).describe('How far it has come; `isActive` is apart from that.'),
  state: z.enum(PROMPT_STATES),
  basedOnId: z.number().int().nullable(),
  variables: z.array(z.string()),
  modelSettings: modelSettings.describe('How the profile called its model when the version was written.'),
  problems: z
    .array(z.strictObject({ field: z.string(), message: z.string() }))
    .describe('Why missions cannot use it; empty when they can.'),
  createdBy: z.string().nullable(),
  createdByName: z.string().nullable(),
  createdAt: time,
  proposedBy: z.string().nullable(),
  proposedByName: z.string().nullable(),
  proposedAt: time.nullable(),
  approvedBy: z.string().nullable(),
  approvedByName: z.string().nullable(),
  approvedAt: time.nullable(),
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
    variables: z.array(z.string()).describe('What its prompts are rendered with.'),
    activeVersionId: z.number().int().nullable(),
    rollbackVersionId: z.number().int().nullable().describe('Where a rollback would lead; null for nowhere.'),
    canary: canaryView.nullable().describe('The one that runs.'),
    versions: z.array(promptVersionView),
  })
  .meta({ id: 'PromptProfileView' });
export type PromptProfileView = z.infer<typeof promptProfileView>;

function presentVersion(found: PromptVersion, overview: PromptOverview): PromptVersionView {
  const { names, everActive, canary } = overview;
  const nameOf = (id: string | null): string | null => (id === null ? null : (names.get(id) ?? null));
  const state = found.isActive
    ? 'active'
    : canary?.versionId === found.id
      ? 'canary'
      : everActive.has(found.id)
        ? 'retired'
        : found.status;
  return {
    id: found.id,
    profile: found.profileName,
    version: found.versionNumber,
    note: found.note,
    isActive: found.isActive,
    status: found.status,
    state,
    basedOnId: found.basedOnId,
    ...(overview.checked.get(found.id) ?? { variables: [], problems: [] }),
    modelSettings: found.modelSettings,
    createdBy: found.createdBy,
    createdByName: nameOf(found.createdBy),
    createdAt: iso(found.createdAt),
    proposedBy: found.proposedBy,
    proposedByName: nameOf(found.proposedBy),
    proposedAt: iso(found.proposedAt),
    approvedBy: found.approvedBy,
    approvedByName: nameOf(found.approvedBy),
    approvedAt: iso(found.approvedAt),
  };
}

/** A version with its text. */
export function presentPrompt(found: PromptVersion, overview: PromptOverview): PromptView {
  return { ...presentVersion(found, overview), content: found.promptContent };
}

/** A profile of a kind with its versions. */
export function presentPromptProfile(overview: PromptOverview): PromptProfileView {
  const { kind, profile, versions, canary, rollbackId } = overview;
  return {
    profile: profile.name,
    label: profile.label,
    kind,
    variables: [...(profile.variables ?? [])],
    activeVersionId: versions.find(({ isActive }) => isActive)?.id ?? null,
    rollbackVersionId: rollbackId,
    canary: canary && presentCanary(canary),
    versions: versions.map((found) => presentVersion(found, overview)),
  };
}
