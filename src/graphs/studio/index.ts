import { STUDIO_PHASES } from '../../core/vocabulary.js';
import type { GraphKind, Outcome, StateView } from '../../engine/graph-kind.js';
import type { Run } from '../../engine/run.js';
import type { SourceService } from '../../services/source/source-service.js';
import { STUDIO_ANSWERS } from './answer-forms.js';
import { studioGraph } from './graph.js';
import { studioOptions } from './options.js';
import { studioReruns } from './reruns.js';
import type { StudioState, StudioUpdate } from './state.js';
import type { Workshop } from './workshop.js';

const prompt = (name: string): URL => new URL(`./prompts/${name}.md`, import.meta.url);
const LABELS = {
  pm: 'Product Manager',
  arch: 'Architect',
  human_gate: 'Human gate',
  eng: 'Engineer',
  qa: 'QA',
  complete: 'Complete',
} as const;

/** The studio's agents, and where their first prompts are. */
export const STUDIO_PROFILES = (['pm', 'arch', 'eng', 'qa'] as const).map((name) => ({
  name,
  label: LABELS[name],
  prompt: prompt(name),
  answers: STUDIO_ANSWERS[name],
}));

/** The studio: a mission becomes a PRD, a tech spec, and, once a person agrees, tested code. */
export function studio(workshop: Workshop, sources: SourceService): GraphKind<StudioState> {
  return {
    kind: 'studio',
    label: 'Studio mission',
    startedBy: 'mission',
    statuses: {
      created: 'pending',
      running: 'running',
      waiting: 'awaiting_approval',
      failed: 'failed',
      cancelled: 'cancelled',
      expired: 'expired',
      stuck: 'needs_attention',
      rejected: 'rejected',
    },
    transitions: {
      pending: ['running', 'awaiting_approval', 'completed', 'failed', 'needs_attention', 'cancelled'],
      running: ['pending', 'awaiting_approval', 'completed', 'failed', 'needs_attention', 'cancelled'],
      awaiting_approval: ['running', 'rejected', 'expired', 'cancelled'],
      failed: ['pending'],
      needs_attention: ['pending', 'cancelled'],
      expired: ['pending'],
      cancelled: ['pending'],
      completed: [],
      rejected: [],
    },
    phases: STUDIO_PHASES.map((id) => ({ id, label: LABELS[id] })),
    profiles: STUDIO_PROFILES,
    gates: { human_gate: { label: 'PRD and tech spec', changeTargets: ['pm', 'arch'] } },
    options: studioOptions,
    async admit(caller, options) {
      const { source } = studioOptions.parse(options);
      if (source) await sources.admit(caller, source);
    },
    graph: (run) => studioGraph(run, workshop, sources),
    input,
    view,
    outcome,
    retry,
    rerun: studioReruns,
  };
}

function input({ session, settings }: Run): StudioUpdate {
  const { maxIterations } = studioOptions.parse(session.options);
  return {
    mission: session.userMission,
    maxIterations: maxIterations ?? settings.maxIterations,
    base: null,
    revision: 0,
    prd: null,
    techSpec: null,
    scaffold: null,
    verdict: null,
    iteration: 0,
    attemptsBefore: 0,
    files: [],
    deleted: [],
    before: null,
    tests: [],
    testsRound: 0,
    testsRefused: null,
    rewritten: [],
    coverage: null,
    provesNothing: 0,
    testReport: null,
    counts: null,
    bugReport: null,
    best: null,
    qaPassed: false,
    done: false,
    steered: null,
  };
}

function view(state: StudioState): StateView {
  return {
    phase: state.done ? 'complete' : state.iteration > 0 ? 'qa' : 'pm',
    iterationCount: state.iteration,
    qaPassed: state.qaPassed,
    summary: {
      iteration: state.iteration,
      maxIterations: state.maxIterations,
      revision: state.revision,
      tests: state.counts,
      coverage: state.coverage ?? null,
      testsThatProveNothing: state.provesNothing ?? 0,
      rewrittenTests: (state.rewritten ?? []).map(({ test }) => test),
      bestIteration: state.best?.iteration ?? null,
      files: state.best?.files.length ?? state.files.length,
    },
  };
}

function outcome(state: StudioState): Outcome {
  if (state.qaPassed) return { status: 'completed' };
  if (state.testsRefused)
    return {
      status: 'needs_attention',
      problem: {
        code: 'tests_worthless',
        message:
          "QA's tests would say nothing about the product, and QA could not mend them. " +
          `${state.testsRefused.join(' ')} Retry to have QA write them anew, or sharpen the PRD's criteria.`,
        details: { reasons: state.testsRefused },
      },
    };
  const failed = state.best?.counts.failed ?? 0;
  return {
    status: 'needs_attention',
    problem: {
      code: 'qa_not_passed',
      message:
        `QA did not pass in ${state.iteration} attempts; ${failed} test${failed === 1 ? '' : 's'} still fail in the ` +
        'best one, which is kept. Read the bug report, then retry for more attempts.',
      details: {
        iterations: state.iteration,
        best: state.best?.iteration ?? null,
        failing: state.best?.counts.failing ?? [],
      },
    },
  };
}

/** More rounds for a mission that ran out of them: as many again. New tests for one whose tests were of no use. */
function retry(state: StudioState): { asNode: string; update: StudioUpdate } | null {
  if (state.qaPassed) return null;
  // The code stays as it is: the route back from the Engineer's node leads to QA, which has no tests now.
  if (state.testsRefused)
    return {
      asNode: 'eng',
      update: { tests: [], testsRefused: null, testsRound: (state.testsRound ?? 0) + 1, done: false },
    };
  return {
    asNode: 'qa',
    update: { maxIterations: state.iteration + Math.max(1, state.maxIterations), done: false },
  };
}
