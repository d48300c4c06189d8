import type { FieldProblem } from './errors.js';
import { ValidationError } from './errors.js';

const MAX_SEGMENT_BYTES = 255;
const MAX_PATH_BYTES = 1024;

/** Half of a surrogate pair: writing it to disk turns every such name into the same one. */
const LONE_SURROGATE = /\p{Surrogate}/u;

/** Control characters, and those that no eye sees: file systems drop some of them (HFS+ turns `.g\u200cit` into `.git`). */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;

/** The name of git's folder, and its short name on NTFS (`git~1`, `git~2` …). */
const GIT = /^(\.git|git~\d+)$/;

/** The strictest reading that a file system could give a name: case and compatible forms are one. */
export function fold(text: string): string {
  return text.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC');
}

/** What is wrong with a path, or undefined. */
function problemOf(path: string): string | undefined {
  if (path === '') return 'must not be empty';
  if (LONE_SURROGATE.test(path)) return 'must be valid Unicode';
  if (UNSEEN.test(path)) return 'must not hold control characters or invisible ones';
  if (path.includes('\\')) return 'must use / between folders, not \\';
  if (path.includes(':')) return 'must not hold a colon (a drive or a stream on Windows)';
  if (path.startsWith('/')) return 'must be relative to the project, without a leading /';
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) return `must be at most ${MAX_PATH_BYTES} bytes long`;
  for (const segment of path.split('/')) {
    if (segment === '') return 'must not hold empty folder names (// or a trailing /)';
    if (Buffer.byteLength(segment) > MAX_SEGMENT_BYTES)
      return `must not hold a name longer than ${MAX_SEGMENT_BYTES} bytes`;
  }
  // On the folded form, since a file system may fold: U+2025 is two dots, U+FF0F is a slash.
  const segments = fold(path).split(/[/\\:]/);
  if (segments.length !== path.split('/').length)
    return 'must not hold characters that can be read as / \\ or :';
  for (const segment of segments) {
    if (segment === '.' || segment === '..') return 'must not hold . or .. as a folder';
    if (/[. ]$/.test(segment)) return 'must not hold a name that ends with a dot or a space';
    if (GIT.test(segment)) return 'must not reach into .git';
    if (segment === 'node_modules') return 'must not reach into node_modules';
  }
  return undefined;
}

/**
 * Checks one path that a model wrote: relative, with `/`, inside the project on every common file system, and
 * not in `.git` or `node_modules`.
 * @param field how the error names the path
 * @returns the path, unchanged
 * @throws ValidationError that names the field, and says what is wrong
 */
export function checkFilePath(path: string, field = 'path'): string {
  const message = problemOf(path);
  if (message !== undefined)
    throw new ValidationError(`The file path ${JSON.stringify(path)} ${message}.`, [{ field, message }]);
  return path;
}

/**
 * Checks the paths of one set of files: each by itself, no two the same on a file system that ignores case or
 * Unicode forms, and none both a file and a folder of another.
 * @throws ValidationError that lists every problem as `files[i].path`
 */
export function checkFileSet(paths: readonly string[]): void {
  const problems: FieldProblem[] = [];
  const report = (index: number, message: string) =>
    problems.push({ field: `files[${index}].path`, message: `${JSON.stringify(paths[index])} ${message}` });
  const files = new Map<string, number>();
  for (const [index, path] of paths.entries()) {
    const problem = problemOf(path);
    const twin = files.get(fold(path));
    if (problem !== undefined) report(index, problem);
    else if (twin !== undefined) report(index, `is the same file as ${JSON.stringify(paths[twin])}`);
    else files.set(fold(path), index);
  }
  for (const [path, index] of files)
    for (let end = path.indexOf('/'); end !== -1; end = path.indexOf('/', end + 1)) {
      const parent = files.get(path.slice(0, end));
      if (parent !== undefined)
        report(index, `needs a folder where ${JSON.stringify(paths[parent])} is a file`);
    }
  if (problems.length > 0)
    throw new ValidationError(
      `${problems.length} file path${problems.length === 1 ? ' is' : 's are'} not usable:\n` +
        problems.map(({ message }) => `  - ${message}`).join('\n'),
      problems,
    );
}
