import type { DataSource } from 'typeorm';
import { z } from 'zod';
import { ConflictError, ValidationError } from '../core/errors.js';
import { newId } from '../core/ids.js';
import { MESSAGE_MODES } from '../core/vocabulary.js';
import type { AgentExecution } from '../db/entities/agent-execution.js';
import type { Checkpoint } from '../db/entities/checkpoint.js';
import type { Message } from '../db/entities/message.js';
import { repositories } from '../db/repositories/index.js';
import type { ExecutionFilter, ListedExecution } from '../db/repositories/run-repository.js';
import type { Dispatcher } from './dispatcher.js';
import { takeKey } from './idempotency.js';
import type { KindBook } from './kind-rules.js';
import {
  checked,
  personText,
  requireRole,
  type Caller,
  type SessionService,
  userOf,
  type Scope,
} from './sessions.js';
import type { SessionTransactions } from './session-transaction.js';

export const newMessage = z.strictObject({
  content: personText(100_000),
  mode: z.enum(MESSAGE_MODES).default('text'),
  metadata: z.record(z.string(), z.unknown()).default({}),
  /** What happens while an earlier turn is still being answered. */
  onBusy: z.enum(['enqueue', 'reject']).default('enqueue'),
});

/** What happens in a session: its messages, executions and checkpoints. */
export class ActivityService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly sessions: SessionService,
    private readonly kinds: KindBook,
    private readonly transactions: SessionTransactions,
    private readonly dispatcher: Dispatcher,
  ) {}

  /**
   * Takes a person's turn. It is answered in order, one turn at a time per session.
   * @throws ConflictError `busy` with `onBusy: 'reject'` while a turn is being answered
   * @param idempotencyKey the same key and input make one turn, however often they are sent
   * @throws ConflictError `session_ended` when the session takes no more turns
   * @throws ConflictError `idempotency_mismatch` when the key was used with another input
   */
  async say(
    caller: Caller,
    sessionId: string,
    input: unknown,
    idempotencyKey?: string,
  ): Promise<{ messageId: string; turnNumber: number; created: boolean }> {
    requireRole(caller, 'submitter');
    const wish = checked(newMessage, input);
    await this.sessions.getToAct(caller, sessionId);
    const id = newId();
    const said = await this.transactions.locked(sessionId, async (tx, session) => {
      const before = await takeKey(tx, caller, idempotencyKey, ['messages', sessionId, wish], id);
      if (before !== null) return tx.messages.findTurn(before);
      const kind = this.kinds.get(session.kind);
      if (kind.startedBy !== 'turns')
        throw new ValidationError(`A ${kind.label} takes no messages; decide its gates instead.`, [
          { field: 'kind', message: `"${kind.kind}" is not a kind that talks` },
        ]);
      if (!(session.status in kind.transitions) || (kind.transitions[session.status] ?? []).length === 0)
        throw new ConflictError(
          'session_ended',
          `The session is "${session.status}" and takes no more turns.`,
        );
      if (wish.onBusy === 'reject' && session.wakeSeq > session.doneSeq)
        throw new ConflictError('busy', 'An earlier turn is still being answered.', { retryable: true });
      const message = await tx.messages.append({ id, sessionId, role: 'user', ...wish });
      await tx.sessions.wake(sessionId, { status: session.status });
      await this.dispatcher.dispatchIn(tx.manager, sessionId);
      tx.emit('message', {
        id: message.id,
        turnNumber: message.turnNumber,
        role: 'user',
        content: wish.content.trim(),
      });
      return message;
    });
    const created = said.id === id;
    if (created) this.dispatcher.dispatchSoon(sessionId);
    return { messageId: said.id, turnNumber: said.turnNumber, created };
  }

  /** Turns after `afterTurn`, oldest first. */
  async messages(caller: Caller, sessionId: string, afterTurn: number, limit: number): Promise<Message[]> {
    await this.sessions.get(caller, sessionId);
    return repositories(this.dataSource.manager).messages.after(sessionId, afterTurn, limit);
  }

  /** Executions after `afterId`, in the order they began. */
  async executions(
    caller: Caller,
    sessionId: string,
    afterId: number,
    limit: number,
  ): Promise<AgentExecution[]> {
    await this.sessions.get(caller, sessionId);
    return repositories(this.dataSource.manager).runs.listExecutions(sessionId, afterId, limit);
  }

  /**
   * Executions across sessions, newest first: the caller's own, or those of the whole team.
   * @throws ForbiddenError when somebody below an approver asks for the team's
   */
  async allExecutions(
    caller: Caller,
    { scope, ...filter }: Omit<ExecutionFilter, 'userId'> & { scope: Scope },
  ): Promise<ListedExecution[]> {
    return repositories(this.dataSource.manager).runs.searchExecutions({
      ...filter,
      userId: userOf(caller, scope),
    });
  }

  /** The session's checkpoints without their data, newest first, older than `before`. */
  async history(
    caller: Caller,
    sessionId: string,
    limit: number,
    before?: string,
  ): Promise<Pick<Checkpoint, 'checkpointId' | 'parentCheckpointId' | 'metadata' | 'createdAt'>[]> {
    await this.sessions.get(caller, sessionId);
    return repositories(this.dataSource.manager).runs.listCheckpoints(sessionId, limit, before);
  }
}
