import type { DataSource } from 'typeorm';
import type { ModelCatalog, ModelClient, ModelCredentials, ModelRef } from '../adapters/llm/port.js';
import { ConflictError } from '../core/errors.js';
import type { AgentSettings } from '../db/entities/agent-settings.js';
import { repositories } from '../db/repositories/index.js';
import type { KeyService } from './keys.js';
import { overridesFor, type CallOverrides } from './profile-overrides.js';

/** A model that a profile may call, and how it is reached. */
export interface Candidate {
  ref: ModelRef;
  credentials: ModelCredentials;
  overrides: CallOverrides;
}

/** Which model of a profile is meant: by default its own, then the fallback. */
export type Choice = 'any' | 'fallback';

/** Which models each agent profile may call, from its settings, its stored key and the environment. */
export class ProfileModels {
  constructor(
    private readonly dataSource: DataSource,
    private readonly catalog: ModelCatalog,
    /** ATELIER_MODEL: it overrides every profile's own setting, not its fallback. */
    private readonly override: ModelRef | undefined,
    private readonly keys: Pick<KeyService, 'keyFor'>,
  ) {}

  /**
   * The profile's model: ATELIER_MODEL, else the profile's settings if that provider can be used here (by the
   * profile's key, its own address, or the environment), else the catalog's default (a configured provider, or the
   * rehearsal).
   * @throws ConfigError when the model cannot be set up
   * @throws SecretError when the profile's key cannot be opened
   */
  async refFor(profile: string): Promise<ModelRef> {
    return (await this.own(profile, await this.settingsOf(profile))).ref;
  }

  /**
   * The client for the profile's model, for looking whether it can be set up. Calls made with it are neither metered
   * nor limited: `AgentModels.call` is for those.
   * @throws ConfigError when the model cannot be set up
   * @throws SecretError when the profile's key cannot be opened
   */
  async clientFor(profile: string): Promise<ModelClient> {
    const { ref, credentials } = await this.own(profile, await this.settingsOf(profile));
    return this.catalog.client(ref, credentials);
  }

  /** Whether the profile has a second model to ask. */
  async hasFallback(profile: string): Promise<boolean> {
    return (await this.fallback(profile, await this.settingsOf(profile))) !== undefined;
  }

  /**
   * The models to ask, in order; none when the fallback is wanted and there is none.
   * @throws ConflictError `profile_paused` while an administrator has paused the profile
   */
  async candidates(profile: string, choice: Choice): Promise<Candidate[]> {
    const settings = await this.settingsOf(profile);
    if (settings?.pausedAt)
      throw new ConflictError(
        'profile_paused',
        `An administrator has paused the agent "${profile}". Resume it under Agent settings, then retry the session.`,
        { details: { profile } },
      );
    const fallback = await this.fallback(profile, settings);
    return [
      ...(choice === 'fallback' ? [] : [await this.own(profile, settings)]),
      ...(fallback ? [fallback] : []),
    ];
  }

  private async own(profile: string, own: AgentSettings | null): Promise<Candidate> {
    const stored = own?.envOverrides ?? {};
    if (this.override) return this.candidate(profile, this.override, stored, own);
    if (own?.model) {
      const candidate = await this.candidate(
        profile,
        { provider: own.provider, model: own.model },
        stored,
        own,
      );
      const { apiKey, baseUrl } = candidate.credentials;
      if (apiKey !== undefined || baseUrl !== undefined || this.catalog.available(own.provider))
        return candidate;
    }
    return this.candidate(profile, this.catalog.defaultRef(), stored, own);
  }

  private async fallback(profile: string, own: AgentSettings | null): Promise<Candidate | undefined> {
    if (!own?.fallbackProvider || !own.fallbackModel) return undefined;
    const ref = { provider: own.fallbackProvider, model: own.fallbackModel };
    const candidate = await this.candidate(profile, ref, own.envOverrides, own);
    const { apiKey, baseUrl } = candidate.credentials;
    const reachable = apiKey !== undefined || baseUrl !== undefined || this.catalog.available(ref.provider);
    return reachable ? candidate : undefined;
  }

  private async candidate(
    profile: string,
    ref: ModelRef,
    stored: Readonly<Record<string, unknown>>,
    own: AgentSettings | null,
  ): Promise<Candidate> {
    const overrides = overridesFor(stored, ref.provider);
    // A stored key is for the provider of the profile's own settings and for no other.
    const apiKey = own?.provider === ref.provider ? await this.keys.keyFor(profile, ref.provider) : undefined;
    return { ref, overrides, credentials: { apiKey, baseUrl: overrides.baseUrl } };
  }

  private async settingsOf(profile: string): Promise<AgentSettings | null> {
    return repositories(this.dataSource.manager).settings.agent(profile);
  }
}
