import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFilesAtomically } from '../../../adapters/sandbox/write-tree.js';
import { repositories } from '../../../db/repositories/index.js';
import type { Run } from '../../../engine/run.js';
import { readFiles } from '../files.js';
import type { StudioState, StudioUpdate } from '../state.js';

/**
 * Lays the best attempt out in the session's work folder: the one that passed, or, when none did, the one with
 * the fewest failures. Only files of this session's own making are replaced or removed; what a person put
 * there stays.
 */
export function complete(run: Run) {
  return async (state: StudioState): Promise<StudioUpdate> => {
    const { sessionId, workDir } = run.session;
    if (workDir !== null) {
      const documents = [
        state.prd,
        state.techSpec,
        state.scaffold,
        state.bugReport,
        state.testReport ?? null,
      ];
      const refs = [
        ...(state.best?.files ?? state.files),
        ...state.tests,
        ...documents.filter((artifact) => artifact !== null),
      ];
      const files = await readFiles(run, refs);
      const made = await repositories(run.parts.dataSource.manager).artifacts.list(sessionId, {
        newestOnly: true,
      });
      const kept = new Set(refs.map(({ path }) => path));
      await mkdir(workDir, { recursive: true });
      run.signal.throwIfAborted();
      await writeFilesAtomically(workDir, files);
      for (const { filePath } of made)
        if (!kept.has(filePath)) await rm(join(workDir, filePath), { force: true });
    }
    await run.fenced(async (tx) => {
      await tx.sessions.progress(sessionId, { currentPhase: 'complete', progressed: true });
      tx.emit('phase', { phase: 'complete' });
    });
    return { done: true };
  };
}
