import { join } from 'node:path';
import { BareRepository } from '../../adapters/source/repository.js';
import { AppError, messageOf } from '../../core/errors.js';
import type { Run } from '../../engine/run.js';
import { writeBranch } from '../../services/source/branch.js';
import { historyOf } from './history.js';
import type { StudioState } from './state.js';

/** Where a session's repository stands, below its work folder. */
export const REPOSITORY = '.atelier/project.git';

/**
 * Brings the repository in the work folder up to date for a mission on existing code: each judged attempt is a
 * commit on the mission's branch. Done again, on this machine or another, it comes to the same commits. The
 * database has all that they are made of, so a machine without git loses nothing but this copy.
 */
export async function syncBranch(run: Run, state: Pick<StudioState, 'base' | 'best'>): Promise<void> {
  const { session, parts, log, signal } = run;
  if (!state.base || session.workDir === null) return;
  signal.throwIfAborted();
  try {
    const history = {
      ...(await historyOf(session, parts.dataSource, parts.store)),
      // The session's row learns of it when the run settles.
      ...(state.best && { best: state.best.iteration }),
    };
    if (history.attempts.length === 0) return;
    const repository = await BareRepository.open(join(session.workDir, REPOSITORY), signal);
    const written = await writeBranch(repository, history, parts.store);
    if (written?.moved === false)
      log.warn({ branch: written.name }, 'branch left as it is: it holds commits of somebody else');
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof AppError)) throw error;
    log.warn({ error: messageOf(error) }, 'the branch in the work folder could not be written');
  }
}
