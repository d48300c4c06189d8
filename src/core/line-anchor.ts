import { diffArrays } from 'diff';

/** Texts that differ in more lines than this are not searched: what stood in them counts as gone. */
const MAX_EDITS = 5000;

/** Lines of a text, from 1, both ends included. */
export interface LineRange {
  start: number;
  end: number;
}

/**
 * Where lines of a text stand in a later version of it, by comparing the two line by line.
 * @returns null when any of them was changed or removed, or was not there to begin with. Lines that came between
 *   them are taken into the range.
 */
export function moveLines(before: string, after: string, range: LineRange): LineRange | null {
  if (before === after) return range;
  const changes = diffArrays(linesOf(before), linesOf(after), { maxEditLength: MAX_EDITS });
  if (!changes) return null;
  let oldLine = 1;
  let newLine = 1;
  let start: number | null = null;
  for (const { added, removed, count } of changes) {
    if (added) {
      newLine += count;
      continue;
    }
    const last = oldLine + count - 1;
    if (removed) {
      if (range.start <= last && range.end >= oldLine) return null;
    } else {
      if (range.start >= oldLine && range.start <= last) start = newLine + range.start - oldLine;
      if (start !== null && range.end >= oldLine && range.end <= last)
        return { start, end: newLine + range.end - oldLine };
      newLine += count;
    }
    oldLine = last + 1;
  }
  return null;
}

/** These lines of a text; null when it has not as many. */
export function quoteLines(text: string, { start, end }: LineRange): string | null {
  const lines = linesOf(text);
  return end > lines.length ? null : lines.slice(start - 1, end).join('\n');
}

function linesOf(text: string): string[] {
  const lines = text.split(/\r?\n/);
  if (lines.length > 1 && lines.at(-1) === '') lines.pop();
  return lines;
}
