import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BubblewrapSandbox } from '../adapters/sandbox/bubblewrap/bubblewrap.js';
import { PlainSandbox } from '../adapters/sandbox/plain/plain.js';
import type { Sandbox } from '../adapters/sandbox/port.js';
import { writeFilesAtomically } from '../adapters/sandbox/write-tree.js';
import type { TestFile } from '../adapters/test-runner/port.js';
import { runSuite, type SuiteRun } from '../adapters/test-runner/run-suite.js';
import { pickRunner } from '../adapters/test-runner/runners.js';

/** No isolation: for what a test wrote itself. */
export const openSandbox = new PlainSandbox({ allowedHashes: new Set(), allowAnything: true });

/** The safest sandbox that works here: bubblewrap, or else none at all. */
export async function safestSandbox(): Promise<Sandbox> {
  const bubblewrap = new BubblewrapSandbox();
  return bubblewrap.probe().then(
    () => bubblewrap,
    () => openSandbox,
  );
}

export interface SuiteTrial {
  /** The project's files by path. */
  files?: Record<string, string>;
  /** QA's files by path. */
  tests: Record<string, string>;
  empty?: boolean;
  sandbox?: Sandbox;
  wallMs?: number;
  /** A folder to be found as `node_modules`. */
  nodeModules?: string;
}

const listOf = (files: Record<string, string>): TestFile[] =>
  Object.entries(files).map(([path, content]) => ({ path, content }));

/** Lays a project out in a folder of its own and runs its suite there, with the runner that it calls for. */
export async function runTrial(trial: SuiteTrial): Promise<SuiteRun & { folder: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'atelier-suite-'));
  const [workDir, resultsDir] = [join(folder, 'work'), join(folder, 'results')];
  try {
    await mkdir(workDir);
    await mkdir(resultsDir);
    if (trial.nodeModules !== undefined) await symlink(trial.nodeModules, join(workDir, 'node_modules'));
    const files = { 'package.json': '{"type":"module"}', ...trial.files };
    await writeFilesAtomically(workDir, [...listOf(files), ...listOf(trial.tests)]);
    const suite = {
      tests: listOf(trial.tests),
      project: new Map(Object.entries(files)),
      empty: trial.empty ?? false,
    };
    const run = await runSuite(pickRunner(suite), suite, {
      sandbox: trial.sandbox ?? openSandbox,
      workDir,
      resultsDir,
      limits: { wallMs: trial.wallMs ?? 30_000 },
      signal: new AbortController().signal,
    });
    return { ...run, folder };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
