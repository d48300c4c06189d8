import { QueryFailedError, type EntityManager, type EntityTarget, type ObjectLiteral } from 'typeorm';
import { newId } from '../../core/ids.js';
import { AgentExecution } from '../entities/agent-execution.js';
import { AgentSettings } from '../entities/agent-settings.js';
import { Artifact } from '../entities/artifact.js';
import { AuditLogEntry } from '../entities/audit-log-entry.js';
import { Metric } from '../entities/metric.js';
import { Project } from '../entities/project.js';
import { PromptVersion } from '../entities/prompt-version.js';
import { Session } from '../entities/session.js';

/** Serializes imports: each sees all that the one before it brought in. Any number that no other lock has. */
const IMPORT_LOCK = 7_302_412;
/** SQLSTATE classes of a row's own fault: data exception, integrity violation. */
const ROW_FAULTS = ['22', '23'];

/** What an earlier import left, so that a second one of the same rows adds nothing. */
const KEYED_TABLES = {
  artifacts: 'metadata',
  agent_executions: 'metadata',
  audit_log: 'details',
} as const;

/** Writes rows of another database into ours. Its manager must be inside a transaction. */
export class ImportRepository {
  constructor(private readonly manager: EntityManager) {}

  /** Waits until no other import runs; holds to the end of the transaction. */
  async lock(): Promise<void> {
    await this.manager.query('SELECT pg_advisory_xact_lock($1)', [IMPORT_LOCK]);
  }

  async userExists(userId: string): Promise<boolean> {
    const rows = await this.manager.query<unknown[]>('SELECT 1 FROM users WHERE id = $1', [userId]);
    return rows.length > 0;
  }

  /**
   * Runs `work` in a savepoint.
   * @returns null when it went well; the database's words when it refused the row, with nothing of it kept
   * @throws whatever else goes wrong, such as a lost connection
   */
  async attempt(work: (repository: ImportRepository) => Promise<void>): Promise<string | null> {
    try {
      await this.manager.transaction((inner) => work(new ImportRepository(inner)));
      return null;
    } catch (error) {
      if (!(error instanceof QueryFailedError)) throw error;
      const { code } = error.driverError as { code?: string };
      if (!ROW_FAULTS.some((kind) => code?.startsWith(kind))) throw error;
      return error.message;
    }
  }

  /** Whose session this is; null where there is none. */
  async sessionOwner(sessionId: string): Promise<string | null> {
    const [row] = await this.manager.query<{ user_id: string }[]>(
      'SELECT user_id FROM sessions WHERE session_id = $1',
      [sessionId],
    );
    return row?.user_id ?? null;
  }

  /** The user's project of that name, made where there is none. */
  async projectNamed(userId: string, name: string): Promise<{ id: string; created: boolean }> {
    const made = await this.manager.query<{ id: string }[]>(
      `INSERT INTO projects (id, user_id, name) VALUES ($1, $2, $3)
       ON CONFLICT (user_id, name) DO NOTHING RETURNING id`,
      [newId(), userId, name],
    );
    if (made[0]) return { id: made[0].id, created: true };
    const found = await this.manager.findOneByOrFail(Project, { userId, name });
    return { id: found.id, created: false };
  }

  /** The keys that imported rows of a table carry as `importKey`. */
  async importKeys(table: keyof typeof KEYED_TABLES): Promise<Set<string>> {
    const column = KEYED_TABLES[table];
    const rows = await this.manager.query<{ key: string }[]>(
      `SELECT ${column} ->> 'importKey' AS key FROM ${table} WHERE jsonb_exists(${column}, 'importKey')`,
    );
    return new Set(rows.map(({ key }) => key));
  }

  /** `wanted`, or the number after the last where that version of the file is there already. */
  async freeArtifactVersion(
    artifact: Pick<Artifact, 'sessionId' | 'artifactType' | 'filePath'>,
    wanted: number,
  ): Promise<number> {
    const [row] = await this.manager.query<{ taken: boolean | null; next: number | null }[]>(
      `SELECT bool_or(version = $4) AS taken, max(version) + 1 AS next FROM artifacts
        WHERE session_id = $1 AND artifact_type = $2 AND file_path = $3`,
      [artifact.sessionId, artifact.artifactType, artifact.filePath, wanted],
    );
    return row?.taken ? (row.next ?? wanted) : wanted;
  }

  /** How many metrics are there with exactly this name, value, labels and time. */
  async countMetrics(
    metric: Pick<Metric, 'metricName' | 'metricValue' | 'labels' | 'recordedAt'>,
  ): Promise<number> {
    const [row] = await this.manager.query<{ count: number }[]>(
      `SELECT count(*)::integer AS count FROM metrics
        WHERE metric_name = $1 AND metric_value = $2::numeric AND labels = $3::jsonb AND recorded_at = $4`,
      [metric.metricName, metric.metricValue, JSON.stringify(metric.labels), metric.recordedAt],
    );
    return row?.count ?? 0;
  }

  /** How a profile is set here; null where there is no such profile. Without its key. */
  async settingsOf(profileName: string): Promise<{ settings: AgentSettings; hasKey: boolean } | null> {
    const settings = await this.manager.findOneBy(AgentSettings, { profileName });
    if (!settings) return null;
    const [row] = await this.manager.query<{ has_key: boolean }[]>(
      'SELECT api_key_encrypted IS NOT NULL AS has_key FROM agent_settings WHERE id = $1',
      [settings.id],
    );
    return { settings, hasKey: row?.has_key ?? false };
  }

  /** Sets a profile that is as it was installed. */
  async configureProfile(id: number, values: Partial<AgentSettings>): Promise<void> {
    await this.manager.update(AgentSettings, { id }, values);
  }

  /** All versions of a profile's prompt. */
  async promptVersions(
    profileName: string,
  ): Promise<Pick<PromptVersion, 'versionNumber' | 'promptContent'>[]> {
    return this.manager.find(PromptVersion, {
      where: { profileName },
      select: { versionNumber: true, promptContent: true },
    });
  }

  async addSession(row: Partial<Session>): Promise<void> {
    await this.insert(Session, row);
  }

  async addArtifact(row: Partial<Artifact>): Promise<void> {
    await this.insert(Artifact, row);
  }

  async addExecution(row: Partial<AgentExecution>): Promise<void> {
    await this.insert(AgentExecution, row);
  }

  async addMetric(row: Partial<Metric>): Promise<void> {
    await this.insert(Metric, row);
  }

  async addPromptVersion(row: Partial<PromptVersion>): Promise<void> {
    await this.insert(PromptVersion, row);
  }

  async addProfile(row: Partial<AgentSettings>): Promise<void> {
    await this.insert(AgentSettings, row);
  }

  /** Appends to the hash chain. Holds the chain's lock to the end of the transaction, so it comes last. */
  async addAuditEntry(row: Partial<AuditLogEntry>): Promise<void> {
    await this.insert(AuditLogEntry, row);
  }

  /** A plain INSERT of the given properties. TypeORM's own cannot type rows with free JSON in them. */
  private async insert<E extends ObjectLiteral>(target: EntityTarget<E>, row: Partial<E>): Promise<void> {
    const { driver } = this.manager.dataSource;
    const metadata = this.manager.dataSource.getMetadata(target);
    const given = metadata.columns.filter((column) => row[column.propertyName] !== undefined);
    const names = given.map((column) => driver.escape(column.databaseName)).join(', ');
    const places = given.map((_, index) => `$${index + 1}`).join(', ');
    await this.manager.query(
      `INSERT INTO ${driver.escape(metadata.tableName)} (${names}) VALUES (${places})`,
      given.map((column): unknown => driver.preparePersistentValue(row[column.propertyName], column)),
    );
  }
}
