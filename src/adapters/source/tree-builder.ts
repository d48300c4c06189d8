import { ValidationError } from '../../core/errors.js';
import { checkFileSet } from '../../core/safe-path.js';
import { IgnoreRules } from './ignore-rules.js';
import { judgeName } from './names.js';
import type { GitBase, SkipReason, SourceFile, SourceLimits, SourceTree } from './port.js';
import { SkipLog } from './skip-log.js';

/** Gathers the files of a source, and holds it to its limits. */
export class TreeBuilder {
  private readonly files = new Map<string, SourceFile>();
  private readonly log = new SkipLog();
  /** The source's `.gitignore` files; taken in before the files they are about. */
  readonly ignored = new IgnoreRules();
  private bytes = 0;
  private entries = 0;

  /**
   * @param field what errors name: `archive`, `source.path` or `source.url`
   */
  constructor(
    readonly limits: SourceLimits,
    private readonly field: string,
  ) {}

  /** Counts one entry, whatever becomes of it. @throws ValidationError when there are too many */
  count(): void {
    this.entries += 1;
    if (this.entries > this.limits.entries)
      throw this.refusal(
        `has more than ${this.limits.entries} entries; leave dependencies and build output out`,
      );
  }

  /**
   * Whether a file is wanted, before it is read; what is not is noted.
   * @param size its claimed bytes
   */
  wants(path: string, size: number): boolean {
    const reason: SkipReason | undefined =
      judgeName(path) ??
      (this.ignored.ignoresFile(path) ? 'ignored' : undefined) ??
      (size > this.limits.fileBytes ? 'too_large' : undefined);
    if (reason) this.skip(reason, path);
    return reason === undefined;
  }

  /** Notes an entry as left out. */
  skip(reason: SkipReason, path: string): void {
    this.log.add(reason, path);
  }

  /** Takes a file in. @throws ValidationError when it stands there already, or the project gets too large */
  add(file: SourceFile): void {
    if (this.files.has(file.path))
      throw this.refusal(`holds ${JSON.stringify(file.path)} twice; which one counts cannot be told`);
    this.bytes += file.content.byteLength;
    if (this.bytes > this.limits.bytes)
      throw this.refusal(
        `holds more than ${this.limits.bytes} bytes of files; leave dependencies, data and build output out`,
      );
    this.files.set(file.path, file);
    if (this.files.size > this.limits.files)
      throw this.refusal(`holds more than ${this.limits.files} files; leave out what is not source`);
  }

  /**
   * The tree: sorted, its paths proven not to collide.
   * @throws ValidationError when it is empty or two of its paths would be one file somewhere
   */
  finish(options: { root?: string; git?: GitBase } = {}): SourceTree {
    if (this.files.size === 0) throw this.refusal('holds no files that a project could be made of');
    const files = [...this.files.values()].toSorted((a, b) => (a.path < b.path ? -1 : 1));
    try {
      checkFileSet(files.map(({ path }) => path));
    } catch (error) {
      if (!(error instanceof ValidationError)) throw error;
      throw this.refusal(
        `cannot be laid out on every file system: ${error.problems.map(({ message }) => message).join('; ')}`,
      );
    }
    return {
      files,
      skipped: this.log.skipped,
      root: options.root ?? '',
      ...(options.git && { git: options.git }),
    };
  }

  /** An error about the source as a whole. */
  refusal(message: string): ValidationError {
    return new ValidationError(`The ${this.field} ${message}.`, [{ field: this.field, message }]);
  }
}
