import type { DataSource } from 'typeorm';
import { z } from 'zod';
import type { ModelRef } from '../adapters/llm/port.js';
import { PROVIDERS, findProvider } from '../adapters/llm/providers.js';
import type { Config } from '../core/config.js';
import { AppError, NotFoundError, ValidationError } from '../core/errors.js';
import { USAGE_UNITS } from '../core/vocabulary.js';
import type { AgentSettings } from '../db/entities/agent-settings.js';
import type { UsageDay } from '../db/entities/usage-day.js';
import { repositories } from '../db/repositories/index.js';
import type { ProfileModels } from './profile-models.js';
import { envOverrides, overridesFor } from './profile-overrides.js';
import { checked, requireRole, type Caller } from './sessions.js';

const provider = z.enum(PROVIDERS.map(({ id }) => id));
const model = z.string().trim().min(1, 'is empty').max(100);

/** What an administrator may set for a profile. Fields left out stay as they are. */
export const profileUpdate = z.strictObject({
  provider: provider.optional(),
  model: model.nullable().optional(),
  /** In `usageUnit`s per day of UTC; 0 is no limit. */
  dailyLimit: z.number().int().min(0).max(2_000_000_000).optional(),
  usageUnit: z.enum(USAGE_UNITS).optional(),
  /** Whether the limit stops calls before they are made, or only warns. */
  hardLimit: z.boolean().optional(),
  envOverrides: envOverrides.optional(),
  /** A paused profile makes no calls: sessions that need it stop and wait to be retried. */
  paused: z.boolean().optional(),
  /** Who is asked when the profile's own model stays away or unusable; null for nobody. */
  fallback: z.strictObject({ provider, model }).nullable().optional(),
});
export type ProfileUpdate = z.input<typeof profileUpdate>;

/** Whose key a profile calls its provider with: its own, the environment's, or none. */
export const KEY_SOURCES = ['own', 'env', 'none'] as const;

/** A profile with what it used today, exactly. */
export interface ProfileUsage {
  settings: AgentSettings;
  keySource: (typeof KEY_SOURCES)[number];
  /** The model that its next call goes to; null when none can be set up, which `problem` explains. */
  inUse: ModelRef | null;
  problem: string | null;
  today: Pick<
    UsageDay,
    | 'usedRuns'
    | 'usedTokens'
    | 'usedUsd'
    | 'reservedRuns'
    | 'reservedTokens'
    | 'reservedUsd'
    | 'unpricedCalls'
    | 'warnedAt'
  >;
}

const UNUSED: ProfileUsage['today'] = {
  usedRuns: 0,
  usedTokens: 0,
  usedUsd: 0,
  reservedRuns: 0,
  reservedTokens: 0,
  reservedUsd: 0,
  unpricedCalls: 0,
  warnedAt: null,
};

/** Agent profiles: which model each calls, and what it may use per day. */
export class ProfileService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly models: Pick<ProfileModels, 'refFor'>,
    private readonly config: Config,
  ) {}

  /** Every profile with its usage of today. Stored keys are not in it. */
  async list(): Promise<ProfileUsage[]> {
    const { settings, usage } = repositories(this.dataSource.manager);
    const [agents, days] = [await settings.agents(), await usage.today()];
    const all: ProfileUsage[] = [];
    for (const agent of agents)
      all.push(
        await this.describe(
          agent,
          days.find(({ profileName }) => profileName === agent.profileName),
        ),
      );
    return all;
  }

  /** One profile with its usage of today. @throws NotFoundError when there is no such profile */
  async get(profile: string): Promise<ProfileUsage> {
    const { settings, usage } = repositories(this.dataSource.manager);
    const agent = await settings.agent(profile);
    if (!agent) throw new NotFoundError('profile', profile);
    return this.describe(
      agent,
      (await usage.today()).find(({ profileName }) => profileName === profile),
    );
  }

  private async describe(agent: AgentSettings, today: UsageDay | undefined): Promise<ProfileUsage> {
    const stored = await repositories(this.dataSource.manager).secrets.profileKey(agent.profileName);
    // As for calls: an address of the profile's own never gets the environment's key.
    const { baseUrl } = overridesFor(agent.envOverrides, agent.provider);
    const inEnv = baseUrl === undefined && findProvider(agent.provider)?.apiKey(this.config) !== undefined;
    return {
      settings: agent,
      keySource: stored ? 'own' : inEnv ? 'env' : 'none',
      ...(await this.modelInUse(agent.profileName)),
      today: today ?? UNUSED,
    };
  }

  private async modelInUse(profile: string): Promise<Pick<ProfileUsage, 'inUse' | 'problem'>> {
    try {
      return { inUse: await this.models.refFor(profile), problem: null };
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      return { inUse: null, problem: error.message };
    }
  }

  /**
   * Changes a profile. Another provider takes the stored key with it, which was bound to the former.
   * @throws ValidationError that names each field
   * @throws NotFoundError when there is no such profile
   */
  async update(caller: Caller, profile: string, input: ProfileUpdate): Promise<AgentSettings> {
    requireRole(caller, 'admin');
    const { fallback, paused, ...wish } = checked(profileUpdate, input);
    if (Object.keys(wish).length === 0 && fallback === undefined && paused === undefined)
      throw new ValidationError('Nothing to change.', [
        { field: '', message: `give at least one of: ${Object.keys(profileUpdate.shape).join(', ')}` },
      ]);
    return this.dataSource.transaction(async (manager) => {
      const { settings, audit } = repositories(manager);
      const before = await settings.lockAgent(profile);
      if (!before) throw new NotFoundError('profile', profile);
      const moved = wish.provider !== undefined && wish.provider !== before.provider;
      await settings.updateAgent(profile, {
        ...wish,
        ...(fallback !== undefined && {
          fallbackProvider: fallback?.provider ?? null,
          fallbackModel: fallback?.model ?? null,
        }),
        ...(paused !== undefined && { pausedAt: paused ? (before.pausedAt ?? new Date()) : null }),
        ...(moved && { apiKeyEncrypted: null, apiKeyLastFour: null }),
      });
      await audit.append([
        {
          eventType: 'settings_changed',
          userId: caller.userId,
          userAction: `set profile ${profile}`,
          details: {
            profile,
            ...wish,
            ...(paused !== undefined && { paused }),
            ...(fallback !== undefined && { fallback }),
            keyCleared: moved,
          },
          ipAddress: caller.ip ?? null,
        },
      ]);
      const after = await settings.agent(profile);
      if (!after) throw new NotFoundError('profile', profile);
      return after;
    });
  }
}
