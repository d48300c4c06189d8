/** The tables of document 003's development database, in the order in which they are imported. */
export const IMPORT_TABLES = [
  'sessions',
  'checkpoints',
  'artifacts',
  'agent_executions',
  'agent_settings',
  'prompt_versions',
  'metrics',
  'audit_log',
] as const;
export type ImportTable = (typeof IMPORT_TABLES)[number];

/** Something that was not taken over, or not as it was. */
export interface ImportRemark {
  table: string;
  /** The row's key, `key.column` for one value of it, `column x` for a whole column, `*` for a whole table. */
  key: string;
  reason: string;
}

/** Rows of one table: each row of the file is counted once. */
interface ImportCounts {
  imported: number;
  skipped: number;
  /** Brought in by an earlier import, or equal to what is here. */
  alreadyThere: number;
}

/** What an import did; with `dryRun`, what it would do. */
export interface ImportReport {
  dryRun: boolean;
  /** ISO 8601. Imported rows carry it. */
  importedAt: string;
  file: { bytes: number; sha256: string };
  tables: Record<ImportTable, ImportCounts>;
  projectsCreated: number;
  /** Rows, values and tables that stayed behind, and why. */
  skipped: ImportRemark[];
  /** Rows that came in with another value than the file's, and why. */
  changed: ImportRemark[];
}

/** A report in which every table has nothing yet. */
export function emptyReport(facts: Pick<ImportReport, 'dryRun' | 'importedAt' | 'file'>): ImportReport {
  const none = (): ImportCounts => ({ imported: 0, skipped: 0, alreadyThere: 0 });
  return {
    ...facts,
    tables: {
      sessions: none(),
      checkpoints: none(),
      artifacts: none(),
      agent_executions: none(),
      agent_settings: none(),
      prompt_versions: none(),
      metrics: none(),
      audit_log: none(),
    },
    projectsCreated: 0,
    skipped: [],
    changed: [],
  };
}
