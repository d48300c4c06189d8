import type { EntityManager } from 'typeorm';
import type { ActivationReason } from '../../core/vocabulary.js';
import { PromptActivation } from '../entities/prompt-activation.js';
import { PromptVersion } from '../entities/prompt-version.js';
import { SessionPrompt } from '../entities/session-prompt.js';
import { columns, type ColumnValues } from './columns.js';

/** One change of what is active, with the names of those concerned. */
export interface ActivationRecord {
  id: number;
  versionId: number;
  versionNumber: number;
  previousVersionId: number | null;
  previousVersionNumber: number | null;
  reason: ActivationReason;
  userId: string | null;
  userName: string | null;
  createdAt: Date;
}

/** Prompt texts: immutable versions per profile, one of them active, and the history of that. */
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
      `WITH made AS (
         INSERT INTO prompt_versions (profile_name, version_number, prompt_content, note, is_active, status)
         SELECT $1::varchar, 1, $2, 'The version that came with Atelier.', true, 'approved'
          WHERE NOT EXISTS (SELECT 1 FROM prompt_versions WHERE profile_name = $1::varchar)
         ON CONFLICT DO NOTHING
         RETURNING id, profile_name)
       INSERT INTO prompt_activations (profile_name, version_id, reason)
       SELECT profile_name, id, 'seeded' FROM made`,
      [profileName, content],
    );
  }

  /** Makes this transaction the only one that changes what a profile has or uses. Other profiles go on. */
  async lockProfile(profileName: string): Promise<void> {
    await this.db.query(`SELECT pg_advisory_xact_lock(7302413, hashtext($1))`, [profileName]);
  }

  /** Adds a version with the next number. Needs the profile's lock. @returns its id */
  async insertVersion(version: ColumnValues<PromptVersion> & { profileName: string }): Promise<number> {
    const [row]: { next: number }[] = await this.db.query(
      `SELECT coalesce(max(version_number), 0) + 1 AS next FROM prompt_versions WHERE profile_name = $1`,
      [version.profileName],
    );
    const result = await this.db.insert(
      PromptVersion,
      columns<PromptVersion>({ ...version, versionNumber: row?.next ?? 1 }),
    );
    return Number(result.identifiers[0]?.['id']);
  }

  /** Moves a version on: only its status and who did so can change. */
  async update(
    id: number,
    to: Pick<
      ColumnValues<PromptVersion>,
      'status' | 'proposedBy' | 'proposedAt' | 'approvedBy' | 'approvedAt'
    >,
  ): Promise<void> {
    await this.db.update(PromptVersion, { id }, columns<PromptVersion>(to));
  }

  /** Makes a version the active one, and writes that down. Needs the profile's lock. */
  async switchTo(
    version: Pick<PromptVersion, 'id' | 'profileName'>,
    previousVersionId: number | null,
    reason: ActivationReason,
    userId: string,
  ): Promise<void> {
    await this.db.query(
      `UPDATE prompt_versions SET is_active = false WHERE profile_name = $1 AND is_active AND id <> $2`,
      [version.profileName, version.id],
    );
    await this.db.query(`UPDATE prompt_versions SET is_active = true WHERE id = $1`, [version.id]);
    await this.db.insert(
      PromptActivation,
      columns<PromptActivation>({
        profileName: version.profileName,
        versionId: version.id,
        previousVersionId,
        reason,
        userId,
        // Not the transaction's beginning: those that waited for the lock began before the one that had it.
        createdAt: () => 'clock_timestamp()',
      }),
    );
  }

  /** A profile's activations, oldest first. */
  async activations(profileName: string): Promise<ActivationRecord[]> {
    return this.db.query(
      `SELECT a.id, a.version_id AS "versionId", v.version_number AS "versionNumber",
              a.previous_version_id AS "previousVersionId", p.version_number AS "previousVersionNumber",
              a.reason, a.user_id AS "userId", u.name AS "userName", a.created_at AS "createdAt"
         FROM prompt_activations a
         JOIN prompt_versions v ON v.id = a.version_id
         LEFT JOIN prompt_versions p ON p.id = a.previous_version_id
         LEFT JOIN users u ON u.id = a.user_id
        WHERE a.profile_name = $1 ORDER BY a.id`,
      [profileName],
    );
  }

  /** Names of people by id, as far as they are still there. */
  async names(userIds: readonly (string | null)[]): Promise<Map<string, string>> {
    const rows: { id: string; name: string }[] = await this.db.query(
      `SELECT id, name FROM users WHERE id = ANY($1)`,
      [userIds.filter((id) => id !== null)],
    );
    return new Map(rows.map(({ id, name }) => [id, name]));
  }

  /** Writes down which versions a new mission was given. */
  async pin(rows: readonly SessionPrompt[]): Promise<void> {
    if (rows.length > 0)
      await this.db.insert(
        SessionPrompt,
        rows.map((row) => columns<SessionPrompt>(row)),
      );
  }

  /** Which versions a mission was given, by profile. Forks have none. */
  async pinned(sessionId: string): Promise<SessionPrompt[]> {
    return this.db.find(SessionPrompt, { where: { sessionId }, order: { profileName: 'ASC' } });
  }
}
