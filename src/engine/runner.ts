import { Command, type StateSnapshot } from '@langchain/langgraph/web';
import type { Pool } from 'pg';
import { AppError, LeaseLostError, messageOf } from '../core/errors.js';
import { newId } from '../core/ids.js';
import type { Logger } from '../core/logger.js';
import type { AuditEvent, NotificationEvent } from '../core/vocabulary.js';
import { isPassingDatabaseError } from '../db/passing-error.js';
import { repositories } from '../db/repositories/index.js';
import type { SessionFailure } from '../db/entities/session.js';
import type { KindBook } from '../services/kind-rules.js';
import { Turns, type Turn } from '../core/turns.js';
import { FencedSaver } from './fenced-saver.js';
import type { GateRequest, GateVerdict, GraphConfig, GraphKind } from './graph-kind.js';
import { Lease } from './lease.js';
import { Run, type EngineParts } from './run.js';
import { carryOutWishes } from './wishes.js';

/** How a wake-up ended. `stale`: nothing was wanted, or somebody else is at it. */
export type RunEnd = 'stale' | 'settled' | 'released' | 'lost';

/** What the graph is invoked with next, or why it is not. */
type Move =
  | { do: 'invoke'; input: unknown }
  | { do: 'wait'; interruptId: string; request: GateRequest; checkpointId: string }
  | { do: 'finish' };

/**
 * How many runs of a process work at once, between their waits for models and tests: fewer than it has connections.
 * If all of them did, each would be as slow as the last.
 */
const RUNS_AT_WORK = 4;
/** A graph that takes more steps than this in one run is looping. */
const RECURSION_LIMIT = 200;

/** Takes sessions from a wake-up to their next stop. The only place that turns a run's error into a fate. */
export class Runner {
  /** Leases held by this process, so that a shutdown can give them back. */
  private readonly held = new Set<Lease>();
  private readonly turns = new Turns(RUNS_AT_WORK);

  constructor(
    private readonly parts: EngineParts,
    private readonly pool: Pool,
    private readonly kinds: KindBook<GraphKind>,
    private readonly options: { owner: string; leaseSeconds: number },
    private readonly log: Logger,
  ) {}

  /**
   * Answers one wake-up. Safe to call at any time, any number of times, from any process.
   * @param signal aborts when the worker goes down: the run stops and gives its lease back
   */
  async run(sessionId: string, signal: AbortSignal): Promise<RunEnd> {
    const turn = await this.turns.begin();
    try {
      return await this.runInTurn(sessionId, signal, turn);
    } finally {
      turn.end();
    }
  }

  private async runInTurn(sessionId: string, signal: AbortSignal, turn: Turn): Promise<RunEnd> {
    const db = this.parts.dataSource.manager;
    const claim = await repositories(db).sessions.claim(
      sessionId,
      this.options.owner,
      this.options.leaseSeconds,
    );
    if (!claim) return 'stale';
    const session = await repositories(db).sessions.find(sessionId);
    if (!session) return 'stale';
    const log = this.log.child({ sessionId, kind: session.kind, fence: claim.fence });
    const lease = new Lease(this.parts.dataSource, sessionId, claim.fence, this.options.leaseSeconds, log);
    const shutdown = (): void => lease.end('shutdown');
    signal.addEventListener('abort', shutdown);
    if (signal.aborted) shutdown();
    this.held.add(lease);
    lease.start();
    const run = new Run(session, lease, await this.parts.settings.values(), log, this.parts, turn);
    try {
      return await this.carry(run, claim);
    } catch (error) {
      return await this.fate(run, claim.wakeSeq, error);
    } finally {
      lease.stop();
      this.held.delete(lease);
      signal.removeEventListener('abort', shutdown);
    }
  }

  private async carry(
    run: Run,
    claim: { fence: number; wakeSeq: number; attempts: number },
  ): Promise<RunEnd> {
    const { session } = run;
    const { sessionId } = session;
    const kind = this.kinds.get(session.kind);
    if (session.cancelRequestedAt) return this.cancel(run, kind);
    if (claim.attempts > run.settings.maxRunAttempts)
      throw new AppError(
        'too_many_attempts',
        500,
        `The session was taken up ${claim.attempts - 1} times without progress. Look at the worker's log, then retry.`,
        { details: { attempts: claim.attempts - 1 } },
      );

    const saver = new FencedSaver(this.pool, sessionId, claim.fence);
    const graph = kind.graph(run).compile({ checkpointer: saver });
    const config: GraphConfig = {
      configurable: { thread_id: sessionId },
      durability: 'sync',
      signal: run.signal,
      recursionLimit: RECURSION_LIMIT,
    };
    await carryOutWishes(run, kind, graph, config);
    run.announce(kind.statuses.running);
    for (;;) {
      const state = await graph.getState(config);
      const move = await this.nextMove(run, kind, state);
      run.signal.throwIfAborted();
      if (move.do === 'wait') return this.settleWaiting(run, kind, state, move, claim.wakeSeq);
      if (move.do === 'finish') return this.settleFinished(run, kind, state, claim.wakeSeq);
      await graph.invoke(move.input, config);
    }
  }

  /** The database and the checkpoint decide together what comes next; see docs/architecture.md, "A run". */
  private async nextMove(run: Run, kind: GraphKind, state: StateSnapshot): Promise<Move> {
    const { session } = run;
    const started =
      state.metadata !== undefined && state.config.configurable?.['checkpoint_id'] !== undefined;
    if (!started) return this.firstMove(run, kind);
    const pending = state.tasks.flatMap((task) => task.interrupts ?? []).find(({ id }) => id !== undefined);
    if (pending?.id !== undefined) {
      const approval = await repositories(this.parts.dataSource.manager).approvals.findByInterrupt(
        session.sessionId,
        pending.id,
      );
      const verdict = approval?.metadata['verdict'] as GateVerdict | undefined;
      // Keyed by the interrupt: a plain resume would answer whatever gate comes next.
      if (verdict) return { do: 'invoke', input: new Command({ resume: { [pending.id]: verdict } }) };
      return {
        do: 'wait',
        interruptId: pending.id,
        request: pending.value as GateRequest,
        checkpointId: String(state.config.configurable?.['checkpoint_id']),
      };
    }
    // `next` is empty after a crash before the first step; an open task is what tells unfinished from finished.
    if (state.tasks.length > 0) return { do: 'invoke', input: null };
    if (kind.startedBy === 'turns')
      return this.nextTurn(run, kind, kind.lastTurn?.(state.values as never) ?? 0);
    return { do: 'finish' };
  }

  private async firstMove(run: Run, kind: GraphKind): Promise<Move> {
    if (kind.startedBy === 'mission') return { do: 'invoke', input: kind.input(run) };
    return this.nextTurn(run, kind, 0);
  }

  private async nextTurn(run: Run, kind: GraphKind, lastTurn: number): Promise<Move> {
    const { messages } = repositories(this.parts.dataSource.manager);
    const message = await messages.nextUserTurn(run.session.sessionId, lastTurn);
    if (!message) return { do: 'finish' };
    const base = lastTurn === 0 ? kind.input(run) : {};
    return { do: 'invoke', input: { ...base, ...kind.turn?.(run.session, message) } };
  }

  private async settleWaiting(
    run: Run,
    kind: GraphKind,
    state: StateSnapshot,
    move: Extract<Move, { do: 'wait' }>,
    wakeSeq: number,
  ): Promise<RunEnd> {
    const { sessionId, userId, parentSessionId } = run.session;
    const view = kind.view(state.values as Record<string, unknown>);
    const policy = await this.parts.policies.effective(kind.kind, move.request.gate);
    const after = (hours: number): Date => new Date(Date.now() + hours * 3_600_000);
    const expiresAt = after(move.request.ttlHours ?? policy.timeoutHours);
    const remindAt = policy.remindAfterHours === null ? null : after(policy.remindAfterHours);
    const phase = move.request.phase ?? move.request.gate;
    await run.fenced(async (tx) => {
      const artifacts =
        parentSessionId === null
          ? move.request.artifacts
          : await tx.artifacts.ownRows(sessionId, move.request.artifacts);
      const id = await tx.approvals.open({
        id: newId(),
        sessionId,
        gate: move.request.gate,
        interruptId: move.interruptId,
        checkpointId: move.checkpointId,
        artifacts,
        expiresAt,
        remindAt,
      });
      await tx.sessions.settle(sessionId, wakeSeq, {
        status: kind.statuses.waiting,
        currentPhase: phase,
        iterationCount: view.iterationCount,
        qaPassed: view.qaPassed,
        stateJson: view.summary,
        interruptId: move.interruptId,
        error: null,
        expiresAt,
      });
      tx.emit('phase', { phase });
      tx.emit('status', { status: kind.statuses.waiting, phase });
      if (id === null) return;
      tx.emit('approval', {
        id,
        gate: move.request.gate,
        status: 'pending',
        artifacts,
      });
      tx.notify('approval_needed', { approvalId: id, gate: move.request.gate });
      tx.log({
        eventType: 'approval_requested',
        userId,
        details: { approvalId: id, gate: move.request.gate, artifacts },
      });
    });
    return 'settled';
  }

  private async settleFinished(
    run: Run,
    kind: GraphKind,
    state: StateSnapshot,
    wakeSeq: number,
  ): Promise<RunEnd> {
    const { sessionId, userId } = run.session;
    const values = state.values as Record<string, unknown>;
    const view = kind.view(values);
    const outcome = kind.outcome(values);
    const between = kind.startedBy === 'turns' && outcome.status === kind.statuses.waiting;
    await run.fenced(async (tx) => {
      await tx.sessions.settle(sessionId, wakeSeq, {
        status: outcome.status,
        currentPhase: view.phase,
        iterationCount: view.iterationCount,
        qaPassed: view.qaPassed,
        stateJson: view.summary,
        error: outcome.problem ?? null,
        completed: !between,
        expiresAt: null,
      });
      tx.emit('phase', { phase: view.phase });
      tx.emit('status', {
        status: outcome.status,
        phase: view.phase,
        ...(outcome.problem && { problem: outcome.problem }),
      });
      if (between) return;
      if (outcome.status === kind.statuses.stuck || outcome.status === kind.statuses.failed)
        tx.notify(outcome.status === kind.statuses.failed ? 'failed' : 'needs_attention', {
          status: outcome.status,
          problem: outcome.problem ?? null,
        });
      tx.log({
        eventType: AUDIT_OF_STATUS[outcome.status] ?? 'session_completed',
        userId,
        details: { status: outcome.status, ...view.summary },
      });
      await tx.metrics.record([
        { name: 'session_ended', value: 1, labels: { kind: kind.kind, status: outcome.status } },
      ]);
    });
    return 'settled';
  }

  private async cancel(run: Run, kind: GraphKind): Promise<RunEnd> {
    const { sessionId, userId } = run.session;
    await run.fenced(async (tx) => {
      await tx.approvals.closePending(sessionId, 'superseded');
      await tx.sessions.terminate(sessionId, { status: kind.statuses.cancelled, error: null });
      tx.emit('status', { status: kind.statuses.cancelled });
      tx.log({ eventType: 'session_cancelled', userId, details: {} });
    });
    return 'settled';
  }

  /** What becomes of a run that threw. */
  private async fate(run: Run, wakeSeq: number, error: unknown): Promise<RunEnd> {
    const { session, lease, log } = run;
    const kind = this.kinds.get(session.kind);
    try {
      if (lease.endedBy === 'cancelled') return await this.cancel(run, kind);
      if (lease.endedBy === 'shutdown') {
        await run.fenced((tx) => tx.sessions.release(session.sessionId, lease.fence, 'sent_away'));
        log.info('run given back: the worker is going down');
        return 'released';
      }
      if (lease.endedBy === 'lost' || error instanceof LeaseLostError) {
        log.warn('run ended: its lease went to another');
        return 'lost';
      }
      if (isPassingDatabaseError(error)) {
        log.warn({ error: messageOf(error) }, 'run given back: a dependency is away');
        await run.fenced((tx) => tx.sessions.release(session.sessionId, lease.fence, 'failed'));
        return 'released';
      }
      log.error({ err: error }, 'run failed');
      await this.settleFailed(run, kind, wakeSeq, error);
      return 'settled';
    } catch (settling) {
      // Whatever could not be written now is taken up again when the lease runs out.
      log.warn({ error: messageOf(settling), after: messageOf(error) }, 'run could not be settled');
      return 'lost';
    }
  }

  private async settleFailed(run: Run, kind: GraphKind, wakeSeq: number, error: unknown): Promise<void> {
    const { sessionId, userId } = run.session;
    const failure = failureOf(error);
    // An expected problem has a way out that a person can take; anything else is a fault of ours.
    const status = error instanceof AppError ? kind.statuses.stuck : kind.statuses.failed;
    await run.fenced(async (tx) => {
      await tx.sessions.settle(sessionId, wakeSeq, { status, error: failure, completed: true });
      tx.emit('error', { ...failure });
      tx.emit('status', { status, problem: failure });
      tx.notify(noticeOf(failure, status === kind.statuses.failed), { status, problem: failure });
      tx.log({
        eventType: AUDIT_OF_STATUS[status] ?? 'session_failed',
        userId,
        details: { status, problem: failure },
      });
      await tx.metrics.record([{ name: 'session_ended', value: 1, labels: { kind: kind.kind, status } }]);
    });
  }
}

const AUDIT_OF_STATUS: Readonly<Record<string, AuditEvent>> = {
  completed: 'session_completed',
  complete: 'session_completed',
  failed: 'session_failed',
  error: 'session_failed',
  needs_attention: 'session_needs_attention',
  rejected: 'session_rejected',
  expired: 'session_expired',
};

function noticeOf(failure: SessionFailure, failed: boolean): NotificationEvent {
  if (failure.code === 'budget_reached') return 'budget_reached';
  return failed ? 'failed' : 'needs_attention';
}

function failureOf(error: unknown): SessionFailure {
  if (error instanceof AppError)
    return { code: error.code, message: error.message, retryable: error.retryable, details: error.details };
  return { code: 'internal_error', message: messageOf(error), retryable: false };
}
