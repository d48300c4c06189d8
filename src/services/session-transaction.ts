import type { DataSource, EntityManager } from 'typeorm';
import { LeaseLostError, NotFoundError } from '../core/errors.js';
import type { NotificationEvent, StreamEvent } from '../core/vocabulary.js';
import type { Session } from '../db/entities/session.js';
import type { AuditEntry } from '../db/repositories/audit-repository.js';
import type { Notice } from '../db/repositories/outbox-repository.js';
import { repositories, type Repositories } from '../db/repositories/index.js';
import type { EventHub } from './event-hub.js';

/** One transaction that owns its session's row. Events and audit are collected and written at its end. */
export interface SessionTx extends Repositories {
  readonly manager: EntityManager;
  /** Adds an event to the session's stream. */
  emit(type: StreamEvent, data: Record<string, unknown>): void;
  /** Adds an audit entry, which joins the chain as the transaction commits. */
  log(entry: AuditEntry): void;
  /** Has people told of it, by mail and webhook: exactly when this transaction commits. `facts` are small. */
  notify(event: NotificationEvent, facts: Record<string, unknown>): void;
}

/**
 * Everything that changes a session happens in here: in the order row lock → work → events → audit, so that
 * no two writers deadlock and no reader sees an event before what it tells of.
 */
export class SessionTransactions {
  constructor(
    private readonly dataSource: DataSource,
    private readonly hub: EventHub,
  ) {}

  /**
   * Locks the session and works on it.
   * @throws NotFoundError when there is no such session
   */
  async locked<T>(sessionId: string, work: (tx: SessionTx, session: Session) => Promise<T>): Promise<T> {
    return this.transact(sessionId, async (tx) => {
      const session = await tx.sessions.lock(sessionId);
      if (!session) throw new NotFoundError('session', sessionId);
      return work(tx, session);
    });
  }

  /**
   * Works on a session as the run with this fence.
   * @throws LeaseLostError when another run has taken over; nothing is written then
   */
  async fenced<T>(sessionId: string, fence: number, work: (tx: SessionTx) => Promise<T>): Promise<T> {
    return this.transact(sessionId, async (tx) => {
      if (!(await tx.sessions.holdFence(sessionId, fence))) throw new LeaseLostError(sessionId, fence);
      return work(tx);
    });
  }

  /** Makes a session: the row is this transaction's own, so there is nothing to lock yet. */
  async creating<T>(sessionId: string, work: (tx: SessionTx) => Promise<T>): Promise<T> {
    return this.transact(sessionId, work);
  }

  private async transact<T>(sessionId: string, work: (tx: SessionTx) => Promise<T>): Promise<T> {
    const events: { type: StreamEvent; data: Record<string, unknown> }[] = [];
    const audit: AuditEntry[] = [];
    const notices: Notice[] = [];
    const result = await this.dataSource.transaction(async (manager) => {
      const repos = repositories(manager);
      const done = await work({
        ...repos,
        manager,
        emit: (type, data) => events.push({ type, data }),
        log: (entry) => audit.push({ sessionId, ...entry }),
        notify: (event, facts) => notices.push({ event, facts }),
      });
      await repos.journal.append(sessionId, { events, notices, audit });
      return done;
    });
    if (events.length > 0) this.hub.wake(sessionId);
    return result;
  }
}
