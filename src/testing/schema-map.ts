/** A row of docs/schema.md: something a seed document asks for, and the place that serves it. */
export interface MapRow {
  /** `000` to `004`. */
  document: string;
  /** Line in the page, from 1. */
  line: number;
  item: string;
  kind: (typeof MAP_KINDS)[number];
  /** What must be there, in the notation of live-catalog.ts; one of them is enough. */
  where: string[];
  state: 'built' | 'planned';
}

const MAP_KINDS = ['column', 'index', 'view', 'trigger', 'function', 'enum', 'method', 'rule'] as const;

/**
 * Reads the five tables of docs/schema.md.
 * @throws Error naming the line, when a row has other than four cells, an unknown kind or state, or no code marks
 */
export function parseSchemaMap(text: string): MapRow[] {
  const rows: MapRow[] = [];
  let document: string | undefined;
  for (const [index, content] of text.split('\n').entries()) {
    const line = index + 1;
    if (content.startsWith('## ')) document = /^## Document (\d{3})/.exec(content)?.[1];
    if (document === undefined || !content.startsWith('|')) continue;
    const [item = '', kindCell = '', whereCell = '', stateCell = '', ...rest] = content
      .replace(/^\||\|\s*$/g, '')
      .split('|')
      .map((cell) => cell.trim());
    if (item === 'seed item' || item.startsWith('---')) continue;
    const kind = MAP_KINDS.find((known) => known === kindCell);
    const where = [...(whereCell.split(' — ')[0] ?? '').matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);
    if (kind === undefined) throw new Error(`docs/schema.md:${line}: "${kindCell}" is no kind.`);
    if (stateCell !== 'built' && stateCell !== 'planned')
      throw new Error(`docs/schema.md:${line}: the state is "${stateCell}", not built or planned.`);
    if (where.length === 0 || rest.length > 0)
      throw new Error(
        `docs/schema.md:${line}: a row has four cells, and the third names things in code marks.`,
      );
    rows.push({ document, line, item: item.replaceAll('`', ''), kind, where, state: stateCell });
  }
  return rows;
}

/**
 * Compares the map with what there is.
 * @param facts lines of the live catalog, plus `LIST has 'value'` for lists in the code
 * @param readSource gives a source file's text by its path from the root, undefined where there is none
 * @returns one sentence per row that is wrong: built and missing or different, or planned and there already
 */
export function compareSchemaMap(
  rows: MapRow[],
  facts: ReadonlySet<string>,
  readSource: (path: string) => string | undefined,
): string[] {
  const byName = new Map([...facts].map((fact) => [nameOf(fact), fact]));
  return rows.flatMap(({ where, state, line, item }) => {
    const at = `docs/schema.md:${line} (${item})`;
    if (state === 'planned') {
      const present = where.find((thing) => inSource(thing, readSource) ?? byName.has(nameOf(thing)));
      return present === undefined ? [] : [`${at}: "${present}" is planned, but is there already.`];
    }
    if (where.some((thing) => inSource(thing, readSource) ?? facts.has(thing))) return [];
    const instead = where.map((thing) => byName.get(nameOf(thing))).find((fact) => fact !== undefined);
    return [`${at}: "${where.join('" or "')}" is missing${instead ? `; there is "${instead}"` : ''}.`];
  });
}

/** Whether a file holds what `path.ts: text` or `path.ts: Class.method` asks for; undefined for other notations. */
function inSource(thing: string, readSource: (path: string) => string | undefined): boolean | undefined {
  const [, path, text] = /^(\S+\.ts): (.+)$/.exec(thing) ?? [];
  if (path === undefined || text === undefined) return undefined;
  const source = readSource(path);
  if (source === undefined) return false;
  const [, className, method] = /^([A-Z]\w+)\.(\w+)$/.exec(text) ?? [];
  if (className === undefined) return source.includes(text);
  return (
    new RegExp(`class ${className}\\b`).test(source) &&
    new RegExp(`^\\s+(async )?${method}\\s*[(<]`, 'm').test(source)
  );
}

/** What a line is about, without its properties: a changed column or index keeps its name. */
function nameOf(fact: string): string {
  const trigger = /^(\w+) .* on (\S+) calls /.exec(fact);
  if (trigger) return `${trigger[1]} on ${trigger[2]}`;
  const [, named] =
    /^(\S+ references) /.exec(fact) ??
    /^(\w+\().* returns /.exec(fact) ??
    /^(?:unique )?(\S+ on) \S+ .*\(/.exec(fact) ??
    /^(\w+) \(/.exec(fact) ??
    (/ = '| has /.test(fact) ? undefined : /^(\w[\w.]*\.\w+) /.exec(fact)) ??
    [];
  return named ?? fact;
}
