import { ZipFile } from 'yazl';
import { z } from 'zod';
import { BareRepository } from '../../adapters/source/repository.js';
import type { ArtifactStore } from '../../adapters/storage/port.js';
import { fittingFiles } from '../../core/path-set.js';
import { ConflictError } from '../../core/errors.js';
import type { Session } from '../../db/entities/session.js';
import type { ArtifactService, ExportEntry } from '../artifacts.js';
import { checked, type Caller, type SessionService } from '../sessions.js';
import { branchName, writeBranch, type History, type WrittenBranch } from './branch.js';

/** The forms a result can be taken away in. */
export const EXPORT_FORMATS = ['zip', 'git', 'patch'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** A result as one file. */
export interface Exported {
  fileName: string;
  mediaType: string;
  content: Buffer;
}

/** A file of the project to be delivered, not read yet. */
export interface ProjectEntry extends ExportEntry {
  executable?: boolean;
}

const format = z.strictObject({ format: z.enum(EXPORT_FORMATS) });
/** What people read, and not part of the code. */
const DOCUMENTS: readonly string[] = [
  'prd',
  'tech_spec',
  'scaffold',
  'bug_report',
  'test_report',
  'stuck_report',
  'delivery',
];

/** What missions made, as an archive, a patch or a git branch. All of it comes from the database and the store. */
export class ProjectExports {
  /** @param historyOf reads a session's attempts */
  constructor(
    private readonly artifacts: ArtifactService,
    private readonly sessions: SessionService,
    private readonly store: ArtifactStore,
    private readonly historyOf: (session: Session) => Promise<History>,
  ) {}

  /**
   * The result as one file: `zip` is the whole project; `git` a bundle with the mission's branch, to be fetched
   * into a clone of what it started from; `patch` the difference to that, for `git apply`.
   * @throws ValidationError for another format
   * @throws NotFoundError when the caller has no such session
   * @throws ConflictError `no_code_yet` when no attempt has been judged, for `git` and `patch`
   * @throws UnavailableError when this machine has no git, for `git` and `patch`
   */
  async exportAs(caller: Caller, sessionId: string, wanted: string): Promise<Exported> {
    const { format: as } = checked(format, { format: wanted });
    const session = await this.sessions.get(caller, sessionId);
    const history = await this.historyOf(session);
    const stem = branchName(history).replace('atelier/', 'atelier-');
    if (as === 'zip') {
      const entries = await this.entriesOf(caller, session, history);
      return {
        fileName: `${stem}.zip`,
        mediaType: 'application/zip',
        content: await zipOf(entries, session.createdAt),
      };
    }
    return BareRepository.temporary(async (repository) => {
      const written = await writeBranch(repository, history, this.store);
      if (!written)
        throw new ConflictError(
          'no_code_yet',
          'No attempt of this session has been through QA yet, so there is no code to export. Wait for the first.',
          { details: { status: session.status } },
        );
      if (as === 'patch')
        return {
          fileName: `${stem}.patch`,
          mediaType: 'text/x-diff',
          content: await repository.patch(written.base, written.delivered),
        };
      return {
        fileName: `${stem}.bundle`,
        mediaType: 'application/x-git-bundle',
        content: await bundleOf(repository, written, history),
      };
    });
  }

  /**
   * The files of the result, sorted by path: the project with the best attempt, and the documents, which stand below
   * `.atelier/` on existing code. A new project that QA has not judged yet is given as the artifacts have it.
   * @throws NotFoundError when the caller has no such session
   */
  async entries(caller: Caller, sessionId: string): Promise<ProjectEntry[]> {
    const session = await this.sessions.get(caller, sessionId);
    return this.entriesOf(caller, session, await this.historyOf(session));
  }

  private async entriesOf(caller: Caller, session: Session, history: History): Promise<ProjectEntry[]> {
    if (!history.base && history.attempts.length === 0)
      return this.artifacts.exportEntries(caller, session.sessionId);
    const entries = new Map<string, ProjectEntry>();
    const put = (path: string, hash: string, executable: boolean): void => {
      entries.set(path, { path, executable, read: () => this.store.get(hash) });
    };
    const programs = new Set(
      history.base?.files.filter(({ executable }) => executable).map(({ path }) => path),
    );
    for (const { path, sha256 } of history.base?.files ?? []) put(path, sha256, programs.has(path));
    const best =
      history.attempts.findLast(({ iteration }) => iteration === history.best) ?? history.attempts.at(-1);
    for (const path of best?.deleted ?? []) entries.delete(path);
    for (const { path, sha256 } of best?.files ?? []) put(path, sha256, programs.has(path));
    for (const row of await this.artifacts.list(caller, session.sessionId, { newestOnly: true }))
      if (row.contentHash && DOCUMENTS.includes(row.artifactType))
        put(history.base ? `.atelier/${row.filePath}` : row.filePath, row.contentHash, false);
    // A zip with a file in another's place could not be unpacked. The documents are the last that were put there.
    return fittingFiles([...entries.values()].toReversed()).fit.toSorted((a, b) =>
      a.path < b.path ? -1 : 1,
    );
  }
}

async function bundleOf(
  repository: BareRepository,
  written: WrittenBranch,
  history: History,
): Promise<Buffer> {
  const branches = [written.name, ...(written.bestName ? [written.bestName] : [])];
  await repository.setHead(written.bestName ?? written.name);
  // Whoever brought a git commit along has it; any other base has to be in the bundle.
  return repository.bundle(branches, history.base?.git?.commit);
}

/** The same entries and time give the same bytes. */
async function zipOf(entries: readonly ProjectEntry[], mtime: Date): Promise<Buffer> {
  const zip = new ZipFile();
  for (const { path, read, executable } of entries)
    zip.addBuffer(await read(), path, { mtime, mode: executable ? 0o100755 : 0o100644 });
  zip.end();
  const chunks: Buffer[] = [];
  for await (const chunk of zip.outputStream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
