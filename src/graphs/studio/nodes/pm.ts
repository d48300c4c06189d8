import type { Run } from '../../../engine/run.js';
import { prdAnswer, requirementsOf } from '../answers.js';
import { fitContext, keepHead } from '../context.js';
import { prdParts } from '../parts.js';
import { wishesOf } from '../feedback.js';
import { projectMap } from '../project.js';
import type { StudioState, StudioUpdate } from '../state.js';

/** The Product Manager writes the PRD, or rewrites it with the approver's comments. */
export function pm(run: Run) {
  return async (state: StudioState): Promise<StudioUpdate> => {
    const comments = wishesOf(state.verdict);
    const before = state.prd && comments !== undefined ? await run.read(state.prd) : undefined;
    const map = await projectMap(run, state, Math.floor(run.settings.contextTokens / 6));
    const { artifacts } = await run.step(
      {
        key: `pm:${state.revision}`,
        agent: 'pm',
        phase: 'pm',
        inputSummary: comments === undefined ? 'Mission' : `Mission and comments: ${comments.slice(0, 200)}`,
      },
      async (step) => {
        const { value, rehearsal } = await step.ask({
          profile: 'pm',
          task: 'write_prd',
          schema: prdAnswer,
          parts: prdParts,
          context: fitContext(
            [
              ...map.map((piece) => ({ ...piece, trim: keepHead, stable: true })),
              { tag: 'mission', text: state.mission, stable: true },
              ...(before === undefined ? [] : [{ tag: 'prd', text: before }]),
              ...(comments === undefined ? [] : [{ tag: 'comments', text: comments }]),
            ],
            run.settings.contextTokens,
          ),
        });
        const requirements = requirementsOf(value.prd);
        step.artifact({
          type: 'prd',
          path: 'docs/prd.md',
          content: value.prd,
          metadata: { title: value.title },
        });
        // Whoever asked for something else must see at once that this is not it.
        const closest =
          rehearsal && !rehearsal.exact ? 'Rehearsal of the closest recording, not your mission. ' : '';
        step.summary(`${closest}${value.title}: ${requirements.length} requirements`);
        return { title: value.title };
      },
    );
    return { prd: artifacts[0] ?? null };
  };
}
