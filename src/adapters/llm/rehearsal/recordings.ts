import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { codeOf } from '../../../core/error-code.js';
import { ConfigError, messageOf } from '../../../core/errors.js';

/** The recordings that ship with Atelier. */
export const BUNDLED_RECORDINGS = join(dirname(fileURLToPath(import.meta.url)), 'recordings');

const recordingSchema = z.strictObject({
  slug: z.string().regex(/^[a-z0-9-]+$/),
  title: z.string().min(1),
  kind: z.string().min(1),
  mission: z.string().min(1),
  keywords: z.array(z.string().min(1)).min(1),
  summaries: z.strictObject({ 'attempt-1': z.string().min(1), 'attempt-2': z.string().min(1) }),
  bugAnalysis: z.array(
    z.strictObject({
      test: z.string().min(1),
      fault: z.enum(['code', 'test']),
      analysis: z.string().min(1),
    }),
  ),
});

/** What `recording.json` says: the project's names, what finds it, and what is said about its attempts. */
export type Recording = z.infer<typeof recordingSchema>;

export interface RecordedFile {
  /** Relative to the project root, with forward slashes. */
  path: string;
  content: string;
}

/** Everything in a recording's folder that answers are made of. */
export interface RecordedProject {
  prd: string;
  techSpec: string;
  scaffold: string;
  /** The engineer's first attempt, whole. */
  attempt1: RecordedFile[];
  /** The files that the second attempt changes. */
  attempt2: RecordedFile[];
  /** The tests. */
  qa: RecordedFile[];
}

/** Reads text and refuses what would not survive being text: the bytes must come out as they went in. */
async function readText(path: string): Promise<string> {
  const bytes = await readFile(path);
  const text = bytes.toString('utf8');
  if (!Buffer.from(text, 'utf8').equals(bytes))
    throw new ConfigError(`The recorded file ${path} is not UTF-8 text; recordings hold text only.`);
  return text;
}

/** The paths of all files below a folder, sorted; none when the folder does not exist. */
export async function listFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true }).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
}

async function readFolder(folder: string): Promise<RecordedFile[]> {
  const paths = await listFiles(folder);
  return Promise.all(
    paths.map(async (path) => ({
      path: relative(folder, path).split(sep).join('/'),
      content: await readText(path),
    })),
  );
}

async function readRecording(folder: string, slug: string): Promise<Recording> {
  const path = join(folder, slug, 'recording.json');
  let json: unknown;
  try {
    json = JSON.parse(await readText(path));
  } catch (error) {
    throw new ConfigError(`The recording ${path} cannot be read: ${messageOf(error)}`, { cause: error });
  }
  const parsed = recordingSchema.safeParse(json);
  if (!parsed.success)
    throw new ConfigError(`The recording ${path} is malformed:\n${z.prettifyError(parsed.error)}`);
  if (parsed.data.slug !== slug)
    throw new ConfigError(`The recording ${path} has the slug "${parsed.data.slug}"; it must be "${slug}".`);
  return parsed.data;
}

/** The promise made for this key before, or a new one; a failure is not kept, so that the next caller may succeed. */
export function remembered<K, V>(promises: Map<K, Promise<V>>, key: K, make: () => Promise<V>): Promise<V> {
  let promise = promises.get(key);
  if (promise === undefined) {
    promise = make();
    promises.set(key, promise);
    promise.catch(() => promises.delete(key));
  }
  return promise;
}

/** The recordings of one folder. Each file is read when it is first needed, and once. */
export class RecordingLibrary {
  private readonly index = new Map<'all', Promise<Recording[]>>();
  private readonly projects = new Map<string, Promise<RecordedProject>>();

  /** @param folder holds one folder per recording, named by its slug */
  constructor(readonly folder: string) {}

  /**
   * All recordings, by slug.
   * @throws ConfigError when there are none or one is malformed
   */
  list(): Promise<Recording[]> {
    return remembered(this.index, 'all', () => this.readIndex());
  }

  /**
   * What was recorded under this slug, which must be one of `list()`.
   * @throws ConfigError when a file is not text
   */
  project(slug: string): Promise<RecordedProject> {
    return remembered(this.projects, slug, () => this.readProject(join(this.folder, slug)));
  }

  private async readIndex(): Promise<Recording[]> {
    const entries = await readdir(this.folder, { withFileTypes: true }).catch((error: unknown) => {
      throw new ConfigError(`The rehearsal's recordings cannot be read: ${messageOf(error)}`, {
        cause: error,
      });
    });
    const slugs = entries
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name)
      .toSorted();
    if (slugs.length === 0)
      throw new ConfigError(`There are no recordings in ${this.folder}, so nothing can be rehearsed.`);
    return Promise.all(slugs.map((slug) => readRecording(this.folder, slug)));
  }

  private async readProject(folder: string): Promise<RecordedProject> {
    const [prd, techSpec, scaffold, attempt1, attempt2, qa] = await Promise.all([
      readText(join(folder, 'prd.md')),
      readText(join(folder, 'tech-spec.md')),
      readText(join(folder, 'scaffold.sh')),
      readFolder(join(folder, 'attempt-1')),
      readFolder(join(folder, 'attempt-2')),
      readFolder(join(folder, 'qa')),
    ]);
    return { prd, techSpec, scaffold, attempt1, attempt2, qa };
  }
}

const libraries = new Map<string, RecordingLibrary>();

/** The library of a folder, the same one each time: recordings do not change while a process runs. */
export function recordingLibrary(folder: string = BUNDLED_RECORDINGS): RecordingLibrary {
  let library = libraries.get(folder);
  if (library === undefined) {
    library = new RecordingLibrary(folder);
    libraries.set(folder, library);
  }
  return library;
}
