import type { Run } from '../../../engine/run.js';
import type { SourceService } from '../../../services/source/source-service.js';
import type { StudioState, StudioUpdate } from '../state.js';
import { SOURCE_STEP } from '../steps.js';

/** Brings the code that a mission starts from into the artifact store, once, whole and by hash. */
export function source(run: Run, sources: SourceService) {
  return async (_state: StudioState): Promise<StudioUpdate> => {
    const { userId, options } = run.session;
    const { result } = await run.step(
      { key: SOURCE_STEP, agent: 'source', phase: 'pm', inputSummary: 'The code to start from' },
      async (step) => {
        const manifest = await sources.bringIn(userId, options['source'], run.signal);
        const { files, origin } = await sources.manifest(manifest);
        step.summary(`${files.length} files from ${origin.kind} ${origin.from}`);
        return { manifest };
      },
    );
    return { base: result.manifest };
  };
}
