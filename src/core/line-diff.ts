/** Lines compared line by line; a file that differs in more is shown as replaced. */
const MAX_LINES = 1500;
const CONTEXT = 3;

type Op = { kind: ' ' | '-' | '+'; line: string };

/**
 * The difference of two texts, line by line, with three lines around each change.
 * @returns a unified diff without a header, or an empty text when they are the same
 */
export function lineDiff(before: string, after: string): string {
  if (before === after) return '';
  const ops = compare(before.split('\n'), after.split('\n'));
  const keep = new Set<number>();
  ops.forEach((op, at) => {
    if (op.kind !== ' ') for (let near = at - CONTEXT; near <= at + CONTEXT; near += 1) keep.add(near);
  });
  const lines: string[] = [];
  let oldLine = 1;
  let newLine = 1;
  let inHunk = false;
  ops.forEach((op, at) => {
    if (keep.has(at)) {
      if (!inHunk) lines.push(`@@ -${oldLine} +${newLine} @@`);
      lines.push(op.kind + op.line);
    }
    inHunk = keep.has(at);
    if (op.kind !== '+') oldLine += 1;
    if (op.kind !== '-') newLine += 1;
  });
  return lines.join('\n');
}

function compare(a: readonly string[], b: readonly string[]): Op[] {
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a.at(-1 - end) === b.at(-1 - end)) end += 1;
  const same = (lines: readonly string[]): Op[] => lines.map((line) => ({ kind: ' ', line }));
  return [
    ...same(a.slice(0, start)),
    ...middle(a.slice(start, a.length - end), b.slice(start, b.length - end)),
    ...same(end === 0 ? [] : a.slice(-end)),
  ];
}

/** Longest common subsequence by dynamic programming; beyond the limit, all of one for all of the other. */
function middle(a: readonly string[], b: readonly string[]): Op[] {
  const removed = (line: string): Op => ({ kind: '-', line });
  const added = (line: string): Op => ({ kind: '+', line });
  if (a.length > MAX_LINES || b.length > MAX_LINES) return [...a.map(removed), ...b.map(added)];
  const width = b.length + 1;
  const common = new Uint16Array((a.length + 1) * width);
  const at = (i: number, j: number): number => common[i * width + j] ?? 0;
  for (let i = a.length - 1; i >= 0; i -= 1)
    for (let j = b.length - 1; j >= 0; j -= 1)
      common[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  const ops: Op[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      ops.push({ kind: ' ', line: a[i] ?? '' });
      i += 1;
      j += 1;
    } else if (j >= b.length || (i < a.length && at(i + 1, j) >= at(i, j + 1))) {
      ops.push(removed(a[i] ?? ''));
      i += 1;
    } else {
      ops.push(added(b[j] ?? ''));
      j += 1;
    }
  }
  return ops;
}
