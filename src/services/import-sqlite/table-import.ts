import type { ImportRepository } from '../../db/repositories/import-repository.js';
import type { ImportRemark, ImportReport, ImportTable } from './report.js';
import { UnfitValueError, type SourceRow } from './source-row.js';

/** What the import of every table works with. */
export interface ImportContext {
  repository: ImportRepository;
  /** Whose the sessions become. */
  userId: string;
  /** ISO 8601, the same for all rows of one import. */
  importedAt: string;
}

/** What is to be done with one row of the file. */
export type RowPlan =
  | { action: 'skip'; reason: string }
  | { action: 'leave' }
  | {
      action: 'write';
      write: (repository: ImportRepository) => Promise<void>;
      /** What is written with another value than the file's: column and reason. */
      changed?: [column: string, reason: string][];
      /** Values that stay behind: column and reason. */
      omitted?: [column: string, reason: string][];
    };

/** How the rows of one table come in. */
export interface TableImport {
  table: ImportTable;
  /** The columns that document 003 gives the table; others are reported. */
  columns: readonly string[];
  /** The column that names a row in the report. */
  key: string;
  /** @throws UnfitValueError when a value does not fit; the row is skipped for that reason */
  plan(row: SourceRow): Promise<RowPlan>;
}

/** Brings in rows one after the other, each in a savepoint, and counts them in the report. */
export async function importRows(
  rows: Iterable<SourceRow>,
  tableImport: TableImport,
  repository: ImportRepository,
  report: ImportReport,
): Promise<void> {
  const { table } = tableImport;
  const counts = report.tables[table];
  let number = 0;
  for (const row of rows) {
    number += 1;
    const key = keyOf(row, tableImport.key) ?? `row ${number}`;
    const plan = await planOf(row, tableImport);
    if (plan.action === 'leave') {
      counts.alreadyThere += 1;
      continue;
    }
    const refusal = plan.action === 'skip' ? plan.reason : await repository.attempt(plan.write);
    if (plan.action === 'skip' || refusal !== null) {
      counts.skipped += 1;
      report.skipped.push({ table, key, reason: refusal ?? '' });
      continue;
    }
    counts.imported += 1;
    const remark = ([column, reason]: [string, string]): ImportRemark => ({
      table,
      key: `${key}.${column}`,
      reason,
    });
    report.changed.push(...(plan.changed ?? []).map(remark));
    report.skipped.push(...(plan.omitted ?? []).map(remark));
  }
}

function keyOf(row: SourceRow, column: string): string | null {
  try {
    return row.text(column, 255);
  } catch {
    return null;
  }
}

async function planOf(row: SourceRow, tableImport: TableImport): Promise<RowPlan> {
  try {
    return await tableImport.plan(row);
  } catch (error) {
    if (error instanceof UnfitValueError) return { action: 'skip', reason: error.message };
    throw error;
  }
}

/** JSON with sorted keys: the same text for the same content. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
