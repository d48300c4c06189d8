import { z } from 'zod';
import { TRYOUT_RUN_STATUSES, TRYOUT_STATUSES } from '../../core/vocabulary.js';
import type { PromptTryoutRun } from '../../db/entities/prompt-tryout-run.js';
import type { PromptTryout } from '../../db/entities/prompt-tryout.js';
import type { RecordedInput } from '../../db/repositories/tryout-repository.js';
import type { AnsweredRun, TryoutReport } from '../../services/prompt-work/tryouts.js';
import { iso, time } from './time.js';

/** A recorded input that versions can be tried on. */
export const recordedInputView = z
  .strictObject({
    executionId: z.number().int(),
    sessionId: z.string(),
    mission: z.string().describe('Its first 200 characters.'),
    phase: z.string().nullable(),
    iteration: z.number().int(),
    inputSummary: z.string().nullable(),
    promptVersionId: z.number().int().nullable(),
    startedAt: time,
  })
  .meta({ id: 'RecordedInputView' });
export type RecordedInputView = z.infer<typeof recordedInputView>;

const totals = z.strictObject({
  done: z.number().int(),
  valid: z.number().int(),
  failed: z.number().int(),
  inputTokens: z.number().int(),
  outputTokens: z.number().int(),
  costUsd: z.number().describe('Calls whose price nobody knows are not in it.'),
  unpricedCalls: z.number().int(),
  durationMs: z.number().int(),
});

const tryout = {
  id: z.string(),
  profile: z.string(),
  draftVersionId: z.number().int(),
  activeVersionId: z.number().int(),
  status: z.enum(TRYOUT_STATUSES),
  progress: z.strictObject({ done: z.number().int(), total: z.number().int() }),
  totals: z.strictObject({ draft: totals, active: totals }),
  createdAt: time,
  completedAt: time.nullable(),
};

/** A tryout in a list. */
export const tryoutView = z.strictObject(tryout).meta({ id: 'TryoutView' });
export type TryoutView = z.infer<typeof tryoutView>;

const run = z.strictObject({
  versionId: z.number().int(),
  status: z.enum(TRYOUT_RUN_STATUSES),
  output: z.string().nullable(),
  isValid: z.boolean().nullable().describe('Whether the answer has the form its task asks for.'),
  problem: z.string().nullable().describe('What is wrong with the answer, or why there is none.'),
  provider: z.string().nullable(),
  model: z.string().nullable(),
  inputTokens: z.number().int().nullable(),
  outputTokens: z.number().int().nullable(),
  costUsd: z.number().nullable(),
  durationMs: z.number().int().nullable(),
});

/** A tryout with both answers to each input, side by side. */
export const tryoutReportView = z
  .strictObject({
    ...tryout,
    inputs: z.array(
      z.strictObject({
        position: z.number().int(),
        executionId: z.number().int().nullable(),
        recordedVersionId: z.number().int().nullable(),
        draft: run,
        active: run,
      }),
    ),
  })
  .meta({ id: 'TryoutReportView' });
export type TryoutReportView = z.infer<typeof tryoutReportView>;

export function presentInput({ requestHash: _hash, ...input }: RecordedInput): RecordedInputView {
  return { ...input, startedAt: iso(input.startedAt) };
}

export function presentTryout({ tryout: found, runs }: TryoutReport): TryoutView {
  const { id, profileName, draftVersionId, activeVersionId, status } = found;
  const open = runs.filter((one) => one.status === 'pending' || one.status === 'running').length;
  return {
    ...{ id, profile: profileName, draftVersionId, activeVersionId, status },
    progress: { done: runs.length - open, total: runs.length },
    totals: { draft: totalsOf(runs, 'draft'), active: totalsOf(runs, 'active') },
    createdAt: iso(found.createdAt),
    completedAt: iso(found.completedAt),
  };
}

export function presentTryoutReport({
  tryout: found,
  runs,
}: {
  tryout: PromptTryout;
  runs: AnsweredRun[];
}): TryoutReportView {
  const inputs: TryoutReportView['inputs'] = [];
  for (const draft of runs.filter(({ side }) => side === 'draft')) {
    const active = runs.find(({ side, position }) => side === 'active' && position === draft.position);
    if (!active) continue;
    const { position, executionId, recordedVersionId } = draft;
    inputs.push({
      ...{ position, executionId, recordedVersionId },
      draft: presentRun(draft),
      active: presentRun(active),
    });
  }
  return { ...presentTryout({ tryout: found, runs }), inputs };
}

function presentRun(one: AnsweredRun): z.infer<typeof run> {
  const { versionId, status, output, isValid, problem, provider, model } = one;
  const { inputTokens, outputTokens, costUsd, durationMs } = one;
  return {
    ...{ versionId, status, output, isValid, problem, provider, model },
    ...{ inputTokens, outputTokens, costUsd, durationMs },
  };
}

function totalsOf(runs: readonly PromptTryoutRun[], side: 'draft' | 'active'): z.infer<typeof totals> {
  const own = runs.filter((one) => one.side === side);
  const done = own.filter(({ status }) => status === 'completed');
  const sum = (of: 'inputTokens' | 'outputTokens' | 'costUsd' | 'durationMs'): number =>
    done.reduce((all, one) => all + (one[of] ?? 0), 0);
  return {
    done: done.length,
    valid: done.filter(({ isValid }) => isValid === true).length,
    failed: own.filter(({ status }) => status === 'failed').length,
    inputTokens: sum('inputTokens'),
    outputTokens: sum('outputTokens'),
    costUsd: sum('costUsd'),
    unpricedCalls: done.filter(({ costUsd }) => costUsd === null).length,
    durationMs: sum('durationMs'),
  };
}
