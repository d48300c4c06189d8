import type { DataSource } from 'typeorm';
import { z } from 'zod';
import { ConflictError, ForbiddenError, NotFoundError, ValidationError } from '../../core/errors.js';
import type { AgentSettings } from '../../db/entities/agent-settings.js';
import type { PromptModelSettings, PromptVersion } from '../../db/entities/prompt-version.js';
import { repositories, type Repositories } from '../../db/repositories/index.js';
import type { KindBook } from '../kind-rules.js';
import { overridesFor } from '../profile-overrides.js';
import { parsePrompt } from '../prompts.js';
import { checked, personText, requireRole, type Caller } from '../sessions.js';
import type { SettingsService } from '../settings.js';
import { profileNamed } from './profiles.js';

/** Longest prompt in characters. */
export const MAX_PROMPT = 200_000;

/** What an author gives for a new version. */
export const newDraft = z.strictObject({
  profile: z.string().max(50),
  /** Front matter, then Markdown, as `GET /prompts/:id` shows it. */
  content: personText(MAX_PROMPT),
  note: personText(2000).optional(),
  /** The version it was made from; the active one unless told. */
  basedOnId: z.number().int().positive().optional(),
});
export type NewDraft = z.input<typeof newDraft>;

/** Versions as they are written and agreed on. None of them is in use by that. */
export class PromptAuthoring {
  constructor(
    private readonly dataSource: DataSource,
    private readonly kinds: KindBook,
    private readonly settings: SettingsService,
  ) {}

  /**
   * Adds a version. It never changes from then on; a correction is another version.
   * @throws ValidationError for a text that is no prompt, or is for another profile than it says
   * @throws NotFoundError when there is no such profile, or no such version to be based on
   */
  async draft(caller: Caller, input: NewDraft): Promise<PromptVersion> {
    requireRole(caller, 'approver');
    const wish = checked(newDraft, input);
    profileNamed(this.kinds, wish.profile);
    const text = parsePrompt(wish.content);
    if (text.profile !== wish.profile)
      throw new ValidationError('The prompt is for another profile.', [
        {
          field: 'content',
          message: `says "profile: ${text.profile}", and must say "profile: ${wish.profile}"`,
        },
      ]);
    return this.dataSource.transaction(async (manager) => {
      const tx = repositories(manager);
      await tx.prompts.lockProfile(wish.profile);
      const base =
        wish.basedOnId === undefined
          ? (await tx.prompts.findActive([wish.profile]))[0]
          : await tx.prompts.find(wish.basedOnId);
      if (wish.basedOnId !== undefined && base?.profileName !== wish.profile)
        throw new NotFoundError(`prompt version of "${wish.profile}"`, String(wish.basedOnId));
      const agent = await tx.settings.agent(wish.profile);
      const id = await tx.prompts.insertVersion({
        profileName: wish.profile,
        promptContent: wish.content,
        note: wish.note?.trim() ?? null,
        createdBy: caller.userId,
        basedOnId: base?.id ?? null,
        modelSettings: agent ? modelSettingsOf(agent) : {},
      });
      const made = await mustFind(tx, id);
      await log(tx, caller, 'prompt_drafted', 'draft', made, { basedOnId: made.basedOnId });
      return made;
    });
  }

  /**
   * Asks for approval of a draft.
   * @throws ConflictError `already_approved`
   */
  async propose(caller: Caller, versionId: number): Promise<PromptVersion> {
    return this.move(caller, versionId, async (tx, version) => {
      if (version.status === 'approved') throw alreadyApproved(version);
      if (version.status === 'proposed') return;
      await tx.prompts.update(version.id, {
        status: 'proposed',
        proposedBy: caller.userId,
        proposedAt: () => 'clock_timestamp()',
      });
      await log(tx, caller, 'prompt_proposed', 'propose', version);
    });
  }

  /**
   * Approves a version. It need not have been proposed.
   * @throws ForbiddenError to its author, where the setting `requirePromptApproval` asks for another person
   * @throws ConflictError `already_approved`
   */
  async approve(caller: Caller, versionId: number): Promise<PromptVersion> {
    const { requirePromptApproval } = await this.settings.values();
    return this.move(caller, versionId, async (tx, version) => {
      if (requirePromptApproval && version.createdBy === caller.userId)
        throw new ForbiddenError('You wrote this version: another approver has to approve it.', {
          details: { author: version.createdBy, setting: 'requirePromptApproval' },
        });
      // An approval of the author's own, given when that was enough, does not keep another person from approving.
      const adds = version.approvedBy === version.createdBy && version.approvedBy !== caller.userId;
      if (version.status === 'approved' && !adds) throw alreadyApproved(version);
      await tx.prompts.update(version.id, {
        status: 'approved',
        approvedBy: caller.userId,
        approvedAt: () => 'clock_timestamp()',
      });
      await log(tx, caller, 'prompt_approved', 'approve', version);
    });
  }

  private async move(
    caller: Caller,
    versionId: number,
    work: (tx: Repositories, version: PromptVersion) => Promise<void>,
  ): Promise<PromptVersion> {
    requireRole(caller, 'approver');
    return this.dataSource.transaction(async (manager) => {
      const tx = repositories(manager);
      const { profileName } = await mustFind(tx, versionId);
      await tx.prompts.lockProfile(profileName);
      await work(tx, await mustFind(tx, versionId));
      return mustFind(tx, versionId);
    });
  }
}

/** A version. @throws NotFoundError when there is none such, also for NaN */
export async function mustFind({ prompts }: Repositories, id: number): Promise<PromptVersion> {
  const version = Number.isSafeInteger(id) ? await prompts.find(id) : null;
  if (!version) throw new NotFoundError('prompt version', String(id));
  return version;
}

function alreadyApproved(version: PromptVersion): ConflictError {
  return new ConflictError(
    'already_approved',
    `Version ${version.versionNumber} has been approved already.`,
    {
      details: { approvedBy: version.approvedBy, approvedAt: version.approvedAt?.toISOString() ?? null },
    },
  );
}

/** Of a profile's settings, what bears on how a prompt does. No addresses and no keys. */
export function modelSettingsOf(agent: AgentSettings): PromptModelSettings {
  const { maxOutputTokens = null, timeoutMs = null } = overridesFor(agent.envOverrides, agent.provider);
  const { provider, model, fallbackProvider, fallbackModel } = agent;
  return { provider, model, fallbackProvider, fallbackModel, maxOutputTokens, timeoutMs };
}

async function log(
  tx: Repositories,
  caller: Caller,
  eventType: 'prompt_drafted' | 'prompt_proposed' | 'prompt_approved',
  userAction: string,
  version: PromptVersion,
  more: Record<string, unknown> = {},
): Promise<void> {
  const { id, profileName, versionNumber } = version;
  await tx.audit.append([
    {
      eventType,
      userId: caller.userId,
      userAction: `${userAction} prompt ${profileName} ${versionNumber}`,
      details: { profile: profileName, versionId: id, version: versionNumber, ...more },
      ipAddress: caller.ip ?? null,
    },
  ]);
}
