import type { EntityManager } from 'typeorm';
import { PromptVersion } from '../entities/prompt-version.js';

/** Prompt texts: immutable versions per profile, one of them active. */
export class PromptRepository {
  constructor(private readonly db: EntityManager) {}

  async findActive(profileNames: readonly string[]): Promise<PromptVersion[]> {
    return this.db
      .createQueryBuilder(PromptVersion, 'p')
      .where('p.is_active AND p.profile_name = ANY(:profileNames)', { profileNames })
      .getMany();
  }

  async find(id: number): Promise<PromptVersion | null> {
    return this.db.findOneBy(PromptVersion, { id });
  }

  /** Versions of a profile, newest first. */
  async list(profileName: string): Promise<PromptVersion[]> {
    return this.db.find(PromptVersion, { where: { profileName }, order: { versionNumber: 'DESC' } });
  }

  /** Adds the first version of a profile if it has none, as several processes may try at once. */
  async seed(profileName: string, content: string): Promise<void> {
    await this.db.query(
      `INSERT INTO prompt_versions (profile_name, version_number, prompt_content, note, is_active)
       SELECT $1::varchar, 1, $2, 'The version that came with Atelier.', true
        WHERE NOT EXISTS (SELECT 1 FROM prompt_versions WHERE profile_name = $1::varchar)
       ON CONFLICT DO NOTHING`,
      [profileName, content],
    );
  }
}
