import type { ModelRef, ModelReply } from '../adapters/llm/port.js';
import type { ArtifactType } from '../core/vocabulary.js';
import type { AgentExecution } from '../db/entities/agent-execution.js';
import type { AuditEntry } from '../db/repositories/audit-repository.js';
import type { ColumnValues } from '../db/repositories/columns.js';
import type { MetricPoint } from '../db/repositories/metric-repository.js';

export interface StepArtifact {
  type: ArtifactType;
  path: string;
  content: string | Uint8Array;
  metadata?: Record<string, unknown>;
}

/** What a step gathers while it runs, until it is committed or given up. */
export class StepRecord {
  readonly artifacts: StepArtifact[] = [];
  readonly metrics: MetricPoint[] = [];
  readonly messages: { content: string; metadata?: Record<string, unknown> }[] = [];
  readonly audit: Pick<AuditEntry, 'eventType' | 'details'>[] = [];
  readonly progress: { iterationCount?: number } = {};
  summary: string | undefined;
  promptVersionId: number | undefined;
  ref: ModelRef | undefined;
  private calls = 0;
  private input = 0;
  private output = 0;
  private cached = 0;
  private cost = 0;
  private rehearsal: ModelReply['rehearsal'];

  /** Counts one model call, useful or not: it was paid for. */
  addUsage(reply: ModelReply): void {
    this.calls += 1;
    this.input += reply.usage.inputTokens;
    this.output += reply.usage.outputTokens;
    this.cached += reply.usage.cachedTokens;
    this.cost += reply.costUsd;
    this.rehearsal = reply.rehearsal ?? this.rehearsal;
  }

  totalTokens(): number {
    return this.input + this.output;
  }

  /** The columns of the execution that this record fills. */
  columns(): ColumnValues<AgentExecution> {
    return {
      outputSummary: this.summary ?? null,
      tokensUsed: this.totalTokens(),
      inputTokens: this.input,
      outputTokens: this.output,
      cachedTokens: this.cached,
      costUsd: this.cost,
      attempt: Math.max(1, this.calls),
      promptVersionId: this.promptVersionId ?? null,
      provider: this.ref?.provider ?? null,
      model: this.ref?.model ?? null,
      metadata: { calls: this.calls, ...(this.rehearsal && { rehearsal: this.rehearsal }) },
    };
  }
}
