import type { Run, Step } from '../../../engine/run.js';
import { sha256 } from '../../../core/hash.js';
import { codeAnswer } from '../answers.js';
import { syncBranch } from '../branch.js';
import { chooseFiles } from '../choose.js';
import { diffFiles, fitContext, fitFiles, keepFailures, keepHead, type Piece } from '../context.js';
import { applyChanges, type Workspace } from '../edits.js';
import { passedGates } from '../gates.js';
import { notesOf } from '../feedback.js';
import { isTestFile, keptPaths, showFiles, type ProjectFile } from '../files.js';
import { codeParts } from '../parts.js';
import { openProject, projectMap, readTexts, type Project } from '../project.js';
import type { FileRef, StudioState, StudioUpdate } from '../state.js';
import type { Plan } from '../strategy.js';
import { planWords, strategyPieces } from '../strategy-context.js';
import { ATTEMPT_STEPS, type AttemptResult } from '../steps.js';

/**
 * The Engineer writes the code, or mends it after a bug report: whole files, exact edits and deletions, of files
 * that were shown. Test files, QA's and those the project brought along, are not the Engineer's.
 */
export function eng(run: Run) {
  return async (state: StudioState): Promise<StudioUpdate> => {
    // The attempt before is judged by now, so its commit can be written.
    await syncBranch(run, state);
    const iteration = state.iteration + 1;
    const project = await openProject(run, state);
    const plan = planOf(state);
    const { result } = await run.step<AttemptResult>(
      {
        key: `${ATTEMPT_STEPS}${state.revision}:${iteration}`,
        agent: 'eng',
        phase: 'eng',
        iteration,
        inputSummary: inputSummary(state),
      },
      async (step) => {
        const known = await gather(run, state, iteration);
        const shown = await filesToShow(run, step, state, project, known);
        const workspace = workspaceOf(state, project, shown);
        const { value, provider, model } = await step.ask({
          profile: 'eng',
          task: 'write_code',
          schema: codeAnswer(workspace),
          otherModel: plan?.strategy === 'other_model',
          parts: codeParts,
          context: fitContext(
            pieces(known, state.files.length > 0 || state.base ? showFiles(shown) : ''),
            run.settings.contextTokens,
          ),
        });
        const outcome = applyChanges(value.files, workspace);
        if ('problems' in outcome) throw new Error('a validated answer did not apply');
        const { written, deleted } = outcome.applied;
        for (const { path, content } of written)
          step.artifact({
            type: isTestFile(path) ? 'test' : 'code',
            path,
            content,
            metadata: { by: 'eng' },
          });
        step.progress({ iterationCount: iteration });
        step.summary(value.summary);
        if (plan) step.audit('strategy_changed', { iteration, ...plan, words: planWords(plan) });
        return {
          summary: value.summary,
          iteration,
          model: `${provider}:${model}`,
          ...after(state, project, written, deleted),
        };
      },
    );
    return {
      iteration,
      files: result.files,
      deleted: result.deleted,
      before: { files: state.files, deleted: state.deleted ?? [] },
      attempts: [
        ...(state.attempts ?? []),
        {
          ...{ iteration, strategy: plan?.strategy ?? null },
          ...{ model: result.model, summary: result.summary },
          ...{ print: null, counts: null, repeats: [] },
        },
      ],
      // Who agreed to the last attempt has not seen this one.
      passed: passedGates(state).filter((gate) => gate !== 'before_delivery'),
    };
  };
}

/** How this attempt is to go another way; null for the usual one, and once a person has decided. */
function planOf({ plan }: StudioState): Plan | null {
  return plan?.strategy ? plan : null;
}

function inputSummary(state: StudioState): string {
  const plan = planOf(state);
  if (plan) return planWords(plan);
  const advice = state.advice ? `, with advice: ${state.advice.slice(0, 200)}` : '';
  return state.bugReport === null
    ? `PRD, tech spec and scaffold${advice}`
    : `Bug report of iteration ${state.iteration}${advice}`;
}

interface Known {
  map: Piece[];
  documents: Piece[];
  /** What the last attempt came to, and what a person said of it. */
  latest: Piece[];
  attempt: string;
}

async function gather(run: Run, state: StudioState, iteration: number): Promise<Known> {
  const read = async (artifact: { sha256: string } | null) => (artifact ? run.read(artifact) : '');
  const map = await projectMap(run, state, Math.floor(run.settings.contextTokens / 6));
  const plan = planOf(state);
  const chain = async (): Promise<Piece[]> => [
    { tag: 'last_change', text: await lastChange(run, state), trim: keepHead, yields: 1 },
    { tag: 'bug_report', text: await read(state.bugReport), trim: keepFailures, yields: 2 },
  ];
  return {
    map: map.map((piece) => ({ ...piece, trim: keepHead, yields: 3, stable: true })),
    documents: [
      { tag: 'mission', text: state.mission, stable: true },
      { tag: 'prd', text: await read(state.prd), stable: true },
      { tag: 'tech_spec', text: await read(state.techSpec), stable: true },
      { tag: 'scaffold', text: await read(state.scaffold), trim: keepHead, yields: 4, stable: true },
      { tag: 'approver_notes', text: notesOf(state.verdict), stable: true },
    ],
    latest: [
      ...(plan ? strategyPieces(plan, state.attempts ?? [], await read(state.reportJson)) : await chain()),
      { tag: 'advice', text: state.advice ?? '' },
    ],
    attempt: String(iteration - (state.attemptsBefore ?? 0)),
  };
}

/** The stable pieces first: they are the same at every attempt, so a provider's prompt cache keeps them. */
function pieces({ map, documents, latest, attempt }: Known, files: string): Piece[] {
  return [...map, ...documents, { tag: 'files', text: files }, ...latest, { tag: 'attempt', text: attempt }];
}

/** What the attempt before changed, against the one before it or the base. */
async function lastChange(run: Run, state: StudioState): Promise<string> {
  if (!state.before || state.iteration < 1) return '';
  const was = await openProject(run, { base: state.base, ...state.before });
  const is = await openProject(run, state);
  const differ = (a: Project, b: Project): FileRef[] =>
    [...a.files.values()].filter(({ path, sha256 }) => b.files.get(path)?.sha256 !== sha256);
  const texts = async (refs: FileRef[]) =>
    new Map((await readTexts(run, refs)).map(({ path, content }) => [path, content]));
  // At the first attempt of a new project everything is new, and stands under <files> anyhow.
  return was.files.size === 0 ? '' : diffFiles(await texts(differ(was, is)), await texts(differ(is, was)));
}

/** All of a small new project; of anything else the Engineer's own files and those it asks for. */
async function filesToShow(
  run: Run,
  step: Step,
  state: StudioState,
  project: Project,
  known: Known,
): Promise<ProjectFile[]> {
  const own = await readTexts(run, state.files);
  const all = fitFiles(own, Math.floor(run.settings.contextTokens / 2));
  if (!state.base && all.left.length === 0) return all.shown;
  const list = [...project.files.keys()].join('\n');
  const files = state.base ? [] : [{ tag: 'map', text: list }];
  return chooseFiles(run, step, {
    profile: 'eng',
    otherModel: planOf(state)?.strategy === 'other_model',
    state,
    context: fitContext([...pieces(known, ''), ...files], run.settings.contextTokens),
    always: state.base ? state.files.map(({ path }) => path) : [],
  });
}

function workspaceOf(state: StudioState, project: Project, shown: readonly ProjectFile[]): Workspace {
  const locked = new Map<string, string>();
  for (const [reason, entry] of Object.entries(project.manifest?.skipped ?? {}))
    for (const path of reason === 'git' ? [] : (entry?.examples ?? []))
      locked.set(path, 'is part of the project and kept out of your reach: leave it as it is');
  for (const { path } of project.manifest?.files ?? [])
    if (isTestFile(path))
      locked.set(
        path,
        'is one of the tests that the project has and cannot be changed: mend the code instead',
      );
  for (const { path } of state.tests)
    locked.set(path, "is one of QA's tests and cannot be changed: mend the code instead");
  return {
    paths: new Set(project.files.keys()),
    shown: new Map(shown.map(({ path, content }) => [path, content])),
    locked,
    kept: keptPaths(state.tests, Boolean(state.base)),
  };
}

/** The project's changes once these are made: the base's files by exception, the Engineer's by name. */
function after(
  state: StudioState,
  project: Project,
  written: readonly { path: string; content: string }[],
  gone: readonly string[],
): { files: FileRef[]; deleted: string[] } {
  const base = new Set(project.manifest?.files.map(({ path }) => path));
  const changed = new Set([...gone, ...written.map(({ path }) => path)]);
  const kept = state.files
    .filter(({ path }) => !changed.has(path))
    .map(({ path, sha256 }) => ({ path, sha256 }));
  const fresh = written.map(({ path, content }) => ({ path, sha256: sha256(content) }));
  const rewritten = new Set(fresh.map(({ path }) => path));
  const deleted = new Set([...(state.deleted ?? []), ...gone.filter((path) => base.has(path))]);
  return {
    files: [...kept, ...fresh],
    deleted: [...deleted].filter((path) => !rewritten.has(path)).toSorted(),
  };
}
