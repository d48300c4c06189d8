import { repositories } from '../../../db/repositories/index.js';
import type { ShownArtifact } from '../../../db/entities/approval.js';
import type { Run } from '../../../engine/run.js';
import type { Coverage } from '../coverage.js';
import { deliveryReport, type FileChange } from '../delivery.js';
import { openProject, readTexts, type Project } from '../project.js';
import type { FileRef, StudioState, TestCounts } from '../state.js';
import type { AttemptRecord, Plan } from '../strategy.js';
import { planWords } from '../strategy-context.js';
import { stuckReport } from '../stuck-report.js';

/** Executions of a session that are looked through for what its attempts cost. */
const EXECUTIONS = 5000;

/** Writes down for a person what was tried while nothing moved, once per attempt that ends so. */
export async function reportStuck(
  run: Run,
  state: StudioState,
  attempts: readonly AttemptRecord[],
  plan: Plan,
  failing: readonly string[],
): Promise<ShownArtifact | null> {
  const { artifacts } = await run.step(
    {
      key: `stuck:${state.revision}:${state.iteration}`,
      agent: 'qa',
      phase: 'qa',
      iteration: state.iteration,
      inputSummary: `${attempts.length} attempts, and nothing has moved`,
    },
    async (step) => {
      const { runs } = repositories(run.parts.dataSource.manager);
      const executions = await runs.listExecutions(run.session.sessionId, 0, EXECUTIONS);
      const costs = new Map<number, { usd: number; tokens: number }>();
      for (const { iteration, costUsd, tokensUsed } of executions) {
        const sum = costs.get(iteration) ?? { usd: 0, tokens: 0 };
        costs.set(iteration, { usd: sum.usd + costUsd, tokens: sum.tokens + tokensUsed });
      }
      step.artifact({
        type: 'stuck_report',
        path: 'docs/stuck-report.md',
        content: stuckReport({ attempts, plan, costs, failing }),
        metadata: { iteration: state.iteration },
      });
      step.summary(planWords(plan));
      return {};
    },
  );
  return artifacts[0] ?? null;
}

/** Writes down for a person what is about to be delivered: the verdict, and what has changed, file by file. */
export async function presentDelivery(
  run: Run,
  state: StudioState,
  verdict: { counts: TestCounts; coverage: Coverage },
): Promise<ShownArtifact | null> {
  const { artifacts } = await run.step(
    {
      key: `delivery:${state.revision}:${state.iteration}`,
      agent: 'qa',
      phase: 'qa',
      iteration: state.iteration,
      inputSummary: `Attempt ${state.iteration}, which passed`,
    },
    async (step) => {
      const changes = await changesOf(run, state);
      step.artifact({
        type: 'delivery',
        path: 'docs/delivery.md',
        content: deliveryReport({
          ...verdict,
          ...{ iteration: state.iteration, existing: Boolean(state.base), changes, tests: state.tests },
        }),
        metadata: { iteration: state.iteration },
      });
      step.summary(`${changes.length} file${changes.length === 1 ? '' : 's'} to deliver`);
      return {};
    },
  );
  return artifacts[0] ?? null;
}

/** What the Engineer did to the project since the mission began, by path. */
async function changesOf(run: Run, state: StudioState): Promise<FileChange[]> {
  const was = await openProject(run, { base: state.base, files: [], deleted: [] });
  const is = await openProject(run, state);
  const differ = (one: Project, other: Project): FileRef[] =>
    [...one.files.values()].filter(({ path, sha256 }) => other.files.get(path)?.sha256 !== sha256);
  const texts = async (refs: FileRef[]) =>
    new Map((await readTexts(run, refs)).map(({ path, content }) => [path, content]));
  const before = differ(was, is);
  const after = differ(is, was);
  const [old, now] = [await texts(before), await texts(after)];
  const paths = new Set([...before, ...after].map(({ path }) => path));
  return [...paths].toSorted().map((path) => ({
    path,
    change: !was.files.has(path) ? 'new' : !is.files.has(path) ? 'deleted' : 'changed',
    before: old.get(path),
    after: now.get(path),
  }));
}
