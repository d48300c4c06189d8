import type { DataSource } from 'typeorm';

/** What `atelier doctor` wants to know of a database. */
export interface DatabaseFacts {
  /** Such as `18.4`. */
  version: string;
  /** Migrations that this code has and the database has not, oldest first. */
  pending: string[];
  /** Whether the vector extension is at hand on the server. */
  vector: boolean;
}

/**
 * Looks at a database without changing it.
 * @param dataSource initialised
 * @throws QueryFailedError when the user may not look
 */
export async function databaseFacts(dataSource: DataSource): Promise<DatabaseFacts> {
  const [row] = await dataSource.query<{ version: string; vector: boolean; migrated: boolean }[]>(
    `SELECT current_setting('server_version') AS version,
            EXISTS (SELECT 1 FROM pg_available_extensions WHERE name = 'vector') AS vector,
            to_regclass('migrations') IS NOT NULL AS migrated`,
  );
  const applied = row?.migrated
    ? await dataSource.query<{ name: string }[]>('SELECT name FROM migrations')
    : [];
  const names = new Set(applied.map(({ name }) => name));
  return {
    version: (row?.version ?? '').split(' ')[0] ?? '',
    vector: row?.vector ?? false,
    pending: dataSource.migrations.map(({ name }) => name ?? '').filter((name) => !names.has(name)),
  };
}
