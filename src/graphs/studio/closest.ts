/** Lines beyond this are not looked at: they are data, and comparing them says nothing. */
const MAX_LINE = 400;
/** Lines of a file that are compared at most. */
const MAX_LINES = 20_000;
const SHOWN = 8;

/** The pairs of neighbouring characters in a line, blanks aside. */
function pairsOf(line: string): Set<string> {
  const text = line.replace(/\s+/g, '').slice(0, MAX_LINE);
  const pairs = new Set<string>();
  for (let at = 0; at + 1 < text.length; at += 1) pairs.add(text.slice(at, at + 2));
  return pairs;
}

/**
 * How much of a wanted line a line has, by character pairs: 1 for lines that differ in blanks only; a little less
 * when the wanted one is but a part of it.
 */
function likeness(wanted: Set<string>, line: Set<string>): number {
  if (wanted.size === 0 || line.size === 0) return 0;
  let shared = 0;
  for (const pair of wanted) if (line.has(pair)) shared += 1;
  return Math.max((2 * shared) / (wanted.size + line.size), (0.8 * shared) / wanted.size);
}

/**
 * The lines of a text that come closest to a passage that is not in it, with their numbers, so that whoever
 * wrote the passage sees what really stands there.
 * @returns up to eight lines such as `12| return a + b;`, or undefined when nothing is alike
 */
export function closestLines(text: string, passage: string): string | undefined {
  const lines = text.split(/\r?\n/).slice(0, MAX_LINES);
  const wanted = passage
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '')
    .slice(0, SHOWN);
  const first = wanted.findIndex((line) => pairsOf(line).size > 2);
  const anchor = pairsOf(wanted[Math.max(0, first)] ?? '');
  let best = { at: -1, score: 0.5 };
  lines.forEach((line, at) => {
    const score = likeness(anchor, pairsOf(line));
    if (score > best.score) best = { at, score };
  });
  if (best.at === -1) return undefined;
  const start = Math.max(0, best.at - Math.max(0, first));
  return lines
    .slice(start, start + Math.max(1, Math.min(SHOWN, wanted.length)))
    .map((line, index) => `${start + index + 1}| ${line.slice(0, MAX_LINE)}`)
    .join('\n');
}
