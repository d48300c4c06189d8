/** Text for terminals: made safe, measured, cut and aligned by columns rather than characters. */

const CONTROL = /[\p{Cc}\p{Cf}\u2028\u2029]/gu;
/** Joiners inside emoji and scripts that need them; everything else of the class Cf is dropped. */
const KEPT = new Set(['\u200C', '\u200D']);

/**
 * One line of somebody else's text, fit for a terminal: no escape sequences, no control characters, no
 * direction overrides, white space collapsed. Missions and model answers are not to move anybody's cursor.
 */
export function oneLine(text: string): string {
  return manyLines(text.replace(/\s+/g, ' ')).trim();
}

/** As `oneLine`, but line feeds and tabs stay, for documents. */
export function manyLines(text: string): string {
  return text
    .replaceAll('\r\n', '\n')
    .replace(CONTROL, (char) => (char === '\n' || char === '\t' || KEPT.has(char) ? char : ''));
}

/** Characters that take two columns: East Asian wide and full-width ones, and emoji shown as such. */
const WIDE =
  /[\u1100-\u115F\u2E80-\u303E\u3041-\u33FF\u3400-\u4DBF\u4E00-\uA4CF\uA960-\uA97F\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF01-\uFF60\uFFE0-\uFFE6\u{20000}-\u{3FFFD}]|\p{Emoji_Presentation}/u;
const GRAPHEMES = new Intl.Segmenter('en', { granularity: 'grapheme' });
// oxlint-disable-next-line no-control-regex -- the sequences that our own colours are made of
const STYLE = /\u001B\[[0-9;]*m/g;

/** How many columns a text takes, styles not counted. */
export function widthOf(text: string): number {
  let width = 0;
  for (const { segment } of GRAPHEMES.segment(text.replace(STYLE, ''))) width += WIDE.test(segment) ? 2 : 1;
  return width;
}

/** Cuts an unstyled text to so many columns; what was cut shows as "…". */
export function cutTo(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  let kept = '';
  let width = 0;
  for (const { segment } of GRAPHEMES.segment(text)) {
    const next = width + (WIDE.test(segment) ? 2 : 1);
    if (next > columns - 1) break;
    kept += segment;
    width = next;
  }
  return columns < 1 ? '' : `${kept.trimEnd()}…`;
}

/** Fills a text up with blanks to so many columns. */
export function padTo(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - widthOf(text)));
}

/** Breaks a line at blanks into lines of so many columns, each under the first one's indentation; words stay whole. */
export function wrap(line: string, columns: number): string[] {
  const indent = /^\s*(?:[-*] )?/.exec(line)?.[0] ?? '';
  const lines: string[] = [];
  for (const word of line.slice(indent.length).split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && widthOf(last) + 1 + widthOf(word) <= columns)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push((last === undefined ? indent : ' '.repeat(indent.length)) + word);
  }
  return lines;
}

/** A duration for people: `0.4 s`, `12 s`, `3 min 05 s`, `2 h 10 min`. */
export function duration(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const two = (value: number): string => String(value).padStart(2, '0');
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} min`;
}

/** How long ago something was: `just now`, `5 min ago`, `3 h ago`, `2 days ago`. */
export function ago(iso: string, now = Date.now()): string {
  const minutes = Math.floor((now - Date.parse(iso)) / 60_000);
  if (minutes < 1) return 'just now';
  if (minutes < 60) return `${minutes} min ago`;
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h ago`;
  return `${Math.floor(minutes / 1440)} days ago`;
}

/** A whole number with thousands set apart: `12,480`. */
export function count(value: number): string {
  return value.toLocaleString('en-US');
}

/** `1 test`, `2 tests`. */
export function plural(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? '' : 's'}`;
}

/** Bytes for people: `812 B`, `4.2 kB`, `1.3 GB`. */
export function bytes(value: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let size = value;
  let unit = 0;
  for (; size >= 1000 && unit < units.length - 1; unit += 1) size /= 1000;
  return `${unit === 0 || size >= 99.95 ? Math.round(size) : size.toFixed(1)} ${units[unit]}`;
}

/**
 * Rows under a heading, columns aligned.
 * @param columns columns to fit in: the last column is cut for it, nothing else; Infinity never cuts
 */
export function table(heading: string[], rows: string[][], columns: number): string[] {
  const widths = heading.map((title, at) =>
    Math.max(widthOf(title), ...rows.map((row) => widthOf(row[at] ?? ''))),
  );
  const lead = widths.slice(0, -1).reduce((sum, width) => sum + width + 2, 0);
  const line = (row: string[]): string =>
    row
      .map((cell, at) =>
        at < row.length - 1 ? padTo(cell, widths[at] ?? 0) : cutTo(cell, Math.max(8, columns - lead)),
      )
      .join('  ')
      .trimEnd();
  return [heading, ...rows].map(line);
}

/** A value of foreign JSON as text; empty for what is neither text nor a number. */
export function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
