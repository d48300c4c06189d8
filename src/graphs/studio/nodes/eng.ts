import type { Run } from '../../../engine/run.js';
import { codeAnswer } from '../answers.js';
import { isTestFile, readFiles, showFiles } from '../files.js';
import type { FileRef, StudioState, StudioUpdate } from '../state.js';

/** The Engineer writes the code, or mends it after a bug report. Test files of QA are not the Engineer's. */
export function eng(run: Run) {
  return async (state: StudioState): Promise<StudioUpdate> => {
    const iteration = state.iteration + 1;
    const [prd, techSpec, scaffold, bugReport] = await Promise.all(
      [state.prd, state.techSpec, state.scaffold, state.bugReport].map(async (artifact) =>
        artifact ? await run.read(artifact) : '',
      ),
    );
    const locked = new Set(state.tests.map(({ path }) => path));
    const { artifacts } = await run.step(
      {
        key: `eng:${state.revision}:${iteration}`,
        agent: 'eng',
        phase: 'eng',
        iteration,
        inputSummary:
          iteration === 1 ? 'PRD, tech spec and scaffold' : `Bug report of iteration ${state.iteration}`,
      },
      async (step) => {
        const { value } = await step.ask({
          profile: 'eng',
          task: 'write_code',
          schema: codeAnswer(locked),
          context: [
            { tag: 'mission', text: state.mission },
            { tag: 'prd', text: prd ?? '' },
            { tag: 'tech_spec', text: techSpec ?? '' },
            { tag: 'scaffold', text: scaffold ?? '' },
            ...(state.files.length === 0
              ? []
              : [{ tag: 'files', text: showFiles(await readFiles(run, state.files)) }]),
            ...(bugReport ? [{ tag: 'bug_report', text: bugReport }] : []),
            { tag: 'attempt', text: String(iteration) },
          ],
        });
        for (const file of value.files)
          step.artifact({
            type: isTestFile(file.path) ? 'test' : 'code',
            path: file.path,
            content: file.content,
            metadata: { by: 'eng' },
          });
        step.progress({ iterationCount: iteration });
        step.summary(value.summary);
        return { summary: value.summary };
      },
    );
    const changed: FileRef[] = artifacts.map(({ path, sha256 }) => ({ path, sha256 }));
    const kept = state.files.filter(({ path }) => !changed.some((file) => file.path === path));
    return { iteration, files: [...kept, ...changed] };
  };
}
