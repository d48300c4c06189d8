import type { EntityManager } from 'typeorm';
import type { ArtifactType } from '../../core/vocabulary.js';
import { Artifact } from '../entities/artifact.js';

/** A new version of a file or document; its content is already in the artifact store. */
export interface NewArtifact {
  sessionId: string;
  artifactType: ArtifactType;
  filePath: string;
  contentHash: string;
  sizeBytes: number;
  metadata?: Record<string, unknown>;
}

/** Versioned files and documents of sessions. */
export class ArtifactRepository {
  constructor(private readonly db: EntityManager) {}

  /**
   * Adds versions, counted per (session, type, path). An unchanged newest version is returned as it is:
   * a version is a change. The caller holds the session's row, so counting is safe.
   */
  async insertVersions(artifacts: readonly NewArtifact[]): Promise<{ artifact: Artifact; isNew: boolean }[]> {
    const stored: { artifact: Artifact; isNew: boolean }[] = [];
    for (const artifact of artifacts) {
      const newest = await this.db.findOne(Artifact, {
        where: {
          sessionId: artifact.sessionId,
          artifactType: artifact.artifactType,
          filePath: artifact.filePath,
        },
        order: { version: 'DESC' },
      });
      if (newest?.contentHash === artifact.contentHash) {
        stored.push({ artifact: newest, isNew: false });
        continue;
      }
      const row = this.db.create(Artifact, {
        ...artifact,
        metadata: artifact.metadata ?? {},
        version: (newest?.version ?? 0) + 1,
      } as Partial<Artifact>);
      stored.push({ artifact: await this.db.save(row), isNew: true });
    }
    return stored;
  }

  /**
   * A session's artifacts, oldest first; `newestOnly` keeps the last version of each path, `afterId` and `limit`
   * make it a page.
   */
  async list(
    sessionId: string,
    options: { newestOnly?: boolean; afterId?: number; limit?: number } = {},
  ): Promise<Artifact[]> {
    const query = this.db
      .createQueryBuilder(Artifact, 'a')
      .where('a.session_id = :sessionId', { sessionId })
      .orderBy('a.id');
    if (options.newestOnly)
      query.andWhere(`NOT EXISTS (SELECT 1 FROM artifacts n WHERE n.session_id = a.session_id
        AND n.artifact_type = a.artifact_type AND n.file_path = a.file_path AND n.version > a.version)`);
    if (options.afterId !== undefined) query.andWhere('a.id > :afterId', { afterId: options.afterId });
    if (options.limit !== undefined) query.take(options.limit);
    return query.getMany();
  }

  /** An artifact of a session of this user's. */
  async findForUser(artifactId: number, userId: string): Promise<Artifact | null> {
    return this.db
      .createQueryBuilder(Artifact, 'a')
      .innerJoin('sessions', 's', 's.session_id = a.session_id AND s.deleted_at IS NULL')
      .where('a.id = :artifactId AND s.user_id = :userId', { artifactId, userId })
      .getOne();
  }
}
