import type { DataSource } from 'typeorm';
import { z } from 'zod';
import type { ModelMessage } from '../../adapters/llm/port.js';
import type { ArtifactStore } from '../../adapters/storage/port.js';
import { sleep } from '../../core/clock.js';
import { AppError, messageOf } from '../../core/errors.js';
import { textOf } from '../../adapters/llm/messages.js';
import { parseJsonAnswer } from '../json-answer.js';
import type { Logger } from '../../core/logger.js';
import type { PromptTryoutRun } from '../../db/entities/prompt-tryout-run.js';
import type { ColumnValues } from '../../db/repositories/columns.js';
import { repositories } from '../../db/repositories/index.js';
import type { ClaimedRun } from '../../db/repositories/tryout-repository.js';
import type { AgentModels } from '../agent-models.js';
import type { AgentProfile, KindBook } from '../kind-rules.js';
import { renderPrompt, type PromptService } from '../prompts.js';
import { profileNamed, recoverValues } from './profiles.js';

/** How often an idle worker looks for runs, in ms. */
const POLL_MS = 1000;
/** How often a run's lease is renewed, and its cancellation noticed, in ms. */
const BEAT_MS = 1000;
/** Without a beat for so long, a run counts as lost and another worker takes it. */
const LEASE_SECONDS = 20;
/** A run that was lost so often is given up: whatever loses it would do so again. */
const MAX_ATTEMPTS = 3;
/** Runs at once in each process: missions come first. */
const LANES = 2;

const recorded = z
  .array(
    z.object({
      role: z.enum(['system', 'user', 'assistant']),
      content: z.union([
        z.string(),
        z.array(z.object({ text: z.string(), cache: z.literal(true).optional() })),
      ]),
    }),
  )
  .min(1);

export interface TryoutWorkerParts {
  dataSource: DataSource;
  kinds: KindBook;
  prompts: PromptService;
  models: AgentModels;
  store: ArtifactStore;
  /** Names this process in leases. */
  owner: string;
  log: Logger;
}

/**
 * Carries out the runs of tryouts, in every worker process. The rows are the queue: a run is claimed under a lease
 * that its worker renews. When a process dies, the lease runs out and another one does the run again; what the lost
 * call used is billed at its ceiling, as for any call without an outcome.
 */
export class TryoutWorker {
  private readonly stopping = new AbortController();
  private lanes: Promise<void>[] = [];

  constructor(private readonly parts: TryoutWorkerParts) {}

  start(): void {
    if (this.lanes.length === 0) this.lanes = Array.from({ length: LANES }, () => this.lane());
  }

  /** Takes no more runs, breaks those under way off, and gives them back for others to take. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await Promise.all(this.lanes);
  }

  /** Carries out one run, if there is any. @returns whether there was */
  async once(): Promise<boolean> {
    const { tryouts } = repositories(this.parts.dataSource.manager);
    const run = await tryouts.claim(this.parts.owner, LEASE_SECONDS);
    if (!run) return false;
    if (run.attempts > MAX_ATTEMPTS) {
      const problem = `The processes that ran this were lost ${MAX_ATTEMPTS} times.`;
      await this.finish(run, { status: 'failed', problem });
      return true;
    }
    const lost = new AbortController();
    const done = new AbortController();
    const beating = this.beat(run, lost, done.signal);
    try {
      const signal = AbortSignal.any([lost.signal, this.stopping.signal]);
      const outcome = await this.carryOut(run, signal);
      if (outcome) await this.finish(run, outcome);
      else if (!lost.signal.aborted) await tryouts.release(run);
    } finally {
      done.abort();
      await beating;
    }
    return true;
  }

  private async lane(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      const found = await this.once().catch((error: unknown) => {
        this.parts.log.warn({ error: messageOf(error) }, 'a tryout run could not be carried out');
        return false;
      });
      if (!found) await sleep(POLL_MS * (0.75 + Math.random() / 2), signal).catch(() => undefined);
    }
  }

  /** Renews the lease until `done`; aborts `lost` when the run is no longer ours, or was cancelled. */
  private async beat(run: ClaimedRun, lost: AbortController, done: AbortSignal): Promise<void> {
    for (;;) {
      await sleep(BEAT_MS, done).catch(() => undefined);
      if (done.aborted) return;
      const held = await repositories(this.parts.dataSource.manager)
        .tryouts.hold(run, this.parts.owner, LEASE_SECONDS)
        // A database that is away for a moment does not end the run: the lease lasts for many beats.
        .catch(() => true);
      if (!held) return lost.abort();
    }
  }

  /** @returns what came of it; undefined when it was broken off */
  private async carryOut(run: ClaimedRun, signal: AbortSignal): Promise<Outcome | undefined> {
    const started = performance.now();
    try {
      const profile = profileNamed(this.parts.kinds, run.profileName);
      const messages = await this.messagesFor(run);
      const reply = await this.parts.models.call(
        run.profileName,
        { messages, signal },
        { promptVersionId: run.versionId },
      );
      const { ok, problem } = validate(profile, messages, reply.text);
      return {
        status: 'completed',
        replyHash: await this.parts.store.put(Buffer.from(JSON.stringify(reply.text), 'utf8')),
        isValid: ok,
        problem,
        provider: reply.provider,
        model: reply.model,
        inputTokens: reply.usage.inputTokens,
        outputTokens: reply.usage.outputTokens,
        costUsd: reply.costUsd,
        durationMs: Math.round(performance.now() - started),
      };
    } catch (error) {
      if (signal.aborted) return undefined;
      if (!(error instanceof AppError))
        this.parts.log.error({ err: error, run: run.id }, 'a tryout run failed');
      const durationMs = Math.round(performance.now() - started);
      return { status: 'failed', problem: messageOf(error).slice(0, 2000), durationMs };
    }
  }

  /** The recorded messages with the version's own rendering as the system prompt, of the same values. */
  private async messagesFor(run: ClaimedRun): Promise<ModelMessage[]> {
    const stored: unknown = JSON.parse((await this.parts.store.get(run.requestHash)).toString('utf8'));
    const messages = recorded.parse(stored);
    const system = textOf(messages.find(({ role }) => role === 'system') ?? { content: '' });
    const version = await this.parts.prompts.text(run.versionId);
    const before =
      run.recordedVersionId === null ? null : await this.parts.prompts.text(run.recordedVersionId);
    const values = before && recoverValues(before, system);
    if (!values)
      throw new AppError(
        'values_unknown',
        409,
        'What the prompt’s variables were then cannot be told any more.',
      );
    return [
      { role: 'system', content: renderPrompt(version, values) },
      ...messages.filter(({ role }) => role !== 'system'),
    ];
  }

  private async finish(run: ClaimedRun, outcome: Outcome): Promise<void> {
    await this.parts.dataSource.transaction((manager) => repositories(manager).tryouts.finish(run, outcome));
  }
}

type Outcome = ColumnValues<PromptTryoutRun> & { status: 'completed' | 'failed' };

/** Whether an answer is what its task asks for; one of an unknown form must at least be one JSON object. */
function validate(
  profile: AgentProfile,
  messages: readonly ModelMessage[],
  answer: string,
): { ok: boolean; problem: string | null } {
  const asked = textOf(messages.findLast(({ role }) => role === 'user') ?? { content: '' });
  const task = [...asked.matchAll(/<task>([^<]*)<\/task>/g)].at(-1)?.[1]?.trim() ?? '';
  const answers = profile.answers ?? {};
  const schema = Object.hasOwn(answers, task) ? answers[task] : undefined;
  const parsed = parseJsonAnswer(answer, schema ?? z.record(z.string(), z.unknown()));
  return parsed.ok ? { ok: true, problem: null } : { ok: false, problem: parsed.problem };
}
