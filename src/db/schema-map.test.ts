import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DataSource, type EntityMetadata } from 'typeorm';
import * as vocabulary from '../core/vocabulary.js';
import { createTestDatabase } from '../testing/database.js';
import { columnLine, readLiveCatalog, type LiveCatalog } from '../testing/live-catalog.js';
import { compareSchemaMap, parseSchemaMap } from '../testing/schema-map.js';
import { ENTITIES } from './entities/index.js';

const page = readFileSync('docs/schema.md', 'utf8');
const source = (path: string) => (existsSync(path) ? readFileSync(path, 'utf8') : undefined);

/** Which list of the code stands behind which CHECK. */
const CHECKED_LISTS: Record<string, readonly string[]> = {
  'users.role': vocabulary.USER_ROLES,
  'sessions.kind': vocabulary.SESSION_KINDS,
  'sessions.current_phase': vocabulary.STUDIO_PHASES,
  'messages.role': vocabulary.MESSAGE_ROLES,
  'messages.mode': vocabulary.MESSAGE_MODES,
  'messages.sentiment': vocabulary.SENTIMENTS,
  'approvals.status': vocabulary.APPROVAL_STATUSES,
  'artifacts.artifact_type': vocabulary.ARTIFACT_TYPES,
  'agent_executions.status': vocabulary.EXECUTION_STATUSES,
  'agent_settings.usage_unit': vocabulary.USAGE_UNITS,
  'model_calls.status': vocabulary.MODEL_CALL_STATUSES,
  'session_events.type': vocabulary.STREAM_EVENTS,
  'webhooks.kind': vocabulary.WEBHOOK_KINDS,
  'prompt_versions.status': vocabulary.PROMPT_STATUSES,
  'prompt_activations.reason': vocabulary.ACTIVATION_REASONS,
  'prompt_canaries.status': vocabulary.CANARY_STATUSES,
  'prompt_tryouts.status': vocabulary.TRYOUT_STATUSES,
  'prompt_tryout_runs.side': vocabulary.TRYOUT_SIDES,
  'prompt_tryout_runs.status': vocabulary.TRYOUT_RUN_STATUSES,
  'webhook_deliveries.status': vocabulary.WEBHOOK_DELIVERY_STATUSES,
  ...Object.fromEntries(
    Object.entries(vocabulary.SESSION_STATUSES).map(([kind, statuses]) => [
      `sessions.status ${kind}`,
      statuses,
    ]),
  ),
};

/** Columns that no entity maps, and tables that are not ours to map. */
const UNMAPPED = /^(messages\.embedding|messages\.embedding_signature|migrations\..*|langgraph\..*)$/;

const LONG_TYPES: Record<string, string> = {
  'character varying': 'varchar',
  'timestamp with time zone': 'timestamptz',
};

/** A declared default as Postgres writes it: functions give SQL, texts and JSON are quoted. */
function declaredDefault(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value === 'function') return String(value());
  if (typeof value === 'string') return `'${value}'`;
  const json = JSON.stringify(value);
  return typeof value === 'object' ? `'${json}'` : json;
}

/** The columns that an entity declares, in the catalog's notation. */
function declaredColumns(metadata: EntityMetadata): [string, string][] {
  return metadata.columns.map((column) => {
    const { driver } = metadata.connection;
    const type = driver.normalizeType(column);
    const size = column.length
      ? `(${column.length})`
      : column.precision != null && type === 'numeric'
        ? `(${column.precision},${column.scale})`
        : '';
    const name = `${metadata.tableName}.${column.databaseName}`;
    return [
      name,
      columnLine(name, `${LONG_TYPES[type] ?? type}${size}`, {
        notNull: !column.isNullable,
        identity: column.generatedIdentity !== undefined,
        key: column.isPrimary,
        fallback: declaredDefault(column.default),
      }),
    ];
  });
}

/** Sentences about every column that the entities and the tables do not agree on. */
function differences(declared: ReadonlyMap<string, string>, actual: ReadonlyMap<string, string>): string[] {
  const problems: string[] = [];
  for (const [name, line] of declared)
    if (actual.get(name) !== line) problems.push(`entity: ${line}; table: ${actual.get(name) ?? 'none'}`);
  for (const [name, line] of actual)
    if (!declared.has(name) && !UNMAPPED.test(name)) problems.push(`entity: none; table: ${line}`);
  return problems;
}

describe('the schema', () => {
  let database: Awaited<ReturnType<typeof createTestDatabase>>;
  let dataSource: DataSource;
  let catalog: LiveCatalog;
  let facts: Set<string>;
  let declared: Map<string, string>;

  beforeAll(async () => {
    database = await createTestDatabase();
    dataSource = new DataSource({ type: 'postgres', url: database.url, entities: ENTITIES });
    await dataSource.initialize();
    catalog = await readLiveCatalog(dataSource.manager);
    facts = new Set([
      ...catalog.facts,
      ...vocabulary.AUDIT_EVENTS.map((event) => `AUDIT_EVENTS has '${event}'`),
    ]);
    declared = new Map(
      dataSource.entityMetadatas
        .filter((metadata) => metadata.tableType === 'regular')
        .flatMap((metadata) => declaredColumns(metadata)),
    );
  });
  afterAll(async () => {
    await dataSource.destroy();
    await database.drop();
  });

  const compare = (text: string) => compareSchemaMap(parseSchemaMap(text), facts, source);
  /** The page with one text replaced, which must be in it. */
  const tampered = (from: string, to: string) => {
    expect(page).toContain(from);
    return page.replace(from, to);
  };

  it('has everything that docs/schema.md calls built, and nothing that it calls planned', () => {
    expect(compare(page)).toEqual([]);
  });

  it('is mapped from all five seed documents', () => {
    const rows = parseSchemaMap(page);
    const counts = ['000', '001', '002', '003', '004'].map(
      (seed) => rows.filter(({ document }) => document === seed).length,
    );
    expect(Math.min(...counts)).toBeGreaterThan(25);
    expect(counts.reduce((sum, count) => sum + count)).toBe(rows.length);
  });

  it.each([
    ['a column of another type', 'sessions.iteration_count integer', 'sessions.iteration_count bigint'],
    ['a column without its default', ", not null, default 'pm'", ', not null'],
    ['a nullable column', 'messages.content text, not null', 'messages.content text'],
    [
      'an index on other columns',
      'idx_artifacts_type on artifacts (artifact_type)',
      'idx_artifacts_type on artifacts (version)',
    ],
    ['an index in the other order', 'sessions (updated_at DESC)', 'sessions (updated_at)'],
    ['a view without a column', 'checkpoint_data, metadata, created_at)', 'checkpoint_data, created_at)'],
    ['a trigger on another table', 'before insert on messages calls', 'before insert on sessions calls'],
    ['a function of another type', 'reset_daily_usage() returns void', 'reset_daily_usage() returns integer'],
    ['a value that no CHECK allows', "sessions.current_phase = 'qa'", "sessions.current_phase = 'qb'"],
    [
      'a rule that does not hold',
      'messages.session_id references sessions on delete cascade',
      'messages.session_id references sessions on delete set null',
    ],
    ['a file that is not there', 'import-sqlite.ts: export', 'import-mysql.ts: export'],
  ])('is found to differ when the map asks for %s', (_, from, to) => {
    const problems = compare(tampered(from, to));
    expect(problems).not.toEqual([]);
    expect(problems.join('\n')).toContain('is missing');
  });

  it.each([
    ['a table', 'architect_sessions.last_topic varchar(100)', 'sessions.last_active_at bigint'],
    ['an index', 'idx_flows_status on flows (status)', 'idx_sessions_status on flows (status)'],
    [
      'a trigger',
      'update_flows_updated_at before update on flows',
      'update_sessions_updated_at before update on sessions',
    ],
    ['a value', "architect_categories.status = 'partial'", "messages.role = 'contact'"],
    [
      'a method',
      'trace-repository.ts: TraceRepository.failTrace',
      'import-repository.ts: ImportRepository.addSession',
    ],
  ])('is found to be ahead of the map when %s that is there is called planned', (_, from, to) => {
    expect(compare(tampered(from, to)).join('\n')).toContain('is planned, but is there already');
  });

  it('refuses a map row that it cannot read', () => {
    expect(() => parseSchemaMap(tampered('| built', '| maybe'))).toThrow(
      /docs\/schema\.md:\d+: the state is "maybe"/,
    );
  });

  it('allows in each CHECK exactly the values of the list in the code', () => {
    const sorted = (lists: Iterable<[string, readonly string[]]>) =>
      Object.fromEntries([...lists].map(([name, values]) => [name, values.toSorted()]));
    expect(sorted(catalog.allowedValues)).toEqual(sorted(Object.entries(CHECKED_LISTS)));
  });

  it('has the columns that the entities declare, and the entities declare every column', () => {
    expect(differences(declared, catalog.tableColumns)).toEqual([]);
  });

  it('is found to differ from entities that lack a column, name one too many or type it otherwise', () => {
    const wrong = new Map(declared);
    wrong.delete('users.email');
    wrong.set('users.nickname', 'users.nickname text');
    wrong.set('metrics.metric_value', 'metrics.metric_value integer, not null');
    expect(differences(wrong, catalog.tableColumns)).toEqual([
      'entity: metrics.metric_value integer, not null; table: metrics.metric_value numeric, not null',
      'entity: users.nickname text; table: none',
      'entity: none; table: users.email varchar(320), not null',
    ]);
  });

  it('has the views that the view entities declare, with the same columns', () => {
    const views = dataSource.entityMetadatas.filter(({ tableType }) => tableType === 'view');
    const lines = views.map(
      ({ tableName, columns }) =>
        `${tableName} (${columns.map(({ databaseName }) => databaseName).join(', ')})`,
    );
    expect(new Set(views.map(({ tableName }) => tableName))).toEqual(catalog.views);
    expect(lines.filter((line) => !catalog.facts.has(line))).toEqual([]);
  });

  it('lets every entity be read', async () => {
    for (const entity of ENTITIES)
      await expect(dataSource.getRepository(entity).find({ take: 1 })).resolves.toBeDefined();
  });

  it('keeps secrets out of an ordinary query', async () => {
    const secrets = ['password_hash', 'token_hash', 'api_key_encrypted', 'secret_encrypted'];
    const columns = dataSource.entityMetadatas.flatMap((metadata) => metadata.columns);
    const selected = columns.filter(({ databaseName }) => secrets.includes(databaseName));
    expect(selected).toHaveLength(secrets.length);
    expect(selected.filter(({ isSelect }) => isSelect)).toEqual([]);
  });
});
