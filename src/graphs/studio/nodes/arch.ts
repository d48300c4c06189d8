import type { Run } from '../../../engine/run.js';
import { specAnswer } from '../answers.js';
import { chooseFiles } from '../choose.js';
import { fitContext, keepHead, type Piece } from '../context.js';
import { wishesOf } from '../feedback.js';
import { showFiles } from '../files.js';
import { specParts } from '../parts.js';
import { projectMap } from '../project.js';
import type { StudioState, StudioUpdate } from '../state.js';

/** The Architect writes the tech spec and the scaffold script from the PRD. */
export function arch(run: Run) {
  return async (state: StudioState): Promise<StudioUpdate> => {
    const prd = state.prd ? await run.read(state.prd) : '';
    const comments = wishesOf(state.verdict);
    const before = state.techSpec && comments !== undefined ? await run.read(state.techSpec) : undefined;
    const map = await projectMap(run, state, Math.floor(run.settings.contextTokens / 5));
    const { artifacts } = await run.step(
      {
        key: `arch:${state.revision}`,
        agent: 'arch',
        phase: 'arch',
        inputSummary: comments === undefined ? 'PRD' : `PRD and comments: ${comments.slice(0, 200)}`,
      },
      async (step) => {
        const budget = run.settings.contextTokens;
        const asked: Piece[] = [
          ...map.map((piece) => ({ ...piece, trim: keepHead, stable: true })),
          { tag: 'mission', text: state.mission, stable: true },
          { tag: 'prd', text: prd, stable: true },
        ];
        const context = fitContext(asked, budget);
        const read = state.base
          ? await chooseFiles(run, step, { profile: 'arch', state, context, always: [] })
          : [];
        const { value } = await step.ask({
          profile: 'arch',
          task: 'write_tech_spec',
          schema: specAnswer(state.base !== null && state.base !== undefined),
          parts: specParts,
          context: fitContext(
            [
              ...asked,
              ...(read.length === 0 ? [] : [{ tag: 'files', text: showFiles(read) }]),
              ...(before === undefined ? [] : [{ tag: 'tech_spec', text: before }]),
              ...(comments === undefined ? [] : [{ tag: 'comments', text: comments }]),
            ],
            budget,
          ),
        });
        step.artifact({ type: 'tech_spec', path: 'docs/tech-spec.md', content: value.techSpec });
        step.artifact({ type: 'scaffold', path: 'docs/scaffold.sh', content: value.scaffold });
        step.summary(`Tech spec of ${value.techSpec.split('\n').length} lines and a scaffold script`);
        return {};
      },
    );
    return {
      techSpec: artifacts.find(({ type }) => type === 'tech_spec') ?? null,
      scaffold: artifacts.find(({ type }) => type === 'scaffold') ?? null,
    };
  };
}
