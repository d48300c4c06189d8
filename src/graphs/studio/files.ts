import type { Run } from '../../engine/run.js';
import type { FileRef } from './state.js';

export interface ProjectFile {
  path: string;
  content: string;
}

/** Whether a path is one that test runners take for tests. */
export function isTestFile(path: string): boolean {
  return /(^|\/)(test|tests|__tests__)\/|\.(test|spec)\.[cm]?[jt]sx?$|(^|\/)test_[^/]*\.py$|_test\.(py|go)$/.test(
    path,
  );
}

/** Folders that QA's tests may come to stand in, each by a path in it. */
const TEST_PLACES = ['test', 'tests', '__tests__', 'spec'].map((folder) => `${folder}/…`);
/** Documents of a new project stand in its own `docs`. */
export const DOCUMENT_PLACES = [
  'docs/prd.md',
  'docs/tech-spec.md',
  'docs/test-report.md',
  'docs/test-report.json',
];

/**
 * What no file of the Engineer's may stand in the way of: QA's tests, also while they are not written yet, and
 * the documents. Those of existing code stand apart.
 */
export function keptPaths(tests: readonly { path: string }[], existing: boolean): string[] {
  const places = existing ? TEST_PLACES : [...TEST_PLACES, ...DOCUMENT_PLACES];
  return [...places, ...tests.map(({ path }) => path)];
}

const TEST_SETTINGS =
  /(^|\/)(?:(?:jest|vitest|vite|babel)\.(?:config|workspace|setup)\.\w+|\.babelrc(?:\.\w+)?|conftest\.py|pytest\.ini|tox\.ini|setup\.cfg|(?:site|user)customize\.py)$|(^|\/)__mocks__\//;

/**
 * Whether a file is one of the settings by which a project could tell its test runner what a failure is. Those of
 * the scaffold and of the code a mission started from count; the Engineer's do not.
 */
export function isTestSetting(path: string): boolean {
  return TEST_SETTINGS.test(path);
}

/** The contents behind references. */
export async function readFiles(run: Run, refs: readonly FileRef[]): Promise<ProjectFile[]> {
  return Promise.all(refs.map(async (ref) => ({ path: ref.path, content: await run.read(ref) })));
}

/** Files as one text for a model, each under its path. */
export function showFiles(files: readonly ProjectFile[]): string {
  return files.map(({ path, content }) => `--- ${path}\n${content}`).join('\n');
}
