import type { DataSource } from 'typeorm';
import type { ArtifactStore } from '../adapters/storage/port.js';
import { NotFoundError } from '../core/errors.js';
import type { Artifact } from '../db/entities/artifact.js';
import { repositories } from '../db/repositories/index.js';
import type { Caller, SessionService } from './sessions.js';
import { mayWith } from './visibility.js';

/** One file of an export, not read yet. */
export interface ExportEntry {
  path: string;
  read: () => Promise<Buffer>;
}

/** The versioned files and documents of sessions, for those who may read them. */
export class ArtifactService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly sessions: SessionService,
    private readonly store: ArtifactStore,
  ) {}

  /** A session's artifacts, oldest first. @throws NotFoundError when the caller has no such session */
  async list(
    caller: Caller,
    sessionId: string,
    options: { newestOnly?: boolean; afterId?: number; limit?: number } = {},
  ): Promise<Artifact[]> {
    await this.sessions.get(caller, sessionId);
    return repositories(this.dataSource.manager).artifacts.list(sessionId, options);
  }

  /** An artifact and its bytes, checked against its hash. @throws NotFoundError when the caller has none such */
  async content(caller: Caller, artifactId: number): Promise<{ artifact: Artifact; content: Buffer }> {
    const artifact = Number.isSafeInteger(artifactId)
      ? await repositories(this.dataSource.manager).artifacts.findLive(artifactId)
      : null;
    if (!artifact?.contentHash || !mayWith(caller, artifact.userId, 'read'))
      throw new NotFoundError('artifact', String(artifactId));
    return { artifact, content: await this.store.get(artifact.contentHash) };
  }

  /**
   * The newest version of every file of a session, sorted by path: documents below `docs/`, the project's
   * files where they stand in it. Contents are read one by one, when asked for.
   */
  async exportEntries(caller: Caller, sessionId: string): Promise<ExportEntry[]> {
    const newest = await this.list(caller, sessionId, { newestOnly: true });
    const byPath = new Map(newest.map((artifact) => [artifact.filePath, artifact.contentHash]));
    return [...byPath]
      .flatMap(([path, hash]) => (hash === null ? [] : [{ path, read: () => this.store.get(hash) }]))
      .toSorted((a, b) => (a.path < b.path ? -1 : 1));
  }
}
