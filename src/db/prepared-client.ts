import { createHash } from 'node:crypto';
import pg from 'pg';

/** Writes go by keys, so one plan fits all their values; lists, whose best plan depends on them, are left alone. */
const IS_WRITE = /^\s*(?:WITH \w+ AS \(\s*)?(?:INSERT|UPDATE|DELETE)\b/;
/** Texts that are named at most; some grow with the number of their rows, and must not fill the server's memory. */
const MOST_NAMES = 300;

const names = new Map<string, string>();

/** The name under which a statement is prepared, or undefined when it is better parsed each time. */
function nameOf(text: string): string | undefined {
  if (!IS_WRITE.test(text)) return undefined;
  const known = names.get(text);
  if (known !== undefined || names.size >= MOST_NAMES) return known;
  const name = `w_${createHash('sha1').update(text).digest('hex')}`;
  names.set(text, name);
  return name;
}

/**
 * A connection that has writes with parameters parsed and planned once instead of each time: that, and not their
 * execution, is what they cost most (see docs/adr/0013).
 */
export class PreparedClient extends pg.Client {
  constructor(config?: string | pg.ClientConfig) {
    super(config);
    const plain = this.query.bind(this) as (...args: unknown[]) => unknown;
    const query = (first: unknown, ...rest: unknown[]): unknown => {
      const name = typeof first === 'string' && Array.isArray(rest[0]) ? nameOf(first) : undefined;
      return plain(name === undefined ? first : { name, text: first }, ...rest);
    };
    this.query = query as typeof this.query;
  }
}
