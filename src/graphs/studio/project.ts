import type { FileToWrite } from '../../adapters/sandbox/write-tree.js';
import type { Run } from '../../engine/run.js';
import { isText } from '../../services/source/file-facts.js';
import { parseManifest, type BaseFile, type Manifest } from '../../services/source/manifest.js';
import { headPaths, repositoryMap } from '../../services/source/repository-map.js';
import { DOCUMENT_PLACES, isTestFile, isTestSetting, type ProjectFile } from './files.js';
import type { FileRef, StudioState } from './state.js';

/** The parts of the state that say what the project holds. */
export type ProjectState = Pick<StudioState, 'base' | 'files' | 'deleted'>;

/** The project as it stands: the base, if there is one, with the Engineer's changes over it. */
export interface Project {
  manifest: Manifest | null;
  /** Every file by path: the Engineer's as reference, the base's with its facts. */
  files: ReadonlyMap<string, FileRef | BaseFile>;
}

/** Puts a project together from references; no content is read but the manifest. */
export async function openProject(run: Run, state: ProjectState): Promise<Project> {
  const manifest = state.base ? parseManifest(await run.parts.store.get(state.base)) : null;
  const files = new Map<string, FileRef | BaseFile>(manifest?.files.map((file) => [file.path, file]));
  for (const path of state.deleted ?? []) files.delete(path);
  for (const file of state.files) files.set(file.path, { ...pick(files.get(path(file))), ...file });
  return { manifest, files };
}

const path = (file: FileRef): string => file.path;

/** Of a base file what holds on when its content changes. */
function pick(before: FileRef | BaseFile | undefined): { executable?: true } {
  return before && 'executable' in before && before.executable ? { executable: true } : {};
}

/**
 * Every file with its bytes, as a trial or the work folder needs them.
 * @param except files that will stand in the place of the project's own, such as QA's tests
 */
export async function layout(
  run: Run,
  state: ProjectState,
  except: readonly FileRef[] = [],
): Promise<FileToWrite[]> {
  const { files: all } = await openProject(run, state);
  const files = new Map(all);
  for (const { path } of except) files.delete(path);
  return Promise.all(
    [...files.values()].map(async (file) => ({
      path: file.path,
      content: await run.parts.store.get(file.sha256),
      executable: 'executable' in file && file.executable === true,
    })),
  );
}

/**
 * The code a mission started from, as a trial lays it out below the Engineer's files: without what the Engineer
 * did away with, but for the settings of the test runner, over which it has no say.
 */
export async function baseLayout(
  run: Run,
  { base, deleted }: Pick<StudioState, 'base' | 'deleted'>,
): Promise<FileToWrite[]> {
  if (!base) return [];
  const gone = (deleted ?? []).filter((path) => !isTestSetting(path));
  return layout(run, { base, files: [], deleted: gone });
}

/** The tests that the code a mission started from has of its own, but for those that QA has replaced. */
export async function ownTests(
  run: Run,
  { base }: Pick<StudioState, 'base'>,
  replaced: readonly FileRef[],
): Promise<ProjectFile[]> {
  const project = await openProject(run, { base, files: [], deleted: [] });
  const theirs = new Set(replaced.map(({ path }) => path));
  return readTexts(
    run,
    readable(project).filter(({ path }) => isTestFile(path) && !theirs.has(path)),
  );
}

/** What a mission started from that is not a test: QA's tests may not stand in its place. */
export async function codePaths(run: Run, { base }: Pick<StudioState, 'base'>): Promise<Set<string>> {
  const { files } = await openProject(run, { base, files: [], deleted: [] });
  return new Set([...files.keys()].filter((path) => !isTestFile(path)));
}

/** Where files stand that QA's tests have to stand beside: those that were brought along, and the Engineer's. */
export async function takenPaths(run: Run, { base, files }: ProjectState): Promise<string[]> {
  const project = await openProject(run, { base, files, deleted: [] });
  return [...project.files.keys(), ...(base ? [] : DOCUMENT_PLACES)];
}

/** The files that can be shown to a model: text, and neither locks nor build output. */
export function readable(project: Project): (FileRef | BaseFile)[] {
  return [...project.files.values()].filter((file) => !('kind' in file) || file.kind === 'text');
}

/** The texts behind references, binary ones left out. */
export async function readTexts(run: Run, refs: readonly FileRef[]): Promise<ProjectFile[]> {
  const files = await Promise.all(
    refs.map(async ({ path, sha256 }) => ({ path, content: await run.parts.store.get(sha256) })),
  );
  return files
    .filter(({ content }) => isText(content))
    .map(({ path, content }) => ({ path, content: content.toString('utf8') }));
}

/**
 * The map of the code a mission started from, or nothing for a new project. It is drawn from the base alone, so
 * it is the same text at every attempt and a provider's prompt cache keeps it.
 */
export async function projectMap(
  run: Run,
  state: Pick<StudioState, 'base'>,
  tokens: number,
): Promise<{ tag: string; text: string }[]> {
  if (!state.base) return [];
  const manifest = parseManifest(await run.parts.store.get(state.base));
  const wanted = new Set(headPaths(manifest));
  const heads = new Map<string, string>();
  for (const { path, sha256 } of manifest.files)
    if (wanted.has(path)) heads.set(path, (await run.parts.store.get(sha256)).toString('utf8'));
  return [{ tag: 'map', text: repositoryMap({ manifest, heads, isTest: isTestFile }, tokens) }];
}
