import type { ModelRef, ModelReply, ModelUsage } from '../adapters/llm/port.js';
import type { ArtifactType } from '../core/vocabulary.js';
import type { AuditEntry } from '../db/repositories/audit-repository.js';
import type { MetricPoint } from '../db/repositories/metric-repository.js';
import type { StepUsage } from '../db/repositories/step-repository.js';

export interface StepArtifact {
  type: ArtifactType;
  path: string;
  content: string | Uint8Array;
  metadata?: Record<string, unknown>;
}

interface ModelTotals {
  ref: ModelRef;
  input: number;
  output: number;
  cached: number;
  cacheWrites: number;
  cost: number;
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
  private replayed = 0;
  /** Calls whose price nobody knows. */
  private unpriced = 0;
  private readonly byModel = new Map<string, ModelTotals>();
  private rehearsal: ModelReply['rehearsal'];

  /** @param again whether the step had been begun before */
  constructor(readonly again: boolean) {}

  /** The number of the step's next model call, from 1. */
  nextCall(): number {
    return (this.asked += 1);
  }
  private asked = 0;

  /** Counts one reply. One of an earlier run was counted then. */
  addReply(reply: ModelReply): void {
    const { provider, model } = reply;
    this.ref = { provider, model };
    this.rehearsal = reply.rehearsal ?? this.rehearsal;
    if (reply.replayed) this.replayed += 1;
    else this.addUsage(this.ref, reply.usage, reply.costUsd);
  }

  /** Counts one model call, useful or not: it was paid for. */
  addUsage(ref: ModelRef, usage: ModelUsage, costUsd: number | null): void {
    this.ref = ref;
    this.calls += 1;
    if (costUsd === null) this.unpriced += 1;
    const name = `${ref.provider}:${ref.model}`;
    const sum = this.byModel.get(name) ?? { ref, input: 0, output: 0, cached: 0, cacheWrites: 0, cost: 0 };
    sum.input += usage.inputTokens;
    sum.output += usage.outputTokens;
    sum.cached += usage.cachedTokens;
    sum.cacheWrites += usage.cacheWriteTokens;
    sum.cost += costUsd ?? 0;
    this.byModel.set(name, sum);
  }

  private sum(of: Exclude<keyof ModelTotals, 'ref'>): number {
    return [...this.byModel.values()].reduce((total, totals) => total + totals[of], 0);
  }

  /** What each model used, as metrics by provider, model and prompt version. */
  modelMetrics(agent: string): MetricPoint[] {
    return [...this.byModel.values()].flatMap(({ ref, ...used }) => {
      const labels = { agent, ...ref, promptVersion: this.promptVersionId ?? 0 };
      const tokens = (kind: string, value: number): MetricPoint[] =>
        value === 0 ? [] : [{ name: 'model_tokens', value, labels: { ...labels, kind } }];
      return [
        ...tokens('input', used.input),
        ...tokens('output', used.output),
        ...tokens('cached', used.cached),
        ...tokens('cache_write', used.cacheWrites),
        { name: 'model_cost_usd', value: used.cost, labels },
      ];
    });
  }

  totalTokens(): number {
    return this.sum('input') + this.sum('output');
  }

  /** What goes on the step's execution. */
  used(): StepUsage {
    return {
      outputSummary: this.summary ?? null,
      tokensUsed: this.totalTokens(),
      inputTokens: this.sum('input'),
      outputTokens: this.sum('output'),
      cachedTokens: this.sum('cached'),
      costUsd: this.sum('cost'),
      attempt: Math.max(1, this.calls),
      promptVersionId: this.promptVersionId ?? null,
      provider: this.ref?.provider ?? null,
      model: this.ref?.model ?? null,
      metadata: {
        calls: this.calls,
        ...(this.replayed > 0 && { replayedCalls: this.replayed }),
        ...(this.unpriced > 0 && { unpricedCalls: this.unpriced }),
        ...(this.sum('cacheWrites') > 0 && { cacheWriteTokens: this.sum('cacheWrites') }),
        ...(this.rehearsal && { rehearsal: this.rehearsal }),
      },
    };
  }
}
