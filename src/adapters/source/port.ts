import { z } from 'zod';

/** A file of a project that a mission starts from. */
export interface SourceFile {
  /** Relative, with `/`, accepted by `checkFilePath`. */
  path: string;
  content: Buffer;
  executable: boolean;
}

/** Why something of a source is not part of the project that agents work on. */
export const SKIP_REASONS = {
  git: 'git metadata',
  dependencies: 'installed dependencies',
  studio: "the studio's own folder",
  ignored: 'named by .gitignore',
  link: 'a link',
  special: 'neither a file nor a folder',
  name: 'a name that not every system can hold',
  secret: 'a file that usually holds secrets',
  too_large: 'larger than one file may be',
  submodule: 'a git submodule',
} as const;
export type SkipReason = keyof typeof SKIP_REASONS;

/** What was left out, counted by reason, with the first paths of each. */
export type Skipped = Partial<Record<SkipReason, { count: number; examples: string[] }>>;

/** The commit that a git source stands at, with all that is needed to build on it. */
export interface GitBase {
  /** 40 or 64 hex digits. */
  commit: string;
  /** What was asked for: a branch, a tag, a commit, or `HEAD`. */
  ref: string;
  /** A git pack with the commit and everything in its tree, and nothing before it. */
  pack: Buffer;
}

/** A project as it was found. Paths are safe and differ on every file system; the order is that of the paths. */
export interface SourceTree {
  files: SourceFile[];
  skipped: Skipped;
  /** The folder that everything in an archive stood in, such as `project-main/`; empty when there was none. */
  root: string;
  git?: GitBase;
}

/** What a project may weigh. A trial lays the whole project out each time, so this is bounded. */
export interface SourceLimits {
  /** Bytes of an uploaded archive or bundle. */
  archiveBytes: number;
  /** Entries of an archive or a folder, those included that are left out. */
  entries: number;
  /** Files of the project. */
  files: number;
  /** Bytes of all files of the project together. */
  bytes: number;
  /** Bytes of one file; larger ones are left out. */
  fileBytes: number;
  /** Bytes that an archive may unpack to, left-out entries included. */
  unpackedBytes: number;
  /** Times an archive may grow when it unpacks, once it is past 10 MiB. */
  ratio: number;
  /** Bytes a git transfer may put on disk. */
  transferBytes: number;
  /** Milliseconds one git command may take. */
  gitMs: number;
}

const MIB = 1024 ** 2;
export const SOURCE_LIMITS: SourceLimits = {
  archiveBytes: 64 * MIB,
  entries: 20_000,
  files: 4000,
  bytes: 48 * MIB,
  fileBytes: 4 * MIB,
  unpackedBytes: 160 * MIB,
  ratio: 200,
  transferBytes: 256 * MIB,
  gitMs: 120_000,
};

const word = (max: number) =>
  z
    .string()
    .min(1, 'is empty')
    .max(max, `is longer than ${max} characters`)
    .refine((text) => !/\p{Cc}/u.test(text), 'holds control characters');

/** A branch, tag or commit. Never read as an option, a range or an expression. */
export const gitRef = word(255)
  .regex(/^[A-Za-z0-9_]/, 'must begin with a letter or digit')
  .refine(
    (ref) => !/\.\.|@\{|[~^:?*[\\ ]|\/\/|\/$|\.$|\.lock(\/|$)|\/\./.test(ref),
    'is not the name of a branch, a tag or a commit',
  );

/** What a mission may start from, as a submitter says it. */
export const sourceOption = z.discriminatedUnion('kind', [
  /** An archive or git bundle that was uploaded before. */
  z.strictObject({
    kind: z.literal('archive'),
    sourceId: z
      .string()
      .regex(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,63}$/, 'must be the sourceId that the upload gave'),
  }),
  z.strictObject({ kind: z.literal('git'), url: word(2000), ref: gitRef.optional() }),
  /** A folder on the server, below a root that an administrator allows. */
  z.strictObject({ kind: z.literal('folder'), path: word(4000) }),
]);
export type SourceOption = z.infer<typeof sourceOption>;

/**
 * Reads projects from where they are. Left out on purpose: where they are kept afterwards (services/source does
 * that), credentials (none are taken, kept or sent), working copies, submodules and git-lfs content.
 */
export interface SourceReader {
  /**
   * An uploaded zip, tar, tar.gz or git bundle.
   * @throws ValidationError for `archive`, saying what is wrong with it
   */
  archive(bytes: Buffer, signal?: AbortSignal): Promise<SourceTree>;
  /** @throws ValidationError for `source.path`; @throws ForbiddenError when it is not below an allowed root */
  folder(path: string, signal?: AbortSignal): Promise<SourceTree>;
  /**
   * @throws ValidationError for `source.url` or `source.ref`; @throws ForbiddenError for a host or path not allowed
   * @throws UnavailableError when the other side cannot be reached or takes too long
   */
  git(url: string, ref: string | undefined, signal?: AbortSignal): Promise<SourceTree>;
  /** Whether a source may be read at all, as far as can be told without reading it. @throws like the above */
  admit(source: SourceOption): void;
}
