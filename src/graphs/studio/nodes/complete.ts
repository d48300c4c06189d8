import type { FileToWrite } from '../../../adapters/sandbox/write-tree.js';
import { fittingFiles } from '../../../core/path-set.js';
import { repositories } from '../../../db/repositories/index.js';
import type { Run } from '../../../engine/run.js';
import { syncBranch } from '../branch.js';
import { deliver, SET_ASIDE } from '../deliver.js';
import { layout, openProject } from '../project.js';
import type { StudioState, StudioUpdate } from '../state.js';

/** Documents of a mission on existing code stand apart, as the project may have a `docs` folder of its own. */
const placeOf = (state: StudioState, path: string): string => (state.base ? `.atelier/${path}` : path);

/**
 * Lays the best attempt out in the session's work folder: the one that passed, or, when none did, the one with
 * the fewest failures. Only files of this session's own making are replaced or removed; what a person put
 * there stays, changes to our files included. Files that cannot stand beside QA's tests or the documents go aside.
 */
export function complete(run: Run) {
  return async (state: StudioState): Promise<StudioUpdate> => {
    const { sessionId, workDir } = run.session;
    let kept: string[] = [];
    let clashing: string[] = [];
    let setAside = true;
    if (workDir !== null) {
      const { files, apart } = await toDeliver(run, state);
      clashing = apart.map(({ path }) => path);
      const ours = await ownVersions(run, state);
      run.signal.throwIfAborted();
      ({ kept, setAside } = await deliver(workDir, files, ours, apart));
      await syncBranch(run, state);
    }
    await run.fenced(async (tx) => {
      await tx.sessions.progress(sessionId, { currentPhase: 'complete', progressed: true });
      tx.emit('phase', { phase: 'complete' });
      const where = setAside ? `are below ${SET_ASIDE}` : 'can be had with an export';
      if (kept.length > 0)
        tx.emit('error', {
          code: 'work_kept',
          message: `Files in the work folder that somebody has changed were left alone; ours ${where}.`,
          details: { paths: kept.slice(0, 50), count: kept.length },
        });
      if (clashing.length > 0)
        tx.emit('error', {
          code: 'paths_clash',
          message: `Files of the project that cannot stand beside QA's tests, the documents or each other were set aside; they ${where}.`,
          details: { paths: clashing.slice(0, 50), count: clashing.length },
        });
    });
    return { done: true };
  };
}

/** QA's tests, the documents and the project with the best attempt, and what of it cannot stand beside the rest. */
async function toDeliver(
  run: Run,
  state: StudioState,
): Promise<{ files: FileToWrite[]; apart: FileToWrite[] }> {
  const best = state.best ?? { files: state.files, deleted: state.deleted };
  const project = await layout(
    run,
    { base: state.base, files: best.files, deleted: best.deleted ?? [] },
    state.tests,
  );
  const { prd, techSpec, scaffold, bugReport, testReport, stuckReport, delivery } = state;
  const documents = [prd, techSpec, scaffold, bugReport, testReport, stuckReport, delivery]
    .filter((artifact) => artifact !== null && artifact !== undefined)
    .map(({ path, sha256 }) => ({ path: placeOf(state, path), sha256 }));
  const more = await Promise.all(
    [...state.tests, ...documents].map(async ({ path, sha256 }) => ({
      path,
      content: await run.parts.store.get(sha256),
    })),
  );
  const replaced = new Set(more.map(({ path }) => path));
  const { fit, unfit } = fittingFiles<FileToWrite>([
    ...more,
    ...project.filter(({ path }) => !replaced.has(path)),
  ]);
  return { files: fit, apart: unfit };
}

/** Every version of every file that this session made or started from, by where it stands in the work folder. */
async function ownVersions(run: Run, state: StudioState): Promise<Map<string, Set<string>>> {
  const ours = new Map<string, Set<string>>();
  const add = (path: string, hash: string | null): void => {
    if (hash === null) return;
    const versions = ours.get(path) ?? new Set();
    ours.set(path, versions.add(hash));
  };
  const made = await repositories(run.parts.dataSource.manager).artifacts.list(run.session.sessionId);
  for (const { filePath, contentHash, artifactType } of made)
    add(
      artifactType === 'code' || artifactType === 'test' ? filePath : placeOf(state, filePath),
      contentHash,
    );
  const { manifest } = await openProject(run, { base: state.base, files: [], deleted: [] });
  for (const { path, sha256 } of manifest?.files ?? []) add(path, sha256);
  return ours;
}
