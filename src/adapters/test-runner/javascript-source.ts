import type { DeclaredTest } from './port.js';

/** What `/` may follow when it begins a regular expression and is no division. */
const BEFORE_REGEX = /(?:^|[([{,;=:?!&|+\-*%~^<>\n]|\b(?:return|typeof|case|in|of|void))\s*$/;

/**
 * The source with what is no code taken out: comments become spaces, and so does the text within quotes and regular
 * expressions. Every character keeps its place. Good enough to look for calls in a test file; not a parser.
 */
export function maskJavaScript(source: string): string {
  const out = source.split('');
  const blank = (from: number, to: number) => {
    for (let at = from; at < to; at += 1) if (out[at] !== '\n') out[at] = ' ';
  };
  /** Where a quoted text that begins at `from` ends; the closing quote's place. */
  const endOf = (from: number, quote: string): number => {
    let inClass = false;
    for (let at = from + 1; at < source.length; at += 1) {
      const char = source[at];
      if (char === '\\') at += 1;
      else if (quote === '/' && char === '[') inClass = true;
      else if (quote === '/' && char === ']') inClass = false;
      else if (char === quote && !inClass) return at;
      else if (char === '\n' && quote !== '`') return at;
    }
    return source.length;
  };
  for (let at = 0; at < source.length; at += 1) {
    const char = source[at] ?? '';
    const pair = source.slice(at, at + 2);
    let end: number | undefined;
    if (pair === '//') end = source.indexOf('\n', at);
    else if (pair === '/*') end = source.indexOf('*/', at) + 1;
    if (end !== undefined) {
      const last = end <= 0 ? source.length : end;
      blank(at, last + (pair === '/*' ? 1 : 0));
      at = last;
    } else if (
      char === "'" ||
      char === '"' ||
      char === '`' ||
      (char === '/' && BEFORE_REGEX.test(out.slice(Math.max(0, at - 80), at).join('')))
    ) {
      const last = endOf(at, char);
      blank(at + 1, last);
      at = last;
    }
  }
  return out.join('');
}

const CALL = /(?<![.\w$])(test|it)((?:\.\w+)*)\s*\(\s*(['"`])?/g;
const ASSERTION =
  /\b(?:assert\w*|expect\w*|throw|rejects?|fail|(?:not)?(?:deep)?(?:strict)?equals?|match\w*|ok|check\w*|verify\w*|should)\b/i;
const MARKED = /\b(?:skip|todo)\b\s*(?::|\(|\b)/;

/**
 * The tests that a file of node:test, jest or vitest declares. Names are known where they are literal.
 */
export function declaredInJavaScript(source: string): DeclaredTest[] {
  const masked = maskJavaScript(source);
  const calls = [...masked.matchAll(CALL)];
  return calls.map((call, index) => {
    const [whole, , modifiers = '', quote] = call;
    const body = masked.slice(call.index + whole.length, calls[index + 1]?.index ?? masked.length);
    // The options stand before the function: `{ skip: 'why' }`.
    const options = body.slice(0, /=>|\bfunction\b/.exec(body)?.index ?? 0);
    return {
      name: /\.(?:each|for)\b/.test(modifiers)
        ? null
        : literalAt(source, masked, call.index + whole.length - 1, quote),
      skipped: /\.(?:skip|todo|fails|failing)\b/.test(modifiers) || MARKED.test(options),
      asserts: ASSERTION.test(body.replace(/\bconsole\s*\.\s*\w+/g, '')),
    };
  });
}

/** The text of the literal whose opening quote stands at `at`; null when it is none, or has parts to fill in. */
function literalAt(source: string, masked: string, at: number, quote: string | undefined): string | null {
  if (quote === undefined) return null;
  const end = masked.indexOf(quote, at + 1);
  const raw = source.slice(at + 1, end);
  if (quote === '`' && raw.includes('${')) return null;
  // `'a' + b` is made at run time.
  if (/^\s*\+/.test(masked.slice(end + 1))) return null;
  return raw.replace(
    /\\u\{([0-9a-f]+)\}|\\u([0-9a-f]{4})|\\x([0-9a-f]{2})|\\([^])/gi,
    (...found: string[]) => {
      const [, braces, four, two, other = ''] = found;
      const hex = braces ?? four ?? two;
      if (hex !== undefined) return String.fromCodePoint(parseInt(hex, 16));
      return { n: '\n', t: '\t', r: '\r' }[other] ?? other;
    },
  );
}

/** The names that files import from modules of the project: what stubs of those modules have to export. */
export function namesImported(sources: readonly string[]): string[] {
  const names = new Set<string>();
  for (const source of sources) {
    for (const [, space = ''] of source.matchAll(
      /\bimport\s*\*\s*as\s+([A-Za-z_][\w]*)\s+from\s*['"](?:\.|\/|#|file:)/g,
    ))
      for (const [, name = ''] of source.matchAll(new RegExp(`\\b${space}\\.([A-Za-z_$][\\w$]*)`, 'g')))
        if (name !== 'default') names.add(name);
    for (const [, list = ''] of source.matchAll(
      /\b(?:import|export)\b[^'";{]*\{([^}]*)\}\s*from\s*['"](?:\.|\/|#|file:)/g,
    ))
      for (const part of list.split(',')) {
        const name =
          part
            .trim()
            .split(/\s+as\s+/)[0]
            ?.trim() ?? '';
        if (/^[A-Za-z_$][\w$]*$/.test(name) && name !== 'default') names.add(name);
      }
  }
  return [...names];
}

/** The `test` script, dependencies and settings of a package.json; all empty when it cannot be read. */
export function packageJson(text: string | undefined): { test: string; names: Set<string> } {
  const none = { test: '', names: new Set<string>() };
  if (text === undefined) return none;
  try {
    const parsed = JSON.parse(text) as Partial<Record<string, Record<string, unknown>>> | null;
    const test = parsed?.['scripts']?.['test'];
    const dependencies = { ...parsed?.['dependencies'], ...parsed?.['devDependencies'] };
    return { test: typeof test === 'string' ? test : '', names: new Set(Object.keys(dependencies)) };
  } catch {
    return none;
  }
}

/** Whether a file's code imports a module, by `import` or `require`. */
export function importsModule({ content }: { content: string }, name: string): boolean {
  return new RegExp(`(?:from|import|require\\()\\s*['"]${name}['"]`).test(content);
}

/** Names by which JavaScript runners find test files. */
export const JAVASCRIPT_TEST = /\.(?:test|spec)\.[cm]?[jt]sx?$|(^|\/)__tests__\/.*\.[cm]?[jt]sx?$/;
