import type { DataSource } from 'typeorm';
import { z } from 'zod';
import { ConflictError, NotFoundError, ValidationError } from '../../core/errors.js';
import type { PromptCanary } from '../../db/entities/prompt-canary.js';
import type { CanaryArm } from '../../db/repositories/canary-repository.js';
import { repositories, type Repositories } from '../../db/repositories/index.js';
import type { KindBook } from '../kind-rules.js';
import { parsePrompt } from '../prompts.js';
import { checked, requireRole, type Caller } from '../sessions.js';
import type { SettingsService } from '../settings.js';
import { checkApproved, switchVersion } from './activation.js';
import { mustFind } from './authoring.js';
import { compareArms, stopReason, type CanaryComparison } from './canary-test.js';
import { checkVariables, profileNamed } from './profiles.js';

/** How often each worker process looks whether a canary does worse, in ms. */
const CHECK_EVERY_MS = 5000;

/** What is asked for with a new canary. */
export const newCanary = z.strictObject({
  versionId: z.number().int().positive(),
  /** Of new missions. */
  percent: z.number().int().min(1).max(50),
  /** Whether it is stopped by itself when it does significantly worse. */
  autoStop: z.boolean().default(true),
  /** No verdict before both arms have so many missions with a result. */
  minMissions: z.number().int().min(5).max(100_000).default(20),
});
export type NewCanary = z.input<typeof newCanary>;

/** A canary with both arms in figures. */
export interface CanaryReport {
  canary: PromptCanary;
  arms: { canary: CanaryArm; baseline: CanaryArm };
  comparisons: CanaryComparison[];
}

/** Canaries: a version gets a share of new missions until somebody, or its figures, decide. */
export class CanaryService {
  private nextCheck = 0;

  constructor(
    private readonly dataSource: DataSource,
    private readonly kinds: KindBook,
    private readonly settings: SettingsService,
  ) {}

  /**
   * Starts a canary of a profile's version.
   * @throws ConflictError `canary_running`, `already_active`, `no_active_version`, or `not_approved`
   * @throws ValidationError `prompt_variables` (422) when missions could not be run with it
   */
  async start(caller: Caller, profileName: string, input: NewCanary): Promise<CanaryReport> {
    requireRole(caller, 'approver');
    const profile = profileNamed(this.kinds, profileName);
    const wish = checked(newCanary, input);
    const { requirePromptApproval } = await this.settings.values();
    const id = await this.dataSource.transaction(async (manager) => {
      const tx = repositories(manager);
      await tx.prompts.lockProfile(profileName);
      const version = await mustFind(tx, wish.versionId);
      if (version.profileName !== profileName)
        throw new ValidationError('The version belongs to another profile.', [
          { field: 'versionId', message: `is a version of "${version.profileName}"` },
        ]);
      const active = (await tx.prompts.findActive([profileName]))[0];
      if (!active)
        throw new ConflictError(
          'no_active_version',
          `"${profileName}" has no active version to compare with.`,
        );
      if (active.id === version.id)
        throw new ConflictError(
          'already_active',
          'All missions get this version already: it is the active one.',
        );
      const running = (await tx.canaries.running([profileName]))[0];
      if (running)
        throw new ConflictError(
          'canary_running',
          `A canary of "${profileName}" runs already. Promote or drop it.`,
          {
            details: { canaryId: running.id, versionId: running.versionId },
          },
        );
      if (requirePromptApproval) checkApproved(version);
      checkVariables(profile, parsePrompt(version.promptContent));
      const canaryId = await tx.canaries.insert({
        profileName,
        ...wish,
        baselineVersionId: active.id,
        startedBy: caller.userId,
      });
      await log(tx, caller, 'canary_started', { id: canaryId, profileName, versionId: wish.versionId }, wish);
      return canaryId;
    });
    return this.get(id);
  }

  /** Makes the canary's version the active one. @throws ConflictError `canary_ended` */
  async promote(caller: Caller, canaryId: number): Promise<CanaryReport> {
    const { requirePromptApproval } = await this.settings.values();
    await this.ending(caller, canaryId, async (tx, canary) => {
      const version = await mustFind(tx, canary.versionId);
      if (requirePromptApproval) checkApproved(version);
      const active = (await tx.prompts.findActive([canary.profileName]))[0] ?? null;
      await tx.audit.append(await switchVersion(tx, caller, active, version, 'promoted'));
    });
    return this.get(canaryId);
  }

  /** Ends the canary; new missions get the active version. @throws ConflictError `canary_ended` */
  async drop(caller: Caller, canaryId: number): Promise<CanaryReport> {
    await this.ending(caller, canaryId, async (tx, canary) => {
      await tx.canaries.end(canary.id, {
        status: 'dropped',
        reason: 'Somebody dropped it.',
        endedBy: caller.userId,
      });
      await log(tx, caller, 'canary_dropped', canary);
    });
    return this.get(canaryId);
  }

  /** @throws NotFoundError when there is no such canary */
  async get(canaryId: number): Promise<CanaryReport> {
    const { canaries } = repositories(this.dataSource.manager);
    const canary = Number.isSafeInteger(canaryId) ? await canaries.find(canaryId) : null;
    if (!canary) throw new NotFoundError('canary', String(canaryId));
    return this.report(canary);
  }

  /** A profile's newest canaries, newest first. @throws NotFoundError when there is no such profile */
  async list(profileName: string, limit = 50): Promise<PromptCanary[]> {
    profileNamed(this.kinds, profileName);
    return repositories(this.dataSource.manager).canaries.list(profileName, limit);
  }

  /**
   * The reconciler's part: stops canaries that do significantly worse, every few seconds.
   * @param now looks at once, however short the last look was ago
   * @returns the canaries that were stopped
   */
  async check(now = false): Promise<number[]> {
    if (!now && performance.now() < this.nextCheck) return [];
    this.nextCheck = performance.now() + CHECK_EVERY_MS;
    const stopped: number[] = [];
    for (const canary of await repositories(this.dataSource.manager).canaries.running()) {
      if (!canary.autoStop) continue;
      const worse = (await this.report(canary)).comparisons.find((one) => one.worse);
      if (!worse) continue;
      const reason = stopReason(worse);
      await this.dataSource.transaction(async (manager) => {
        const tx = repositories(manager);
        await tx.prompts.lockProfile(canary.profileName);
        if (!(await tx.canaries.end(canary.id, { status: 'stopped', reason, endedBy: null }))) return;
        await log(tx, null, 'canary_stopped', canary, { reason });
        stopped.push(canary.id);
      });
    }
    return stopped;
  }

  private async report(canary: PromptCanary): Promise<CanaryReport> {
    const arms = await repositories(this.dataSource.manager).canaries.arms(canary);
    return { canary, arms, comparisons: compareArms(arms, canary.minMissions) };
  }

  private async ending(
    caller: Caller,
    canaryId: number,
    work: (tx: Repositories, canary: PromptCanary) => Promise<void>,
  ): Promise<void> {
    requireRole(caller, 'approver');
    const { canary: seen } = await this.get(canaryId);
    await this.dataSource.transaction(async (manager) => {
      const tx = repositories(manager);
      await tx.prompts.lockProfile(seen.profileName);
      const canary = await tx.canaries.find(canaryId);
      if (canary?.status !== 'running')
        throw new ConflictError(
          'canary_ended',
          `This canary has ended: it was ${canary?.status ?? 'removed'}.`,
          {
            details: { status: canary?.status ?? null, reason: canary?.reason ?? null },
          },
        );
      await work(tx, canary);
    });
  }
}

async function log(
  tx: Repositories,
  caller: Caller | null,
  eventType: 'canary_started' | 'canary_dropped' | 'canary_stopped',
  { id, profileName, versionId }: Pick<PromptCanary, 'id' | 'profileName' | 'versionId'>,
  more: Record<string, unknown> = {},
): Promise<void> {
  await tx.audit.append([
    {
      eventType,
      userId: caller?.userId ?? null,
      userAction: eventType.replace('_', ' '),
      details: { profile: profileName, canaryId: id, versionId, ...more },
      ipAddress: caller?.ip ?? null,
    },
  ]);
}
