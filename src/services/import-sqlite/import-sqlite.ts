import type { EntityManager } from 'typeorm';
import { NotFoundError, ValidationError } from '../../core/errors.js';
import { sha256 } from '../../core/hash.js';
import { ImportRepository } from '../../db/repositories/import-repository.js';
import { promptsImport, settingsImport } from './profiles.js';
import { auditImport, metricsImport } from './records.js';
import { emptyReport, IMPORT_TABLES, type ImportReport, type ImportTable } from './report.js';
import { artifactsImport, executionsImport } from './session-parts.js';
import { sessionsImport } from './sessions.js';
import type { SourceRow } from './source-row.js';
import { SqliteFile } from './sqlite-file.js';
import { importRows, type ImportContext, type TableImport } from './table-import.js';

export interface ImportOptions {
  /** Whose the sessions become. */
  userId: string;
  /** Do everything, report it, and keep nothing. */
  dryRun?: boolean;
}

const CHECKPOINTS_STAY =
  "document 003's checkpoints are one JSON each, LangGraph's are channels and versions: they cannot be continued " +
  'here. The state of a session is in its state_json.';
const OTHER_TABLES: Record<string, string> = {
  schema_version: 'the schema here has a version of its own',
};
const LOG_STAYS =
  'the database was in WAL mode: what stood only in its "-wal" file is not in this one. To have it too, run ' +
  '"PRAGMA wal_checkpoint(TRUNCATE)" on the original and import again; nothing comes in twice.';

/** Thrown to undo a dry run. */
class DryRunDone extends Error {}

/**
 * Brings a development database of document 003 (SQLite) into this one, in one transaction. Rows that do not fit are
 * skipped and reported, the others come in; a second import of the same rows adds nothing. What becomes of each table
 * is told by the functions that import it.
 * @param manager any manager of the data source; inside a transaction, the import becomes a part of it
 * @param file the bytes of the SQLite file
 * @returns every table's counts, and a remark on everything that stayed behind or came in changed
 * @throws ValidationError naming `file` when it is no whole SQLite database with at least one of the tables
 * @throws NotFoundError when there is no such user
 */
export async function importSqlite(
  manager: EntityManager,
  file: Uint8Array,
  { userId, dryRun = false }: ImportOptions,
): Promise<ImportReport> {
  const source = await SqliteFile.open(file);
  const report = emptyReport({
    dryRun,
    importedAt: new Date().toISOString(),
    file: { bytes: file.length, sha256: sha256(file) },
  });
  try {
    await manager.transaction(async (inner) => {
      await importAll(source, new ImportRepository(inner), userId, report);
      if (dryRun) throw new DryRunDone();
    });
  } catch (error) {
    if (!(error instanceof DryRunDone)) throw error;
  } finally {
    source.close();
  }
  return report;
}

async function importAll(
  source: SqliteFile,
  repository: ImportRepository,
  userId: string,
  report: ImportReport,
): Promise<void> {
  const context: ImportContext = { repository, userId, importedAt: report.importedAt };
  const found = findTables(source, report);
  const rowsOf = (table: ImportTable): Iterable<SourceRow> => {
    const name = found.get(table);
    return name === undefined ? [] : source.rows(name);
  };
  await repository.lock();
  if (!(await repository.userExists(userId))) throw new NotFoundError('user', userId);

  const workDirs = new Map<string, string | null>();
  for (const row of rowsOf('sessions')) rememberWorkDir(row, workDirs);
  const checkpoints = found.get('checkpoints');
  const left = checkpoints === undefined ? 0 : source.count(checkpoints);
  if (left > 0) {
    report.tables.checkpoints.skipped = left;
    report.skipped.push({ table: 'checkpoints', key: '*', reason: CHECKPOINTS_STAY });
  }

  // Sessions before what belongs to them; the audit chain last, since its lock keeps every other writer waiting.
  const imports: (() => TableImport | Promise<TableImport>)[] = [
    () => sessionsImport(context, () => (report.projectsCreated += 1)),
    () => artifactsImport(context, (sessionId) => workDirs.get(sessionId) ?? null),
    () => executionsImport(context),
    () => settingsImport(context),
    () => promptsImport(context, () => rowsOf('prompt_versions')),
    () => metricsImport(context),
    () => auditImport(context),
  ];
  for (const make of imports) {
    const tableImport = await make();
    const name = found.get(tableImport.table);
    if (name === undefined) continue;
    for (const column of source.columns(name))
      if (!tableImport.columns.includes(column))
        report.skipped.push({
          table: name,
          key: `column ${column}`,
          reason: 'document 003 has no such column',
        });
    await importRows(source.rows(name), tableImport, repository, report);
  }

  if (Object.values(report.tables).some(({ imported }) => imported > 0))
    await repository.addAuditEntry({
      eventType: 'import_completed',
      userId,
      userAction: 'import-sqlite',
      details: { file: report.file, tables: report.tables, projectsCreated: report.projectsCreated },
    });
}

/** The file's tables by document 003's names; reports the others. */
function findTables(source: SqliteFile, report: ImportReport): Map<ImportTable, string> {
  const found = new Map<ImportTable, string>();
  for (const name of source.tables()) {
    const known = IMPORT_TABLES.find((table) => table === name.toLowerCase());
    if (known) found.set(known, name);
    else
      report.skipped.push({
        table: name,
        key: '*',
        reason: OTHER_TABLES[name.toLowerCase()] ?? 'document 003 has no such table',
      });
  }
  if (found.size === 0) {
    const message = `The file has none of the tables ${IMPORT_TABLES.join(', ')}. Name the development database of document 003.`;
    throw new ValidationError(message, [{ field: 'file', message }]);
  }
  if (source.hadWriteAheadLog) report.skipped.push({ table: '*', key: '-wal', reason: LOG_STAYS });
  return found;
}

/** Work folders stay behind, but tell what an artifact's absolute path is relative to. */
function rememberWorkDir(row: SourceRow, workDirs: Map<string, string | null>): void {
  try {
    workDirs.set(row.requiredText('session_id'), row.text('work_dir'));
  } catch {
    // The row is refused with its reason when its turn comes.
  }
}
