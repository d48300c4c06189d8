import type { ExecutionStatus, SessionStatus } from '../core/vocabulary.js';
import type { ShownArtifact } from '../db/entities/approval.js';
import type { Session } from '../db/entities/session.js';
import type { SessionTx } from '../services/session-transaction.js';
import type { StepRecord } from './step-record.js';

/** One agent's step: who does it, where it stands, and the key under which its effect is committed once. */
export interface StepSpec {
  /** Unique within the session and a pure function of the graph's state, so that a re-run finds it again. */
  key: string;
  /** The agent profile doing the work. */
  agent: string;
  phase: string;
  iteration?: number;
  inputSummary: string;
}

/** A step whose body has returned, ready to be committed. */
export interface FinishedStep<T extends Record<string, unknown>> {
  spec: StepSpec;
  executionId: number;
  record: StepRecord;
  /** Hash and size of each recorded artifact's content, which is in the store already. */
  contents: readonly { hash: string; size: number }[];
  result: T;
}

/** What the stream says of an execution. */
export function executionEvent(
  id: number,
  spec: StepSpec,
  status: ExecutionStatus,
  more: Record<string, unknown>,
): Record<string, unknown> {
  return { id, agent: spec.agent, phase: spec.phase, iteration: spec.iteration ?? 0, status, ...more };
}

/**
 * Opens a step's execution, in the run's fenced transaction.
 * @param status what the session's status becomes, if it changes with this step
 * @returns its id, and whether an earlier run had begun the step before
 */
export async function openStep(
  tx: SessionTx,
  session: Session,
  fence: number,
  spec: StepSpec,
  status?: SessionStatus,
): Promise<{ id: number; again: boolean }> {
  const { sessionId, userId } = session;
  const iteration = spec.iteration ?? 0;
  const { id, again } = await tx.steps.open({
    sessionId,
    agentType: spec.agent,
    phase: spec.phase,
    iteration,
    inputSummary: spec.inputSummary,
    fence,
    stepKey: spec.key,
    status: status ?? null,
  });
  if (status) tx.emit('status', { status });
  tx.emit('phase', { phase: spec.phase, iteration });
  tx.emit('execution', executionEvent(id, spec, 'running', { summary: spec.inputSummary }));
  tx.log({
    eventType: 'agent_started',
    userId,
    details: { agent: spec.agent, step: spec.key, executionId: id },
  });
  return { id, again };
}

/**
 * Commits a step, in the run's fenced transaction: artifacts, execution, the effect that keeps its result,
 * metrics, messages, events and audit.
 */
export async function commitStep<T extends Record<string, unknown>>(
  tx: SessionTx,
  session: Session,
  fence: number,
  { spec, executionId, record, contents, result }: FinishedStep<T>,
): Promise<{ result: T; artifacts: ShownArtifact[] }> {
  const { sessionId, userId } = session;
  const rows = await tx.artifacts.insertVersions(
    record.artifacts.map((artifact, index) => ({
      sessionId,
      artifactType: artifact.type,
      filePath: artifact.path,
      contentHash: contents[index]?.hash ?? '',
      sizeBytes: contents[index]?.size ?? 0,
      metadata: { ...artifact.metadata, phase: spec.phase, iteration: spec.iteration ?? 0 },
    })),
  );
  const artifacts = rows.map(({ artifact: row }) => ({
    id: row.id,
    type: row.artifactType,
    path: row.filePath,
    version: row.version,
    sha256: row.contentHash ?? '',
  }));
  await tx.steps.commit(executionId, record.used(), {
    sessionId,
    stepKey: spec.key,
    fence,
    result: { result, artifacts },
    iterationCount: record.progress.iterationCount ?? null,
    metrics: [
      ...record.metrics,
      ...record.modelMetrics(spec.agent),
      {
        name: 'agent_tokens',
        value: record.totalTokens(),
        labels: { agent: spec.agent, phase: spec.phase },
      },
    ],
  });
  for (const [index, artifact] of artifacts.entries())
    if (rows[index]?.isNew) tx.emit('artifact', { ...artifact });
  const said = { summary: record.summary, tokens: record.totalTokens() };
  tx.emit('execution', executionEvent(executionId, spec, 'completed', said));
  for (const message of record.messages) {
    const { id, turnNumber } = await tx.messages.append({ sessionId, role: 'assistant', ...message });
    tx.emit('message', { id, turnNumber, role: 'assistant', content: message.content });
  }
  for (const entry of record.audit) tx.log({ ...entry, userId });
  tx.log({
    eventType: 'agent_completed',
    userId,
    details: { agent: spec.agent, step: spec.key, executionId, tokens: record.totalTokens() },
  });
  return { result, artifacts };
}
