import { estimateTokens } from '../../adapters/llm/messages.js';
import type { ContextPiece } from '../../engine/agent.js';
import type { ProjectFile } from './files.js';
import { lineDiff } from '../../core/line-diff.js';

/** A named piece of what a model is told. */
export interface Piece extends ContextPiece {
  /** When there is too much: how this piece gets shorter. Pieces without it stay whole. */
  trim?: (text: string, tokens: number) => string;
  /** Pieces with a lower number give way first. */
  yields?: number;
}

/** A trimmed piece keeps at least this much, or it says nothing. */
const LEAST_TOKENS = 200;

/**
 * Fits pieces into a budget. Their order stays (the stable ones stand first, for the provider's prompt cache);
 * those that may be trimmed give way in the order of `yields`. Pieces without text are left out.
 * @param tokens the most they may come to together, by estimate; what may not be trimmed can exceed it
 */
export function fitContext(pieces: readonly Piece[], tokens: number): ContextPiece[] {
  const texts = pieces.map(({ text }) => text);
  const order = pieces
    .map((piece, index) => ({ piece, index }))
    .filter(({ piece }) => piece.trim)
    .toSorted((a, b) => (a.piece.yields ?? 0) - (b.piece.yields ?? 0));
  for (const { piece, index } of order) {
    const over = texts.reduce((sum, text) => sum + estimateTokens(text), 0) - tokens;
    if (over <= 0) break;
    const own = estimateTokens(texts[index] ?? '');
    if (own > LEAST_TOKENS)
      texts[index] = piece.trim?.(texts[index] ?? '', Math.max(LEAST_TOKENS, own - over)) ?? '';
  }
  return pieces
    .map(({ tag, stable }, index) => ({ tag, text: texts[index] ?? '', ...(stable && { stable }) }))
    .filter(({ text }) => text.trim() !== '');
}

/** The beginning of a text. */
export function keepHead(text: string, tokens: number): string {
  const chars = tokens * 4;
  if (text.length <= chars) return text;
  return `${text.slice(0, chars - 40).trimEnd()}\n… (${text.length - chars + 40} characters left out)`;
}

/** Lines that tell what failed, in the outputs of most test runners and languages. */
const TELLING =
  /\b(error|fail(ed|ure|s)?|expected|actual|received|assert\w*|exception|panic|traceback|not ok|timed? ?out)\b|[✖✗×]|^\s*[+-]\s|^#|^\s*at .+:\d+|:\d+:\d+/i;

/**
 * A report or output cut down to its headings and what stands around its failures: the telling lines with their
 * neighbours, the first of them before the last, as one failure often causes those after it.
 */
export function keepFailures(text: string, tokens: number): string {
  const chars = tokens * 4;
  if (text.length <= chars) return text;
  const lines = text.split('\n').map((line) => (line.length > 400 ? `${line.slice(0, 400)}…` : line));
  const keep = new Set<number>();
  let used = 60;
  const take = (at: number): boolean => {
    const line = lines[at];
    if (line === undefined || keep.has(at)) return true;
    // A mark for lines left out may have to stand before it.
    used += line.length + 1 + 30;
    if (used > chars) return false;
    keep.add(at);
    return true;
  };
  const near = [0, -1, 1, 2];
  const telling = lines.flatMap((line, at) => (TELLING.test(line) ? [at] : []));
  for (const at of [0, 1, ...telling]) if (!near.every((step) => at + step < 0 || take(at + step))) break;
  const out: string[] = [];
  let skipped = 0;
  const note = (): void => {
    if (skipped > 0) out.push(`… (${skipped} lines left out)`);
    skipped = 0;
  };
  lines.forEach((line, at) => {
    if (!keep.has(at)) skipped += 1;
    else {
      note();
      out.push(line);
    }
  });
  note();
  return out.join('\n');
}

/** What a set of changes did to files, as one diff. `before` and `after` hold only what may differ. */
export function diffFiles(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string {
  const parts: string[] = [];
  for (const path of [...new Set([...before.keys(), ...after.keys()])].toSorted()) {
    const old = before.get(path);
    const now = after.get(path);
    if (old === now) continue;
    if (now === undefined) parts.push(`--- ${path}\n(deleted)`);
    else if (old === undefined) parts.push(`--- ${path}\n(new, ${now.split('\n').length} lines)`);
    else parts.push(`--- ${path}\n${lineDiff(old, now)}`);
  }
  return parts.join('\n');
}

/** The files that fit into a budget, whole, in the order given; the others' paths are named. */
export function fitFiles(
  files: readonly ProjectFile[],
  tokens: number,
): { shown: ProjectFile[]; left: string[] } {
  const shown: ProjectFile[] = [];
  const left: string[] = [];
  let used = 0;
  for (const file of files) {
    const cost = estimateTokens(file.content) + estimateTokens(file.path) + 2;
    if (used + cost > tokens) left.push(file.path);
    else {
      used += cost;
      shown.push(file);
    }
  }
  return { shown, left };
}
