import { STUDIO_PHASES } from '../../core/vocabulary.js';
import type { GraphKind, StateView } from '../../engine/graph-kind.js';
import type { Run } from '../../engine/run.js';
import type { SourceService } from '../../services/source/source-service.js';
import { STUDIO_ANSWERS } from './answer-forms.js';
import { studioGraph } from './graph.js';
import { STUDIO_GATES } from './gates.js';
import { roundsOf, studioOptions } from './options.js';
import { outcome, retry } from './outcome.js';
import { studioReruns } from './reruns.js';
import type { StudioState, StudioUpdate } from './state.js';
import { becauseWords } from './strategy.js';
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
    gates: STUDIO_GATES,
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
  return {
    mission: session.userMission,
    maxIterations: roundsOf(session, settings),
    base: null,
    revision: 0,
    prd: null,
    techSpec: null,
    scaffold: null,
    verdict: null,
    passed: [],
    advice: null,
    iteration: 0,
    attemptsBefore: 0,
    attempts: [],
    roundAfter: 0,
    plan: null,
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
    reportJson: null,
    counts: null,
    bugReport: null,
    stuckReport: null,
    delivery: null,
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
      strategies: (state.attempts ?? []).flatMap(({ iteration, strategy }) =>
        strategy ? [{ iteration, strategy }] : [],
      ),
      stuck: state.plan ? becauseWords(state.plan.because) : null,
    },
  };
}
