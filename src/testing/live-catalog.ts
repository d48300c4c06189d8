import type { EntityManager } from 'typeorm';

/** One line per thing that a database has, in the notation of docs/schema.md. */
export interface LiveCatalog {
  /** Every line: columns, indexes, views, triggers, functions, references, allowed values, seeded profiles. */
  facts: Set<string>;
  /** Columns of tables (not of views): `table.column` to its line. */
  tableColumns: Map<string, string>;
  views: Set<string>;
  /** Values that a CHECK allows: `table.column`, or `table.column kind` where they depend on the kind. */
  allowedValues: Map<string, string[]>;
}

interface ColumnRow {
  owner: string;
  is_view: boolean;
  name: string;
  type: string;
  not_null: boolean;
  fallback: string | null;
  is_identity: boolean;
  is_key: boolean;
}

const OURS = `n.nspname IN ('public', 'langgraph')`;
const OWNER = `CASE n.nspname WHEN 'public' THEN '' ELSE n.nspname || '.' END || c.relname`;

/** `character varying(50)` as `varchar(50)`, `timestamp with time zone` as `timestamptz`. */
function shortType(type: string): string {
  return type.replace('character varying', 'varchar').replace('timestamp with time zone', 'timestamptz');
}

/** A default without the casts that Postgres adds: `'pending'::character varying` as `'pending'`. */
function bareDefault(fallback: string): string {
  return fallback.replace(/::[a-z ]+(\[\])?$/, '');
}

/** One column as a line: `sessions.status varchar(50), not null, default 'pending'`. */
export function columnLine(
  name: string,
  type: string,
  is: { notNull: boolean; identity?: boolean; key?: boolean; fallback?: string | null },
): string {
  const traits = [
    is.notNull && 'not null',
    is.identity && 'identity',
    is.key && 'primary key',
    is.fallback != null && `default ${is.fallback}`,
  ].filter(Boolean);
  return [`${name} ${type}`, ...traits].join(', ');
}

/**
 * Reads the live catalog of a migrated database (schemas `public` and `langgraph`).
 * Gives every column, index, view, trigger, function, foreign key and CHECK list as a line.
 * @throws QueryFailedError when the catalog cannot be read
 * @throws Error when Postgres writes an index or a trigger in a way this does not know
 */
export async function readLiveCatalog(manager: EntityManager): Promise<LiveCatalog> {
  const facts = new Set<string>();
  const tableColumns = new Map<string, string>();
  const viewColumns = new Map<string, string[]>();

  const columns = await manager.query<ColumnRow[]>(`
    SELECT ${OWNER} AS owner, c.relkind = 'v' AS is_view, a.attname AS name,
           format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull AS not_null,
           pg_get_expr(d.adbin, d.adrelid) AS fallback, a.attidentity <> '' AS is_identity,
           coalesce(a.attnum = ANY (k.conkey), false) AS is_key
      FROM pg_attribute a
      JOIN pg_class c ON c.oid = a.attrelid
      JOIN pg_namespace n ON n.oid = c.relnamespace
      LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
      LEFT JOIN pg_constraint k ON k.conrelid = c.oid AND k.contype = 'p'
     WHERE ${OURS} AND c.relkind IN ('r', 'v') AND a.attnum > 0 AND NOT a.attisdropped
     ORDER BY c.oid, a.attnum`);
  for (const row of columns) {
    const name = `${row.owner}.${row.name}`;
    const line = columnLine(name, shortType(row.type), {
      notNull: row.not_null,
      identity: row.is_identity,
      key: row.is_key,
      fallback: row.fallback === null ? null : bareDefault(row.fallback),
    });
    facts.add(line);
    if (row.is_view) viewColumns.set(row.owner, [...(viewColumns.get(row.owner) ?? []), row.name]);
    else tableColumns.set(name, line);
  }
  for (const [view, names] of viewColumns) facts.add(`${view} (${names.join(', ')})`);

  for (const { def } of await manager.query<{ def: string }[]>(`
    SELECT pg_get_indexdef(i.indexrelid) AS def FROM pg_index i
      JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE ${OURS} AND c.relkind = 'r'`))
    facts.add(indexLine(def));

  for (const { def } of await manager.query<{ def: string }[]>(`
    SELECT pg_get_triggerdef(t.oid) AS def FROM pg_trigger t
      JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE ${OURS} AND NOT t.tgisinternal`))
    facts.add(triggerLine(def));

  for (const { line } of await manager.query<{ line: string }[]>(`
    SELECT p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ') returns '
           || pg_get_function_result(p.oid) AS line
      FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE ${OURS}`))
    facts.add(line);

  for (const { line } of await manager.query<{ line: string }[]>(`
    SELECT ${OWNER} || '.' || a.attname || ' references ' || f.relname || ' on delete '
           || CASE k.confdeltype WHEN 'c' THEN 'cascade' WHEN 'n' THEN 'set null' ELSE 'refuse' END AS line
      FROM pg_constraint k
      JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_class f ON f.oid = k.confrelid
      JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.conkey[1]
     WHERE ${OURS} AND k.contype = 'f'`))
    facts.add(line);

  const allowedValues = new Map<string, string[]>();
  for (const { owner, def } of await manager.query<{ owner: string; def: string }[]>(`
    SELECT ${OWNER} AS owner, pg_get_constraintdef(k.oid) AS def FROM pg_constraint k
      JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE ${OURS} AND k.contype = 'c'`))
    for (const { column, kind, values } of checkLists(def)) {
      allowedValues.set(kind ? `${owner}.${column} ${kind}` : `${owner}.${column}`, values);
      for (const value of values)
        facts.add(`${owner}.${column} = '${value}'${kind ? ` where kind = '${kind}'` : ''}`);
    }

  for (const row of await manager.query<{ profile_name: string; provider: string; model: string | null }[]>(
    `SELECT profile_name, provider, model FROM agent_settings`,
  ))
    facts.add(`agent_settings has ${row.profile_name}, ${row.provider}, ${row.model ?? 'null'}`);

  return { facts, tableColumns, views: new Set(viewColumns.keys()), allowedValues };
}

/** `CREATE UNIQUE INDEX x ON public.t USING btree (a) WHERE b` as `unique x on t (a) where b`. */
function indexLine(def: string): string {
  const [, unique, name, table, method, rest] =
    /^CREATE (UNIQUE )?INDEX (\S+) ON (\S+) USING (\S+) (.*)$/.exec(def) ?? [];
  if (name === undefined || table === undefined || rest === undefined)
    throw new Error(`Cannot read this index: ${def}`);
  const columns = rest
    .replace(/ WHERE \(?(.*?)\)?$/, ' where $1')
    .replaceAll(/::(text|character varying)/g, '')
    .replaceAll(/\((\w+)\) =/g, '$1 =');
  return `${unique ? 'unique ' : ''}${name} on ${table.replace('public.', '')} ${method === 'btree' ? '' : `${method} `}${columns}`;
}

/** `CREATE TRIGGER x BEFORE UPDATE ON public.t FOR EACH ROW … f()` as `x before update on t calls f()`. */
function triggerLine(def: string): string {
  const [, name, when, table, called] =
    /^CREATE (?:CONSTRAINT )?TRIGGER (\S+) (.+) ON (\S+) (?:DEFERRABLE INITIALLY DEFERRED )?FOR EACH .*EXECUTE FUNCTION (.+)$/.exec(
      def,
    ) ?? [];
  if (name === undefined || when === undefined || table === undefined)
    throw new Error(`Cannot read this trigger: ${def}`);
  return `${name} ${when.toLowerCase()} on ${table.replace('public.', '')} calls ${called}`;
}

/** The value lists of a CHECK (none for a CHECK of another sort); a list that stands beside `kind = 'x'` holds for that kind only. */
function checkLists(def: string): { column: string; kind?: string; values: string[] }[] {
  const list =
    /(?:\(\(?kind\)?::text = '(\w+)'::text\) AND )?\(\(?(\w+)\)?::text = ANY \(\(?ARRAY\[([^\]]*)\]/g;
  return [...def.matchAll(list)].map(([, kind, column = '', values = '']) => ({
    column,
    kind,
    values: [...values.matchAll(/'([^']*)'/g)].map(([, value = '']) => value),
  }));
}
