import { z } from 'zod';
import { EXECUTION_STATUSES, SESSION_KINDS } from '../../core/vocabulary.js';
import type { AgentExecution } from '../../db/entities/agent-execution.js';
import type { ListedExecution } from '../../db/repositories/run-repository.js';
import { iso, time } from './time.js';

/** One attempt of one agent at one step, with what it used. */
export const executionView = z
  .strictObject({
    id: z.number().int(),
    agent: z.string(),
    phase: z.string().nullable(),
    iteration: z.number().int(),
    attempt: z.number().int(),
    status: z.enum(EXECUTION_STATUSES),
    startedAt: time,
    completedAt: time.nullable(),
    durationSeconds: z.number().nullable(),
    inputSummary: z.string().nullable(),
    outputSummary: z.string().nullable(),
    errorMessage: z.string().nullable(),
    inputTokens: z.number().int(),
    outputTokens: z.number().int(),
    cachedTokens: z.number().int().describe("Those of `inputTokens` that came from the provider's cache."),
    cacheWriteTokens: z.number().int().describe('Those of `inputTokens` that were written to it.'),
    tokensUsed: z.number().int(),
    costUsd: z.number(),
    provider: z.string().nullable(),
    model: z.string().nullable(),
    promptVersionId: z.number().int().nullable(),
    rehearsal: z.boolean().describe('Whether recorded answers stood in for a model.'),
  })
  .meta({ id: 'ExecutionView' });
export type ExecutionView = z.infer<typeof executionView>;

/** An execution in a list across sessions. */
export const listedExecutionView = executionView
  .extend({
    sessionId: z.string(),
    kind: z.enum(SESSION_KINDS),
    sessionName: z.string().nullable(),
    projectName: z.string().nullable(),
    missionPreview: z.string().describe('The first 280 characters of the mission.'),
  })
  .meta({ id: 'ListedExecutionView' });
export type ListedExecutionView = z.infer<typeof listedExecutionView>;

/** One attempt of an agent. */
export function presentExecution(execution: AgentExecution): ExecutionView {
  return {
    id: execution.id,
    agent: execution.agentType,
    phase: execution.phase,
    iteration: execution.iteration,
    attempt: execution.attempt,
    status: execution.status,
    startedAt: iso(execution.startedAt),
    completedAt: iso(execution.completedAt),
    durationSeconds: execution.durationSeconds,
    inputSummary: execution.inputSummary,
    outputSummary: execution.outputSummary,
    errorMessage: execution.errorMessage,
    inputTokens: execution.inputTokens,
    outputTokens: execution.outputTokens,
    cachedTokens: execution.cachedTokens,
    cacheWriteTokens: countIn(execution.metadata, 'cacheWriteTokens'),
    tokensUsed: execution.tokensUsed,
    costUsd: execution.costUsd,
    provider: execution.provider,
    model: execution.model,
    promptVersionId: execution.promptVersionId,
    rehearsal: execution.provider === 'rehearsal',
  };
}

/** An attempt with what says which session it is of. */
export function presentListedExecution({ execution, session }: ListedExecution): ListedExecutionView {
  return {
    ...presentExecution(execution),
    sessionId: session.sessionId,
    kind: session.kind,
    sessionName: session.name,
    projectName: session.projectName,
    missionPreview: session.missionPreview,
  };
}

function countIn(metadata: Record<string, unknown>, name: string): number {
  const value = metadata[name];
  return typeof value === 'number' ? value : 0;
}
