import type { DataSource } from 'typeorm';
import { sourceOption, type SourceOption, type SourceReader } from '../../adapters/source/port.js';
import type { ArtifactStore } from '../../adapters/storage/port.js';
import { NotFoundError } from '../../core/errors.js';
import { newId } from '../../core/ids.js';
import { repositories } from '../../db/repositories/index.js';
import { checked, personText, requireRole, type Caller } from '../sessions.js';
import { keepTree, parseManifest, writeManifest, type Manifest } from './manifest.js';

/** What came of an upload. */
export interface ImportedSource {
  /** For a mission's option `source: {kind: 'archive', sourceId}`. */
  sourceId: string;
  files: number;
  bytes: number;
  /** What was left out, by reason. */
  skipped: Manifest['skipped'];
}

const name = personText(255);

/** Existing code that missions start from. */
export class SourceService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly reader: SourceReader,
    private readonly store: ArtifactStore,
  ) {}

  /**
   * Takes an uploaded zip, tar, tar.gz or git bundle in, for the caller alone.
   * @param label what to call it; the CLI gives the folder's name
   * @throws ValidationError for `archive` or `name`
   * @throws ForbiddenError below the role "submitter"
   */
  async importArchive(
    caller: Caller,
    bytes: Buffer,
    label = 'upload',
    signal?: AbortSignal,
  ): Promise<ImportedSource> {
    requireRole(caller, 'submitter');
    const from = checked(name, label).trim();
    const tree = await this.reader.archive(bytes, signal);
    const manifest = await keepTree(this.store, tree, { kind: 'archive', from });
    const sourceId = newId();
    const size = manifest.files.reduce((sum, file) => sum + file.bytes, 0);
    await repositories(this.dataSource.manager).sources.insert({
      id: sourceId,
      userId: caller.userId,
      name: from,
      manifestHash: await this.store.put(writeManifest(manifest)),
      fileCount: manifest.files.length,
      sizeBytes: size,
    });
    return { sourceId, files: manifest.files.length, bytes: size, skipped: manifest.skipped };
  }

  /**
   * Whether this caller's mission may start from a source, before it is accepted. Hosts and folders are looked
   * at when the mission runs.
   * @throws NotFoundError for an upload that is not the caller's; ForbiddenError for what is not allowed here
   */
  async admit(caller: Pick<Caller, 'userId'>, source: SourceOption): Promise<void> {
    this.reader.admit(source);
    if (source.kind === 'archive') await this.uploaded(caller.userId, source.sourceId);
  }

  /**
   * Brings a source in, whole, into the artifact store.
   * @returns the hash of its manifest
   * @throws what the readers throw, all typed and naming `source`
   */
  async bringIn(userId: string, option: unknown, signal: AbortSignal): Promise<string> {
    const source = checked(sourceOption, option);
    if (source.kind === 'archive') return (await this.uploaded(userId, source.sourceId)).manifestHash;
    const tree =
      source.kind === 'folder'
        ? await this.reader.folder(source.path, signal)
        : await this.reader.git(source.url, source.ref, signal);
    const from = source.kind === 'folder' ? source.path : source.url;
    return this.store.put(writeManifest(await keepTree(this.store, tree, { kind: source.kind, from })));
  }

  /** @throws NotFoundError when the store has no such manifest */
  async manifest(hash: string): Promise<Manifest> {
    return parseManifest(await this.store.get(hash));
  }

  private async uploaded(userId: string, sourceId: string) {
    const found = await repositories(this.dataSource.manager).sources.findForUser(sourceId, userId);
    if (!found) throw new NotFoundError('uploaded source', sourceId);
    return found;
  }
}
