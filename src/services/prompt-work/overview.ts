import type { DataSource } from 'typeorm';
import { NotFoundError, ValidationError, type FieldProblem } from '../../core/errors.js';
import type { PromptCanary } from '../../db/entities/prompt-canary.js';
import type { PromptVersion } from '../../db/entities/prompt-version.js';
import { repositories } from '../../db/repositories/index.js';
import type { AgentProfile, KindBook } from '../kind-rules.js';
import { parsePrompt } from '../prompts.js';
import { rollbackTarget } from './activation.js';
import { mustFind } from './authoring.js';
import { profileNamed, variableProblems } from './profiles.js';

/** What is shown of a profile. */
type KnownProfile = Pick<AgentProfile, 'name' | 'label' | 'variables'>;

/** A profile with its versions, newest first, and what is to be known beside them. */
export interface PromptOverview {
  kind: string;
  profile: KnownProfile;
  versions: PromptVersion[];
  /** What each version declares, and why missions could not use it, by its id. */
  checked: Map<number, { variables: string[]; problems: FieldProblem[] }>;
  /** Ids of versions that are or were active. */
  everActive: Set<number>;
  /** The canary that runs. */
  canary: PromptCanary | null;
  /** Where a rollback would lead. */
  rollbackId: number | null;
  /** Names of the people that the versions name, by id. */
  names: Map<string, string>;
}

/** Profiles and their versions as people look at them. */
export class PromptOverviews {
  constructor(
    private readonly dataSource: DataSource,
    private readonly kinds: KindBook,
  ) {}

  /** Every profile, in the order of the kinds. */
  async all(): Promise<PromptOverview[]> {
    const found: PromptOverview[] = [];
    for (const { profiles } of this.kinds.all())
      for (const { name } of profiles) found.push(await this.of(name));
    return found;
  }

  /** One profile. @throws NotFoundError when there is none such */
  async of(profileName: string): Promise<PromptOverview> {
    const profile = profileNamed(this.kinds, profileName);
    return this.describe(profile, this.kindOf(profileName));
  }

  /**
   * One version with its profile. Imported versions may be of a profile that no kind has (any more).
   * @throws NotFoundError when there is no such version
   */
  async version(versionId: number): Promise<{ version: PromptVersion; overview: PromptOverview }> {
    const version = await mustFind(repositories(this.dataSource.manager), versionId);
    let profile: KnownProfile;
    try {
      profile = profileNamed(this.kinds, version.profileName);
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw error;
      profile = { name: version.profileName, label: version.profileName };
    }
    return { version, overview: await this.describe(profile, this.kindOf(version.profileName)) };
  }

  private kindOf(profileName: string): string {
    return (
      this.kinds.all().find(({ profiles }) => profiles.some(({ name }) => name === profileName))?.kind ?? ''
    );
  }

  private async describe(profile: KnownProfile, kind: string): Promise<PromptOverview> {
    const { prompts, canaries } = repositories(this.dataSource.manager);
    const versions = await prompts.list(profile.name);
    const activations = await prompts.activations(profile.name);
    return {
      kind,
      profile,
      versions,
      checked: new Map(versions.map((version) => [version.id, examine(profile, version)])),
      everActive: new Set(activations.map(({ versionId }) => versionId)),
      canary: (await canaries.running([profile.name]))[0] ?? null,
      rollbackId: rollbackTarget(activations),
      names: await prompts.names(
        versions.flatMap(({ createdBy, proposedBy, approvedBy }) => [createdBy, proposedBy, approvedBy]),
      ),
    };
  }
}

function examine(
  profile: KnownProfile,
  { promptContent }: PromptVersion,
): { variables: string[]; problems: FieldProblem[] } {
  try {
    const prompt = parsePrompt(promptContent);
    return { variables: prompt.variables, problems: variableProblems(profile, prompt) };
  } catch (error) {
    // An imported text that was written for another program.
    if (!(error instanceof ValidationError)) throw error;
    return { variables: [], problems: error.problems };
  }
}
