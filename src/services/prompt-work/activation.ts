import type { DataSource } from 'typeorm';
import { ConflictError } from '../../core/errors.js';
import type { ActivationReason } from '../../core/vocabulary.js';
import type { PromptVersion } from '../../db/entities/prompt-version.js';
import type { AuditEntry } from '../../db/repositories/audit-repository.js';
import { repositories, type Repositories } from '../../db/repositories/index.js';
import type { ActivationRecord } from '../../db/repositories/prompt-repository.js';
import type { KindBook } from '../kind-rules.js';
import { parsePrompt } from '../prompts.js';
import { requireRole, type Caller } from '../sessions.js';
import type { SettingsService } from '../settings.js';
import { mustFind } from './authoring.js';
import { checkVariables, profileNamed } from './profiles.js';

/**
 * Which version new missions use. Nothing of it is cached anywhere: a mission reads what is active when it is accepted
 * and keeps that, so a change holds for the next mission in every process, and for none that has begun.
 */
export class PromptSwitch {
  constructor(
    private readonly dataSource: DataSource,
    private readonly kinds: KindBook,
    private readonly settings: SettingsService,
  ) {}

  /**
   * Makes a version the active one, in one transaction. A canary that runs for the profile ends.
   * @param expectedActiveId what the caller believes to be active now; null for nothing
   * @throws ConflictError `stale_expectation` with what is active instead, and by whom
   * @throws ConflictError `already_active`, or `not_approved` where the setting `requirePromptApproval` asks for it
   * @throws ValidationError `prompt_variables` (422) when missions could not be run with it
   */
  async activate(caller: Caller, versionId: number, expectedActiveId: number | null): Promise<PromptVersion> {
    requireRole(caller, 'approver');
    const { requirePromptApproval } = await this.settings.values();
    return this.dataSource.transaction(async (manager) => {
      const tx = repositories(manager);
      const { profileName } = await mustFind(tx, versionId);
      await tx.prompts.lockProfile(profileName);
      const version = await mustFind(tx, versionId);
      const active = await expectActive(tx, profileName, expectedActiveId);
      if (requirePromptApproval) checkApproved(version);
      this.checkUsable(version);
      await tx.audit.append(await switchVersion(tx, caller, active, version, 'activated'));
      return mustFind(tx, versionId);
    });
  }

  /**
   * Goes back to the version that was active before the present one; again, to the one before that.
   * @throws ConflictError `stale_expectation`, as for `activate`
   * @throws ConflictError `nothing_to_roll_back` when there was none before
   */
  async rollback(
    caller: Caller,
    profileName: string,
    expectedActiveId: number | null,
  ): Promise<PromptVersion> {
    requireRole(caller, 'approver');
    profileNamed(this.kinds, profileName);
    return this.dataSource.transaction(async (manager) => {
      const tx = repositories(manager);
      await tx.prompts.lockProfile(profileName);
      const active = await expectActive(tx, profileName, expectedActiveId);
      const target = rollbackTarget(await tx.prompts.activations(profileName));
      if (target === null)
        throw new ConflictError(
          'nothing_to_roll_back',
          `"${profileName}" had no other active version before.`,
          {
            details: { profile: profileName, activeVersionId: active?.id ?? null },
          },
        );
      const version = await mustFind(tx, target);
      this.checkUsable(version);
      await tx.audit.append(await switchVersion(tx, caller, active, version, 'rolled_back'));
      return mustFind(tx, target);
    });
  }

  /** A profile's activations, newest first. @throws NotFoundError when there is no such profile */
  async history(profileName: string): Promise<ActivationRecord[]> {
    profileNamed(this.kinds, profileName);
    const all = await repositories(this.dataSource.manager).prompts.activations(profileName);
    return all.toReversed();
  }

  private checkUsable(version: PromptVersion): void {
    checkVariables(profileNamed(this.kinds, version.profileName), parsePrompt(version.promptContent));
  }
}

/**
 * The version that a rollback leads to, out of the history, oldest first: activations put a version on the pile,
 * rollbacks take one off, so that two rollbacks go back two versions and do not end where they began.
 */
export function rollbackTarget(
  history: readonly Pick<ActivationRecord, 'reason' | 'versionId'>[],
): number | null {
  const pile: number[] = [];
  for (const { reason, versionId } of history) {
    if (reason === 'rolled_back') pile.pop();
    else pile.push(versionId);
  }
  return pile.at(-2) ?? null;
}

/**
 * What is active now, where that is what the caller expects. Needs the profile's lock.
 * @throws ConflictError `stale_expectation`
 */
export async function expectActive(
  tx: Repositories,
  profileName: string,
  expectedId: number | null,
): Promise<PromptVersion | null> {
  const active = (await tx.prompts.findActive([profileName]))[0] ?? null;
  if ((active?.id ?? null) === expectedId) return active;
  const last = (await tx.prompts.activations(profileName)).at(-1);
  const by = last?.userName ?? 'Atelier';
  throw new ConflictError(
    'stale_expectation',
    active
      ? `Version ${active.versionNumber} of "${profileName}" is active now, made so by ${by}. Look at it, then decide again.`
      : `No version of "${profileName}" is active now.`,
    {
      details: {
        profile: profileName,
        expectedActiveVersionId: expectedId,
        activeVersionId: active?.id ?? null,
        activeVersion: active?.versionNumber ?? null,
        activatedBy: last?.userId ?? null,
        activatedByName: last?.userName ?? null,
        activatedAt: last?.createdAt.toISOString() ?? null,
      },
    },
  );
}

/** Refuses a version that nobody but its author stands for. @throws ConflictError `not_approved` */
export function checkApproved(version: PromptVersion): void {
  const byAnother = version.createdBy === null || version.approvedBy !== version.createdBy;
  if (version.status === 'approved' && byAnother) return;
  throw new ConflictError(
    'not_approved',
    `Version ${version.versionNumber} has not been approved by another person than its author, which the setting "requirePromptApproval" asks for.`,
    { details: { status: version.status, author: version.createdBy, approvedBy: version.approvedBy } },
  );
}

/**
 * Switches, and ends the canary that runs: as promoted when its version is the one, else as stopped, since what it was
 * compared with is gone. Needs the profile's lock.
 * @returns the audit entries, to be written last
 * @throws ConflictError `already_active`
 */
export async function switchVersion(
  tx: Repositories,
  caller: Caller,
  active: PromptVersion | null,
  version: PromptVersion,
  reason: Exclude<ActivationReason, 'seeded'>,
): Promise<AuditEntry[]> {
  const { id, profileName, versionNumber } = version;
  if (active?.id === id)
    throw new ConflictError(
      'already_active',
      `Version ${versionNumber} of "${profileName}" is active already.`,
      {
        details: { activeVersionId: id },
      },
    );
  const said = { userId: caller.userId, ipAddress: caller.ip ?? null };
  const entries: AuditEntry[] = [];
  for (const canary of await tx.canaries.running([profileName])) {
    const promoted = canary.versionId === id;
    const why = promoted
      ? 'Its version was made the active one.'
      : `Version ${versionNumber} was made the active one.`;
    await tx.canaries.end(canary.id, {
      status: promoted ? 'promoted' : 'stopped',
      reason: why,
      endedBy: caller.userId,
    });
    entries.push({
      ...said,
      eventType: promoted ? 'canary_promoted' : 'canary_stopped',
      userAction: `end canary ${profileName}`,
      details: { profile: profileName, canaryId: canary.id, versionId: canary.versionId, reason: why },
    });
  }
  await tx.prompts.switchTo(version, active?.id ?? null, reason, caller.userId);
  entries.push({
    ...said,
    eventType: reason === 'rolled_back' ? 'prompt_rolled_back' : 'prompt_activated',
    userAction: `${reason === 'rolled_back' ? 'roll back' : 'activate'} prompt ${profileName} ${versionNumber}`,
    details: {
      profile: profileName,
      versionId: id,
      version: versionNumber,
      previousVersionId: active?.id ?? null,
      previousVersion: active?.versionNumber ?? null,
      reason,
    },
  });
  return entries;
}
