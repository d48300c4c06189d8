import type { AnswerSchema, ModelCatalog, ModelMessage, ModelReply } from '../adapters/llm/port.js';
import type { ArtifactStore } from '../adapters/storage/port.js';
import {
  AppError,
  LeaseLostError,
  LimitReachedError,
  ModelCallError,
  ModelOutputError,
  ValidationError,
  messageOf,
} from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import type { ArtifactType, AuditEvent, SessionStatus } from '../core/vocabulary.js';
import type { ShownArtifact } from '../db/entities/approval.js';
import type { Session } from '../db/entities/session.js';
import type { MetricPoint } from '../db/repositories/metric-repository.js';
import { repositories } from '../db/repositories/index.js';
import type { DataSource } from 'typeorm';
import type { EventHub } from '../services/event-hub.js';
import type { AgentModels } from '../services/agent-models.js';
import type { BudgetService } from '../services/budgets.js';
import type { Choice } from '../services/profile-models.js';
import type { PolicyService } from '../services/policies.js';
import type { Turn } from '../core/turns.js';
import { renderPrompt, type PromptService } from '../services/prompts.js';
import type { SessionTransactions, SessionTx } from '../services/session-transaction.js';
import type { SettingsService, SettingValues } from '../services/settings.js';
import type { LimitWarning, UsageService } from '../services/usage.js';
import { ask, type Answer, type Question } from './agent.js';
import type { Lease } from './lease.js';
import { commitStep, executionEvent, openStep, type StepSpec } from './step-commit.js';
import { StepRecord, type StepArtifact } from './step-record.js';

/** What the engine is made of: one per process, shared by all runs. */
export interface EngineParts {
  dataSource: DataSource;
  transactions: SessionTransactions;
  hub: EventHub;
  store: ArtifactStore;
  models: AgentModels;
  catalog: ModelCatalog;
  prompts: PromptService;
  settings: SettingsService;
  usage: UsageService;
  budgets: BudgetService;
  policies: PolicyService;
}

/** What a step's body may do. Everything it records is committed together, after the body, or not at all. */
export interface Step {
  /** Asks the step's agent (or another profile); usage is recorded on the step's execution. */
  ask<T>(question: Question<T>): Promise<Answer<T>>;
  /** Adds a version of a file or document. */
  artifact(artifact: {
    type: ArtifactType;
    path: string;
    content: string | Uint8Array;
    metadata?: Record<string, unknown>;
  }): void;
  /** Says something to the person, as the next turn of the session. */
  say(message: { content: string; metadata?: Record<string, unknown> }): void;
  metric(point: MetricPoint): void;
  /** One line for people on what came out. */
  summary(text: string): void;
  /** Where the session stands, if the step moves it. */
  progress(to: { iterationCount?: number }): void;
  audit(eventType: AuditEvent, details: Record<string, unknown>): void;
}

/**
 * One run of one session: from claim to the next stop. It is all a node sees of the world: steps whose effects
 * happen once, fenced against other runs, and the services they need.
 */
export class Run {
  constructor(
    /** The session as it was claimed. */
    readonly session: Session,
    readonly lease: Lease,
    readonly settings: SettingValues,
    readonly log: Logger,
    readonly parts: EngineParts,
    /** Its turn among the runs of this process. */
    private readonly turn: Turn,
  ) {}

  /** Aborts when the run must stop: its lease is lost, the session cancelled, the worker going down. */
  get signal(): AbortSignal {
    return this.lease.signal;
  }

  /**
   * Waits for something outside, a model or the sandbox, without keeping other runs of this process from their work.
   * Whatever takes longer than a statement or two belongs in here.
   */
  async aside<T>(work: () => Promise<T>): Promise<T> {
    return this.turn.aside(work);
  }

  /** Gives the session a status, with the next step that is really begun: a transaction of its own costs more. */
  announce(status: SessionStatus): void {
    if (status !== this.session.status) this.coming = status;
  }
  private coming: SessionStatus | undefined;

  /** Works in a transaction that first proves this run's fence. */
  async fenced<T>(work: (tx: SessionTx) => Promise<T>): Promise<T> {
    return this.parts.transactions.fenced(this.session.sessionId, this.lease.fence, work);
  }

  /** The text of an artifact, checked against its hash. */
  async read(artifact: Pick<ShownArtifact, 'sha256'>): Promise<string> {
    return (await this.parts.store.get(artifact.sha256)).toString('utf8');
  }

  /**
   * Does a step once. Its result, artifacts, execution, metrics, audit and events are committed in one fenced
   * transaction; when that has happened before (the process died between this commit and the checkpoint), the
   * committed result is returned and nothing is done again.
   * @param body does the work and returns the step's result, which must be JSON
   * @throws LimitReachedError `budget_reached` when the session's budget does not allow the step; it was not begun
   * @throws whatever the body throws, after the execution has been closed as failed
   */
  async step<T extends Record<string, unknown>>(
    spec: StepSpec,
    body: (step: Step) => Promise<T>,
  ): Promise<{ result: T; artifacts: ShownArtifact[] }> {
    const { sessionId } = this.session;
    const committed = await repositories(this.parts.dataSource.manager).runs.findEffect(sessionId, spec.key);
    if (committed) {
      this.log.info({ step: spec.key }, 'step was committed by an earlier run');
      return committed.result as { result: T; artifacts: ShownArtifact[] };
    }
    await this.parts.budgets.checkStep(this.session, spec.agent, spec.iteration ?? 0);
    const status = this.coming;
    this.coming = undefined;
    const { id: executionId, again } = await this.fenced((tx) =>
      openStep(tx, this.session, this.lease.fence, spec, status),
    );
    const record = new StepRecord(again);
    try {
      const result = await body(this.stepFor(spec, record));
      this.signal.throwIfAborted();
      const contents = await this.store(record.artifacts);
      return await this.fenced((tx) =>
        commitStep(tx, this.session, this.lease.fence, { spec, executionId, record, contents, result }),
      );
    } catch (error) {
      await this.failExecution(spec, executionId, record, error);
      throw error;
    }
  }

  private stepFor(spec: StepSpec, record: StepRecord): Step {
    return {
      ask: (question) => this.ask(spec, record, question),
      artifact: (artifact) => record.artifacts.push(artifact),
      say: (message) => record.messages.push(message),
      metric: (point) => record.metrics.push(point),
      summary: (text) => (record.summary = text),
      progress: (to) => Object.assign(record.progress, to),
      audit: (eventType, details) => record.audit.push({ eventType, details }),
    };
  }

  private async ask<T>(spec: StepSpec, record: StepRecord, question: Question<T>): Promise<Answer<T>> {
    const versionId = Number(this.session.promptVersions[question.profile]);
    const prompt = await this.parts.prompts.text(versionId);
    const system = renderPrompt(prompt, question.variables ?? {});
    record.promptVersionId = versionId;
    const { models, hub } = this.parts;
    const { sessionId } = this.session;
    const swapped = question.otherModel === true && (await models.hasFallback(question.profile));
    const call = (
      messages: ModelMessage[],
      choice: Choice,
      schema: AnswerSchema | undefined,
    ): Promise<ModelReply> =>
      this.aside(() =>
        models.call(
          question.profile,
          {
            messages,
            schema,
            acceptTruncated: true,
            signal: this.signal,
            onToken: (text) => hub.token(sessionId, spec.phase, text),
          },
          {
            sessionId,
            stepKey: spec.key,
            callNumber: record.nextCall(),
            again: record.again,
            promptVersionId: versionId,
            onWaste: ({ ref, usage, costUsd }) => record.addUsage(ref, usage, costUsd),
            onWarning: (warning) => this.warn(warning),
          },
          choice,
        ),
      );
    return ask(question, system, {
      async call(messages, choice, schema) {
        if (!swapped) return call(messages, choice, schema);
        if (choice === 'fallback') return call(messages, 'any', schema);
        // The other model was only to be tried: while it stays away, the profile's own is asked.
        return call(messages, 'fallback', schema).catch((error: unknown) => {
          if (isAway(error)) return call(messages, 'any', schema);
          throw error;
        });
      },
      hasFallback: () => models.hasFallback(question.profile),
      maxRetries: this.settings.maxAnswerRetries,
      maxParts: this.settings.maxAnswerParts,
      onReply: (reply) => record.addReply(reply),
    });
  }

  /** A soft limit was reached: seen in the session whose call it was, and in the audit. */
  private async warn({ profile, unit, limit, used }: LimitWarning): Promise<void> {
    const message = `The profile "${profile}" has reached its daily limit of ${limit} ${unit}. It only warns.`;
    await this.fenced(async (tx) => {
      tx.emit('warning', { code: 'limit_reached', message, profile, unit, limit, used });
      tx.log({
        eventType: 'limit_warned',
        userId: this.session.userId,
        details: { profile, unit, limit, used },
      });
    });
  }

  private async store(artifacts: readonly StepArtifact[]): Promise<{ hash: string; size: number }[]> {
    const stored: { hash: string; size: number }[] = [];
    for (const { content } of artifacts) {
      const bytes = Buffer.from(content);
      stored.push({ hash: await this.parts.store.put(bytes), size: bytes.byteLength });
    }
    return stored;
  }

  /** Closes a failed step's execution, billed for what it used. A run without its lease writes nothing. */
  private async failExecution(
    spec: StepSpec,
    executionId: number,
    record: StepRecord,
    error: unknown,
  ): Promise<void> {
    if (error instanceof LeaseLostError || this.lease.endedBy === 'lost') return;
    const message = messageOf(error).slice(0, 2000);
    const interrupted = this.lease.endedBy !== undefined || error instanceof LimitReachedError;
    // A step that failed over what the models said must not get the same answers again when it is retried.
    if (!interrupted && isAboutAnswers(error))
      await this.parts.usage
        .forgetReplies(this.session.sessionId, spec.key)
        .catch((forgetting: unknown) =>
          this.log.warn({ error: messageOf(forgetting) }, 'replies of a failed step could not be forgotten'),
        );
    await this.fenced(async (tx) => {
      const closed = await tx.steps.giveUp(executionId, record.used(), {
        status: interrupted ? 'interrupted' : 'failed',
        error: this.lease.endedBy === undefined ? message : `Stopped: ${this.lease.endedBy}.`,
      });
      // The commit had gone through and only its answer was lost: the step is done.
      if (!closed) return;
      await tx.metrics.record(record.modelMetrics(spec.agent));
      tx.emit(
        'execution',
        executionEvent(executionId, spec, interrupted ? 'interrupted' : 'failed', { error: message }),
      );
    }).catch((closing: unknown) =>
      this.log.warn({ error: messageOf(closing) }, 'failed step could not be closed'),
    );
  }
}

/** Whether a model could not be asked, for a reason that another does not share. */
function isAway(error: unknown): boolean {
  return error instanceof ModelCallError && error.details['reason'] !== 'aborted';
}

/** Whether a step failed because of what models answered, or of what was made of it. */
function isAboutAnswers(error: unknown): boolean {
  return (
    !(error instanceof AppError) || error instanceof ModelOutputError || error instanceof ValidationError
  );
}
