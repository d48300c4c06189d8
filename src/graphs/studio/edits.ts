import { ValidationError } from '../../core/errors.js';
import { PathSet } from '../../core/path-set.js';
import { checkFilePath, checkFileSet } from '../../core/safe-path.js';
import { closestLines } from './closest.js';

/** One passage to be replaced. */
export interface Edit {
  search: string;
  replace: string;
}

/** What is to become of one file: exactly one of the three. */
export interface Change {
  path: string;
  content?: string;
  edits?: readonly Edit[];
  delete?: true;
}

/** The project as whoever changes it knows it. */
export interface Workspace {
  /** Every path of the project. */
  paths: ReadonlySet<string>;
  /** The text of the files that were shown; only these may be changed. */
  shown: ReadonlyMap<string, string>;
  /** Paths that may not be touched, with the reason. */
  locked: ReadonlyMap<string, string>;
  /** Paths that others put files at, or will: nothing new may stand in their way. */
  kept?: readonly string[];
}

/** What a set of changes comes to. */
export interface Applied {
  /** New contents, in the order of the changes. */
  written: { path: string; content: string }[];
  deleted: string[];
}

/** Something wrong with a change; `at` is its place, such as `[0, 'edits', 1, 'search']`. */
export interface ChangeProblem {
  at: (string | number)[];
  message: string;
}

/**
 * Works out a set of changes, all of them or none. Each search must be found exactly once, letter for letter, in
 * the file as it was shown; two edits may not overlap; a file that was not shown cannot be changed. Line ends
 * are the file's own: in a file that has only CRLF, LF in an edit stands for CRLF, and the other way round.
 * @returns the outcome, or every problem, in words for the model that wrote the changes
 */
export function applyChanges(
  changes: readonly Change[],
  workspace: Workspace,
): { applied: Applied } | { problems: ChangeProblem[] } {
  const problems: ChangeProblem[] = [];
  const applied: Applied = { written: [], deleted: [] };
  changes.forEach((change, index) => {
    const report = (place: (string | number)[], message: string) =>
      problems.push({ at: [index, ...place], message });
    const barred = barredBy(change, workspace);
    if (barred) return void report(barred.place, barred.message);
    const { path } = change;
    if (change.delete) return void applied.deleted.push(path);
    const before = workspace.shown.get(path);
    if (change.content !== undefined)
      return void applied.written.push({ path, content: inLineEndsOf(before, change.content) });
    const content = edited(path, before ?? '', change.edits ?? [], (place, message) =>
      report(['edits', ...place], message),
    );
    return content === undefined ? undefined : void applied.written.push({ path, content });
  });
  if (problems.length === 0) problems.push(...setProblems(changes, applied, workspace));
  return problems.length > 0 ? { problems } : { applied };
}

/** Why a change may not be made, whatever it says. */
function barredBy(
  change: Change,
  workspace: Workspace,
): { place: (string | number)[]; message: string } | undefined {
  const { path } = change;
  const said = [change.content, change.edits, change.delete].filter((part) => part !== undefined);
  if (said.length !== 1)
    return { place: [], message: 'must have exactly one of "content", "edits" and "delete"' };
  const unsafe = pathProblem(path);
  if (unsafe) return { place: ['path'], message: unsafe };
  const locked = workspace.locked.get(path);
  if (locked) return { place: ['path'], message: `"${path}" ${locked}` };
  if (!workspace.paths.has(path))
    return change.content === undefined
      ? { place: ['path'], message: `there is no file "${path}" in the project` }
      : inTheWay(path, workspace);
  if (!workspace.shown.has(path))
    return {
      place: ['path'],
      message: `"${path}" exists and was not shown to you, so you cannot change it: leave it as it is`,
    };
  return undefined;
}

/** A new file may not stand where somebody else's has to. */
function inTheWay(path: string, { kept = [] }: Workspace): ReturnType<typeof barredBy> {
  const other = new PathSet(kept).clash(path);
  return other === undefined
    ? undefined
    : {
        place: ['path'],
        message: `"${path}" stands in the way of "${other}", which is not yours: choose another path`,
      };
}

function pathProblem(path: string): string | undefined {
  try {
    checkFilePath(path);
  } catch (error) {
    if (!(error instanceof ValidationError)) throw error;
    return error.problems.map(({ message }) => message).join('; ') || error.message;
  }
  return path.toLowerCase() === '.atelier' || path.toLowerCase().startsWith('.atelier/')
    ? 'must not reach into ".atelier", which is the studio\'s own'
    : undefined;
}

function edited(
  path: string,
  text: string,
  edits: readonly Edit[],
  report: (place: (string | number)[], message: string) => void,
): string | undefined {
  const places: { start: number; end: number; replace: string; index: number }[] = [];
  let sound = edits.length > 0;
  const refuse = (place: (string | number)[], message: string): void => {
    sound = false;
    report(place, message);
  };
  if (edits.length === 0) refuse([], 'is empty: give at least one edit, or leave the file out');
  edits.forEach((edit, index) => {
    const search = inLineEndsOf(text, edit.search);
    const replace = inLineEndsOf(text, edit.replace);
    if (search === '') return refuse([index, 'search'], 'is empty: name the passage to be replaced');
    if (search === replace)
      return refuse([index, 'replace'], 'is the same as "search", so nothing would change');
    const found = occurrences(text, search);
    const [start] = found;
    if (start === undefined) return refuse([index, 'search'], notFound(path, text, edit.search));
    if (found.length > 1)
      return refuse(
        [index, 'search'],
        `is found ${found.length} times in "${path}" (lines ${found.map((at) => lineOf(text, at)).join(', ')}): ` +
          'add the lines around it until it stands there once',
      );
    return void places.push({ start, end: start + search.length, replace, index });
  });
  places.sort((a, b) => a.start - b.start);
  places.forEach((place, nth) => {
    const before = places[nth - 1];
    if (before && before.end > place.start)
      refuse(
        [place.index, 'search'],
        `overlaps with edit ${before.index} of the same file: make one edit of both`,
      );
  });
  if (!sound) return undefined;
  let at = 0;
  let result = '';
  for (const { start, end, replace } of places) {
    result += text.slice(at, start) + replace;
    at = end;
  }
  return result + text.slice(at);
}

/** Where a passage begins, overlapping finds included, at most ten. */
function occurrences(text: string, search: string): number[] {
  const found: number[] = [];
  for (let at = text.indexOf(search); at !== -1 && found.length < 10; at = text.indexOf(search, at + 1))
    found.push(at);
  return found;
}

function lineOf(text: string, at: number): number {
  let line = 1;
  for (let next = text.indexOf('\n'); next !== -1 && next < at; next = text.indexOf('\n', next + 1))
    line += 1;
  return line;
}

function notFound(path: string, text: string, search: string): string {
  const closest = closestLines(text, search);
  const hint =
    closest === undefined ? 'Nothing in the file is like it.' : `The closest lines are:\n${closest}`;
  return `is not found in "${path}". It must be there letter for letter, blanks included. ${hint}`;
}

/** A text with the line ends of another, when that one has only one kind. */
function inLineEndsOf(model: string | undefined, text: string): string {
  if (model === undefined || !model.includes('\n')) return text;
  const crlf = model.includes('\r\n');
  const bare = /(^|[^\r])\n/.test(model);
  if (crlf && bare) return text;
  const unified = text.replaceAll('\r\n', '\n');
  return crlf ? unified.replaceAll('\n', '\r\n') : unified;
}

/** Problems of the changes taken together, and with the rest of the project. */
function setProblems(changes: readonly Change[], applied: Applied, workspace: Workspace): ChangeProblem[] {
  const seen = new Set<string>();
  for (const [index, { path }] of changes.entries()) {
    if (seen.has(path))
      return [{ at: [index, 'path'], message: `"${path}" is changed twice: once is enough` }];
    seen.add(path);
  }
  const paths = new Set([...workspace.paths, ...applied.written.map(({ path }) => path)]);
  for (const path of applied.deleted) paths.delete(path);
  if (paths.size === 0) return [{ at: [], message: 'would leave the project without any file' }];
  try {
    checkFileSet([...paths]);
    return [];
  } catch (error) {
    if (!(error instanceof ValidationError)) throw error;
    return error.problems.map(({ message }) => ({ at: [], message }));
  }
}
