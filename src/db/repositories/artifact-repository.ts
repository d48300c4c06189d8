import { In, type EntityManager } from 'typeorm';
import type { ArtifactType } from '../../core/vocabulary.js';
import type { ShownArtifact } from '../entities/approval.js';
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

/** The newest version of `g`, a row of given files. The statement's own new rows are not among them. */
const NEWEST = `SELECT * FROM artifacts o
  WHERE o.session_id = g.session AND o.artifact_type = g.type AND o.file_path = g.path ORDER BY o.version DESC LIMIT 1`;
const SHOWN = `a.id, a.session_id AS "sessionId", a.artifact_type AS "artifactType", a.file_path AS "filePath",
  a.content_hash AS "contentHash", a.version, a.size_bytes AS "sizeBytes", a.created_at AS "createdAt", a.metadata`;

const nameOf = (file: Pick<NewArtifact, 'sessionId' | 'artifactType' | 'filePath'>): string =>
  JSON.stringify([file.sessionId, file.artifactType, file.filePath]);

/** Versioned files and documents of sessions. */
export class ArtifactRepository {
  constructor(private readonly db: EntityManager) {}

  /**
   * Adds versions, counted per (session, type, path). An unchanged newest version is returned as it is:
   * a version is a change. The caller holds the session's row, so counting is safe.
   */
  async insertVersions(artifacts: readonly NewArtifact[]): Promise<{ artifact: Artifact; isNew: boolean }[]> {
    const stored: { artifact: Artifact; isNew: boolean }[] = [];
    // One statement for all, but for a file that comes twice: its second version counts from its first.
    for (let at = 0; at < artifacts.length;) {
      const seen = new Set<string>();
      let end = at;
      for (; end < artifacts.length; end += 1) {
        const name = nameOf(artifacts[end] as NewArtifact);
        if (seen.has(name)) break;
        seen.add(name);
      }
      stored.push(...(await this.insertDistinct(artifacts.slice(at, end))));
      at = end;
    }
    return stored;
  }

  /** Adds versions of different files. */
  private async insertDistinct(
    artifacts: readonly NewArtifact[],
  ): Promise<{ artifact: Artifact; isNew: boolean }[]> {
    const rows: (Artifact & { isNew: boolean })[] = await this.db.query(
      `WITH made AS (
         INSERT INTO artifacts (session_id, artifact_type, file_path, content_hash, size_bytes, metadata, version)
         SELECT g.session, g.type, g.path, g.hash, g.size, g.metadata, coalesce(n.version, 0) + 1
           FROM unnest($1::varchar[], $2::varchar[], $3::text[], $4::varchar[], $5::bigint[], $6::jsonb[])
                WITH ORDINALITY AS g(session, type, path, hash, size, metadata, at)
           LEFT JOIN LATERAL (${NEWEST}) n ON true
          WHERE n.content_hash IS DISTINCT FROM g.hash
          ORDER BY g.at
         RETURNING *)
       SELECT ${SHOWN}, true AS "isNew" FROM made a
        UNION ALL
       SELECT ${SHOWN}, false
         FROM unnest($1::varchar[], $2::varchar[], $3::text[], $4::varchar[]) AS g(session, type, path, hash)
         CROSS JOIN LATERAL (${NEWEST}) a
        WHERE a.content_hash = g.hash`,
      [
        artifacts.map(({ sessionId }) => sessionId),
        artifacts.map(({ artifactType }) => artifactType),
        artifacts.map(({ filePath }) => filePath),
        artifacts.map(({ contentHash }) => contentHash),
        artifacts.map(({ sizeBytes }) => sizeBytes),
        artifacts.map(({ metadata }) => JSON.stringify(metadata ?? {})),
      ],
    );
    const byName = new Map(rows.map((row) => [nameOf(row), row]));
    return artifacts.map((artifact) => {
      const row = byName.get(nameOf(artifact));
      if (!row) throw new TypeError('an artifact was neither made nor found');
      const { isNew, ...columns } = row;
      return { artifact: this.db.create(Artifact, columns), isNew };
    });
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

  /**
   * Gives a fork the versions that its parent had when the fork begins: all up to the newest one named. Numbers and
   * times are kept; the ids are new. Content is shared, as it is addressed by hash.
   * @param named path and hash of what the fork's state refers to
   */
  async copyUpTo(
    fromSessionId: string,
    toSessionId: string,
    named: readonly { path: string; sha256: string }[],
  ): Promise<void> {
    // Ids rise within a session. What is there under several versions counts by its first: it is the same content.
    await this.db.query(
      `INSERT INTO artifacts (session_id, artifact_type, file_path, content_hash, version, size_bytes, created_at, metadata)
       SELECT $2, artifact_type, file_path, content_hash, version, size_bytes, created_at, metadata
         FROM artifacts
        WHERE session_id = $1 AND id <= (
          SELECT max(first) FROM (
            SELECT min(a.id) AS first FROM artifacts a
              JOIN unnest($3::text[], $4::text[]) AS n(path, hash)
                ON a.file_path = n.path AND a.content_hash = n.hash
             WHERE a.session_id = $1 GROUP BY n.path, n.hash) firsts)
        ORDER BY id`,
      [fromSessionId, toSessionId, named.map(({ path }) => path), named.map(({ sha256 }) => sha256)],
    );
  }

  /** These documents as the session's own rows: a fork's state still names those of its parent. */
  async ownRows(sessionId: string, shown: readonly ShownArtifact[]): Promise<ShownArtifact[]> {
    const rows = await this.db.findBy(Artifact, { sessionId, filePath: In(shown.map(({ path }) => path)) });
    return shown.map((one) => {
      const own = rows.find(
        ({ filePath, contentHash, version }) =>
          filePath === one.path && contentHash === one.sha256 && version === one.version,
      );
      return own ? { ...one, id: own.id } : one;
    });
  }

  /** An artifact of a session that is not deleted, with the session's user. */
  async findLive(artifactId: number): Promise<(Artifact & { userId: string }) | null> {
    const artifact = await this.db.findOneBy(Artifact, { id: artifactId });
    if (!artifact) return null;
    const [owner]: { user_id: string }[] = await this.db.query(
      `SELECT user_id FROM sessions WHERE session_id = $1 AND deleted_at IS NULL`,
      [artifact.sessionId],
    );
    return owner ? Object.assign(artifact, { userId: owner.user_id }) : null;
  }

  /** The versions of a session's files that have one of these contents. */
  async withHashes(sessionId: string, hashes: readonly string[]): Promise<Artifact[]> {
    return this.db.find(Artifact, {
      where: { sessionId, contentHash: In([...hashes]) },
      order: { id: 'ASC' },
    });
  }
}
