import ignore from 'ignore';

/** Where a `.gitignore` takes part, and the largest one that is read. */
const MAX_RULES_BYTES = 256 * 1024;

/** The `.gitignore` files of a tree, each holding for its own folder and below, the deeper ones deciding. */
export class IgnoreRules {
  private readonly byFolder = new Map<string, ReturnType<typeof ignore>>();

  /**
   * Takes a `.gitignore` in.
   * @param path its own path, such as `packages/a/.gitignore`
   */
  add(path: string, content: Buffer): void {
    if (content.byteLength > MAX_RULES_BYTES) return;
    const folder = path.slice(0, path.lastIndexOf('/') + 1);
    this.byFolder.set(folder, ignore().add(content.toString('utf8')));
  }

  /** Whether a file is ignored, by its own name or by a folder above it. */
  ignoresFile(path: string): boolean {
    for (let end = path.indexOf('/'); end !== -1; end = path.indexOf('/', end + 1))
      if (this.decide(path.slice(0, end + 1))) return true;
    return this.decide(path);
  }

  /** Whether a folder (without a trailing `/`) is ignored; what is in it then never counts. */
  ignoresFolder(path: string): boolean {
    return this.ignoresFile(`${path}/`);
  }

  private decide(path: string): boolean {
    let ignored = false;
    const parent = path.replace(/\/$/, '');
    for (let end = -1; ; end = parent.indexOf('/', end + 1)) {
      const folder = parent.slice(0, end + 1);
      const verdict = this.byFolder.get(folder)?.test(path.slice(folder.length));
      if (verdict?.ignored) ignored = true;
      else if (verdict?.unignored) ignored = false;
      if (parent.indexOf('/', end + 1) === -1) return ignored;
    }
  }
}
