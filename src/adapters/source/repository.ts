import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { newId } from '../../core/ids.js';
import { git, GitError, type GitCall } from './git/git.js';

/** One file of a commit that differs from the commit before. */
export type TreeChange =
  { path: string; read: () => Promise<Buffer>; executable: boolean } | { path: string; delete: true };

/** One commit to be made. The same commit on the same parent always gets the same id. */
export interface NewCommit {
  message: string;
  /** Seconds since 1970, as author's and committer's time, in UTC. */
  seconds: number;
  changes: readonly TreeChange[];
}

const AUTHOR = 'Atelier <atelier@localhost>';
const GIT_MS = 120_000;
const MAX_OUTPUT = 512 * 1024 ** 2;

/**
 * A bare repository of our own. Everything goes through git's object database: no working copy, no index, and so
 * no hook, filter, attribute or setting of a source ever takes part.
 */
export class BareRepository {
  private constructor(
    readonly folder: string,
    private readonly signal?: AbortSignal,
  ) {}

  /** Opens the repository in a folder, made when it is not there yet. @throws UnavailableError without git */
  static async open(folder: string, signal?: AbortSignal): Promise<BareRepository> {
    if (!(await stat(join(folder, 'HEAD')).catch(() => null))) {
      await mkdir(dirname(folder), { recursive: true });
      await git({
        args: ['init', '--quiet', '--bare', '--template=', '--initial-branch=main', folder],
        timeoutMs: GIT_MS,
        signal,
      });
    }
    return new BareRepository(folder, signal);
  }

  /** Works with a repository that is gone afterwards. */
  static async temporary<T>(
    work: (repository: BareRepository) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    const room = await mkdtemp(join(tmpdir(), 'atelier-branch-'));
    try {
      return await work(await BareRepository.open(join(room, 'project.git'), signal));
    } finally {
      await rm(room, { recursive: true, force: true });
    }
  }

  /** Takes in a commit of somebody else's history, from a pack that holds it and nothing before it. */
  async adopt(commit: string, pack: () => Promise<Buffer>): Promise<void> {
    if (await this.has(commit)) return;
    // Its parents are not here: git has to know before it meets the commit.
    const shallow = join(this.folder, 'shallow');
    const known = await readFile(shallow, 'utf8').catch(() => '');
    if (!known.includes(commit)) await writeFile(shallow, `${known}${commit}\n`);
    await this.git(['unpack-objects', '-q'], { input: [await pack()] });
  }

  /**
   * Makes commits one upon another. Made again, they are the same commits.
   * @param parent the commit they stand on; none for a new history
   * @returns their ids, in order
   */
  async commit(commits: readonly NewCommit[], parent: string | undefined): Promise<string[]> {
    if (commits.length === 0) return [];
    // A ref of our own keeps them while they are made, and says nothing to anybody afterwards.
    const ref = `refs/atelier/making-${newId()}`;
    const marks = join(this.folder, `marks-${newId()}`);
    try {
      await this.git(['fast-import', '--quiet', '--done', '--date-format=raw', `--export-marks=${marks}`], {
        input: stream(commits, ref, parent),
      });
      const byMark = new Map(
        (await readFile(marks, 'utf8'))
          .trim()
          .split('\n')
          .map((line) => line.slice(1).split(' ') as [string, string]),
      );
      return commits.map((_commit, index) => byMark.get(String(index + 1)) ?? '');
    } finally {
      await rm(marks, { force: true });
      await this.git(['update-ref', '-d', ref]).catch(() => undefined);
    }
  }

  /**
   * Lets a branch point to a commit, if that loses nothing: commits that somebody else has put on it stay.
   * @returns false when the branch holds commits that the new one does not, and was left as it is
   */
  async advance(branch: string, commit: string): Promise<boolean> {
    const ref = `refs/heads/${branch}`;
    const current = await this.resolve(ref);
    if (current === commit) return true;
    if (current !== undefined && !(await this.isAncestor(current, commit))) return false;
    // With the old value named, a move that happens meanwhile makes this one fail instead of losing.
    await this.git(['update-ref', ref, commit, current ?? '']);
    return true;
  }

  /** Makes a branch the one that clones check out. */
  async setHead(branch: string): Promise<void> {
    await this.git(['symbolic-ref', 'HEAD', `refs/heads/${branch}`]);
  }

  /** A bundle of branches, without what `base` already holds; with HEAD when nothing is left out. */
  async bundle(branches: readonly string[], base: string | undefined): Promise<Buffer> {
    const refs = branches.map((branch) => `refs/heads/${branch}`);
    return this.git([
      'bundle',
      'create',
      '--quiet',
      '-',
      ...(base ? refs : ['HEAD', ...refs]),
      ...(base ? [`^${base}`] : []),
    ]);
  }

  /** The difference of two commits as a patch that `git apply` takes; against nothing when `from` is absent. */
  async patch(from: string | undefined, to: string): Promise<Buffer> {
    const form = [
      '--patch',
      '--binary',
      '--full-index',
      '--no-ext-diff',
      '--no-textconv',
      '--no-renames',
      '--no-color',
    ];
    const start = from ?? (await this.emptyTree());
    return this.git(['diff-tree', '-r', ...form, start, to]);
  }

  /** The commit that a name stands for, or undefined. */
  async resolve(name: string): Promise<string | undefined> {
    const found = await this.git([
      'rev-parse',
      '--verify',
      '--quiet',
      '--end-of-options',
      `${name}^{commit}`,
    ]).catch((error: unknown) => {
      if (error instanceof GitError) return undefined;
      throw error;
    });
    return found?.toString('latin1').trim();
  }

  /** Git knows the tree without files, stored or not. */
  private async emptyTree(): Promise<string> {
    return (await this.git(['hash-object', '-t', 'tree', '--stdin'])).toString('latin1').trim();
  }

  private async has(commit: string): Promise<boolean> {
    return (await this.resolve(commit)) !== undefined;
  }

  private async isAncestor(old: string, commit: string): Promise<boolean> {
    return this.git(['merge-base', '--is-ancestor', old, commit]).then(
      () => true,
      (error: unknown) => {
        if (error instanceof GitError && error.exitCode === 1) return false;
        throw error;
      },
    );
  }

  private async git(args: readonly string[], more: Pick<GitCall, 'input'> = {}): Promise<Buffer> {
    return git({
      args,
      gitDir: this.folder,
      timeoutMs: GIT_MS,
      maxOutput: MAX_OUTPUT,
      signal: this.signal,
      ...more,
    });
  }
}

/** The commits in the language of `git fast-import`, contents read when their turn comes. */
async function* stream(
  commits: readonly NewCommit[],
  ref: string,
  parent: string | undefined,
): AsyncGenerator<Buffer | string> {
  for (const [index, { message, seconds, changes }] of commits.entries()) {
    const text = Buffer.from(message);
    const time = `${Math.trunc(seconds)} +0000`;
    yield `commit ${ref}\nmark :${index + 1}\nauthor ${AUTHOR} ${time}\ncommitter ${AUTHOR} ${time}\n`;
    yield `data ${text.length}\n`;
    yield text;
    yield '\n';
    if (index > 0) yield `from :${index}\n`;
    else if (parent !== undefined) yield `from ${parent}\n`;
    // Deletions first: a file may stand where a folder was.
    for (const change of changes) if ('delete' in change) yield `D ${quoted(change.path)}\n`;
    for (const change of changes) {
      if ('delete' in change) continue;
      const content = await change.read();
      yield `M ${change.executable ? '100755' : '100644'} inline ${quoted(change.path)}\ndata ${content.length}\n`;
      yield content;
      yield '\n';
    }
    yield '\n';
  }
  yield 'done\n';
}

function quoted(path: string): string {
  return `"${path.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}
