import type { BareRepository, NewCommit, TreeChange } from '../../adapters/source/repository.js';
import type { ArtifactStore } from '../../adapters/storage/port.js';
import type { Manifest } from './manifest.js';

/** One attempt of the Engineer, as far as git is concerned. */
export interface Attempt {
  iteration: number;
  summary: string;
  /** Every file that differs from the base after this attempt, or is new: tests and scaffold included. */
  files: readonly { path: string; sha256: string }[];
  /** Paths of the base that are gone. */
  deleted: readonly string[];
  tests: { passed: number; failed: number; skipped: number };
}

/** All that a session's branch is made of. The same history gives the same commits, on every machine. */
export interface History {
  sessionId: string;
  mission: string;
  createdAt: Date;
  base: Manifest | null;
  attempts: readonly Attempt[];
  /** The attempt that was found best; the last when absent. */
  best?: number;
}

/** What was written to a repository. */
export interface WrittenBranch {
  /** The branch with every attempt. */
  name: string;
  /** A second branch that ends at the best attempt, when that is not the last. */
  bestName?: string;
  /** The commit that the attempts stand on: the source's own, or one with the files that were brought along. */
  base?: string;
  /** The commits of the attempts, in order. */
  commits: string[];
  /** The commit to be delivered. */
  delivered: string;
  /** False when somebody's own commits on the branch were left alone, and it was not moved. */
  moved: boolean;
}

/** `atelier/<end of the session id>-<mission in a few letters>`: fit for git, and the same for ever. */
export function branchName({ sessionId, mission }: Pick<History, 'sessionId' | 'mission'>): string {
  const words = mission
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 40)
    .replace(/^-+|-+$/g, '');
  const id = sessionId
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '')
    .slice(-8);
  return `atelier/${id}${words === '' ? '' : `-${words}`}`;
}

/**
 * Writes every attempt as a commit on the session's branch. What is there already is left as it is, so this may
 * be done any number of times.
 * @throws UnavailableError when there is no git on this machine
 */
export async function writeBranch(
  repository: BareRepository,
  history: History,
  store: ArtifactStore,
): Promise<WrittenBranch | null> {
  if (history.attempts.length === 0) return null;
  const name = branchName(history);
  const base = await writeBase(repository, history, store);
  const commits = await repository.commit(attemptCommits(history, store), base);
  const last = commits.at(-1) ?? '';
  const bestAt = history.attempts.findLastIndex(({ iteration }) => iteration === history.best);
  const delivered = commits[bestAt] ?? last;
  const moved = await repository.advance(name, last);
  const written: WrittenBranch = { name, base, commits, delivered, moved };
  const bestName = `${name}-best`;
  if (delivered === last) {
    // A retry has made the last one the best.
    if (await repository.resolve(`refs/heads/${bestName}`)) await repository.advance(bestName, last);
    return written;
  }
  await repository.advance(bestName, delivered);
  return { ...written, bestName };
}

async function writeBase(
  repository: BareRepository,
  { base, createdAt, sessionId }: History,
  store: ArtifactStore,
): Promise<string | undefined> {
  if (!base) return undefined;
  if (base.git) {
    const { commit, pack } = base.git;
    await repository.adopt(commit, () => store.get(pack));
    return commit;
  }
  const [commit] = await repository.commit(
    [
      {
        message: `Start from ${base.origin.kind} ${oneLine(base.origin.from, 100)}\n\nMission: ${sessionId}\n`,
        seconds: seconds(createdAt),
        changes: base.files.map(({ path, sha256, executable }) => ({
          path,
          executable: executable === true,
          read: () => store.get(sha256),
        })),
      },
    ],
    undefined,
  );
  return commit;
}

function attemptCommits(history: History, store: ArtifactStore): NewCommit[] {
  const base = new Map(history.base?.files.map((file) => [file.path, file]));
  let before: Pick<Attempt, 'files' | 'deleted'> = { files: [], deleted: [] };
  return history.attempts.map((attempt, index) => {
    const changes = changesBetween(before, attempt, base, store);
    before = attempt;
    return {
      message: messageOf(attempt, history.sessionId),
      seconds: seconds(history.createdAt) + index + 1,
      changes,
    };
  });
}

/** What has to be done to a tree so that it is that of the next attempt. */
function changesBetween(
  before: Pick<Attempt, 'files' | 'deleted'>,
  after: Attempt,
  base: ReadonlyMap<string, { sha256: string; executable?: true }>,
  store: ArtifactStore,
): TreeChange[] {
  const hashes = (state: Pick<Attempt, 'files' | 'deleted'>): Map<string, string | null> =>
    new Map([
      ...state.deleted.map((path) => [path, null] as const),
      ...state.files.map(({ path, sha256 }) => [path, sha256] as const),
    ]);
  const was = hashes(before);
  const is = hashes(after);
  const changes: TreeChange[] = [];
  for (const path of [...new Set([...was.keys(), ...is.keys()])].toSorted()) {
    const original = base.get(path);
    const from = was.has(path) ? was.get(path) : original?.sha256;
    const to = is.has(path) ? is.get(path) : original?.sha256;
    if (from === to) continue;
    if (!to) {
      if (from) changes.push({ path, delete: true });
      continue;
    }
    changes.push({ path, executable: original?.executable === true, read: () => store.get(to) });
  }
  return changes;
}

function messageOf({ iteration, summary, tests }: Attempt, sessionId: string): string {
  const { passed, failed, skipped } = tests;
  const text = summary.replaceAll('\r\n', '\n').replaceAll('\0', '').trim();
  return [
    `Attempt ${iteration}: ${oneLine(text, 60) || 'code'}`,
    '',
    ...(text === '' ? [] : [text, '']),
    `Mission: ${sessionId}`,
    `Iteration: ${iteration}`,
    `QA: ${passed} passed, ${failed} failed, ${skipped} skipped`,
    '',
  ].join('\n');
}

function oneLine(text: string, max: number): string {
  const line = text.split('\n')[0]?.trim() ?? '';
  return line.length <= max ? line : `${line.slice(0, max - 1).trimEnd()}…`;
}

function seconds(date: Date): number {
  return Math.floor(date.getTime() / 1000);
}
