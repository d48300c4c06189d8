import type { EntityManager } from 'typeorm';
import type { SessionStatus } from '../../core/vocabulary.js';
import { Session, type SessionFailure } from '../entities/session.js';
import { columns, type ColumnValues } from './columns.js';
import { listing, type SessionFilter } from './session-filter.js';

/** What a worker learns when it claims a session. */
export interface Claim {
  fence: number;
  /** The wake-up count this run answers for; a later one keeps the session wanting a run. */
  wakeSeq: number;
  /** Claims since the last progress, this one included. */
  attempts: number;
}

/** A session without its long texts, and what lists show beside it. */
export type SessionOverview = Omit<Session, 'userMission' | 'stateJson'> & {
  /** The mission's first 280 characters. */
  missionPreview: string;
  /** The gate that waits for a decision, if one does. */
  pendingApprovalId: string | null;
  /** The name of the session's user. */
  ownerName: string;
};

const LONG_COLUMNS: readonly string[] = ['userMission', 'stateJson'];

/** Columns of a session that a settled run may write. */
export interface SettledState {
  status: SessionStatus;
  currentPhase?: string;
  iterationCount?: number;
  qaPassed?: boolean;
  stateJson?: Record<string, unknown> | null;
  interruptId?: string | null;
  error?: SessionFailure | null;
  completed?: boolean;
  expiresAt?: Date | null;
}

/** Columns of a session that asking for a run may write. */
export type WakeState = Partial<
  Pick<
    Session,
    | 'status'
    | 'currentPhase'
    | 'qaPassed'
    | 'retryRequestedAt'
    | 'retryAdvice'
    | 'steer'
    | 'interruptId'
    | 'expiresAt'
    | 'error'
    | 'completedAt'
  >
>;

/** Running time up to now. What passed after the last heartbeat of a run that died is nobody's. */
const RUNNING_SECONDS = 'running_seconds + coalesce(extract(epoch FROM clock_timestamp() - run_seen_at), 0)';

/**
 * The `sessions` row is the truth of every run: who may write (fence, lease), whether a run is wanted
 * (`wake_seq > done_seq`), where it stands. All times are the database's.
 */
export class SessionRepository {
  constructor(private readonly db: EntityManager) {}

  /** Inserts an accepted session that wants its first run when `wanted`. */
  async insert(session: ColumnValues<Session>, wanted: boolean): Promise<void> {
    await this.db.insert(Session, columns<Session>({ ...session, wakeSeq: wanted ? 1 : 0 }));
  }

  /** A session that is not deleted, whosever it is. */
  async findLive(sessionId: string): Promise<Session | null> {
    return this.db
      .createQueryBuilder(Session, 's')
      .where('s.session_id = :sessionId AND s.deleted_at IS NULL', { sessionId })
      .getOne();
  }

  /** Any session by id, for the engine, which acts for the session's own user. */
  async find(sessionId: string): Promise<Session | null> {
    return this.db.findOneBy(Session, { sessionId });
  }

  /** Sessions, newest first. Reads no long texts. */
  async overview(filter: SessionFilter): Promise<SessionOverview[]> {
    const short = this.db.connection
      .getMetadata(Session)
      .columns.map(({ propertyName }) => propertyName)
      .filter((name) => !LONG_COLUMNS.includes(name));
    const sessions = await listing(this.db, filter)
      .select(short.map((name) => `s.${name}`))
      .getMany();
    const more: { id: string; preview: string; owner: string; approval: string | null }[] =
      await this.db.query(
        `SELECT s.session_id AS id, left(s.user_mission, 280) AS preview, u.name AS owner,
              (SELECT a.id FROM approvals a WHERE a.session_id = s.session_id AND a.status = 'pending'
                ORDER BY a.created_at DESC LIMIT 1) AS approval
         FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.session_id = ANY($1)`,
        [sessions.map(({ sessionId }) => sessionId)],
      );
    const byId = new Map(more.map((row) => [row.id, row]));
    return sessions.map((session) => {
      const { preview = '', owner = '', approval = null } = byId.get(session.sessionId) ?? {};
      return Object.assign(session, {
        missionPreview: preview,
        ownerName: owner,
        pendingApprovalId: approval,
      });
    });
  }

  /** Whether this was ever a session of the user's (null: of anybody's), so that a list can go on from it. */
  async isPositionOf(sessionId: string, userId: string | null): Promise<boolean> {
    return this.db.existsBy(Session, { sessionId, ...(userId !== null && { userId }) });
  }

  /**
   * Locks the row until the transaction ends, so that everything of one session happens in one order. Not against
   * rows that only refer to it: a model call under way has locked the budget, and refers to its session after.
   */
  async lock(sessionId: string): Promise<Session | null> {
    return this.db
      .createQueryBuilder(Session, 's')
      .setLock('for_no_key_update')
      .where('s.session_id = :sessionId AND s.deleted_at IS NULL', { sessionId })
      .getOne();
  }

  /**
   * Proves that a run still owns the session and locks the row for the rest of the transaction.
   * @returns false when another run has taken over, or the session is gone
   */
  async holdFence(sessionId: string, fence: number): Promise<boolean> {
    const rows: unknown[] = await this.db.query(
      `SELECT 1 FROM sessions WHERE session_id = $1 AND fence = $2 AND lease_owner IS NOT NULL FOR UPDATE`,
      [sessionId, fence],
    );
    return rows.length > 0;
  }

  /**
   * Takes the session for one run if it wants one and nobody holds it, by the database's clock. Executions that a
   * dead run left open are closed with it.
   * @returns null when the wake-up is stale: nothing wanted, or another worker is at it
   */
  async claim(sessionId: string, owner: string, leaseSeconds: number): Promise<Claim | null> {
    const [row]: { fence: number; wake_seq: number; attempts: number }[] = await this.db.query(
      `WITH claimed AS (
         UPDATE sessions
            SET fence = fence + 1, lease_owner = $2, lease_until = clock_timestamp() + make_interval(secs => $3),
                attempts = attempts + 1, run_seen_at = clock_timestamp(),
                started_at = coalesce(started_at, clock_timestamp())
          WHERE session_id = $1 AND wake_seq > done_seq AND deleted_at IS NULL
            AND (lease_until IS NULL OR lease_until < clock_timestamp())
          RETURNING session_id, fence, wake_seq, attempts),
       closed AS (
         UPDATE agent_executions e
            SET status = 'interrupted', completed_at = clock_timestamp(),
                error_message = 'The worker that ran this was lost; a later run took the step over.',
                duration_seconds = round(extract(epoch from clock_timestamp() - e.started_at)::numeric, 2)
           FROM claimed c
          WHERE e.session_id = c.session_id AND e.status = 'running' AND e.fence < c.fence)
       SELECT fence, wake_seq, attempts FROM claimed`,
      [sessionId, owner, leaseSeconds],
    );
    return row ? { fence: row.fence, wakeSeq: row.wake_seq, attempts: row.attempts } : null;
  }

  /**
   * Prolongs the lease of a run.
   * @returns whether it still held it, and whether someone asked to cancel meanwhile
   */
  async heartbeat(
    sessionId: string,
    fence: number,
    leaseSeconds: number,
  ): Promise<{ held: boolean; cancelRequested: boolean }> {
    const [rows]: [{ cancel: boolean }[], number] = await this.db.query(
      `UPDATE sessions SET lease_until = clock_timestamp() + make_interval(secs => $3),
              running_seconds = ${RUNNING_SECONDS}, run_seen_at = clock_timestamp()
        WHERE session_id = $1 AND fence = $2 AND lease_owner IS NOT NULL AND deleted_at IS NULL
        RETURNING cancel_requested_at IS NOT NULL AS cancel`,
      [sessionId, fence, leaseSeconds],
    );
    return { held: rows.length > 0, cancelRequested: rows[0]?.cancel ?? false };
  }

  /**
   * Gives the lease back without an outcome: the session still wants its run.
   * @param why `sent_away`: the worker goes down, its job goes back to the queue, and the claim is not counted;
   *   `failed`: the claim counts, and its wake-up is spent, so that the reconciler sends another
   */
  async release(sessionId: string, fence: number, why: 'sent_away' | 'failed'): Promise<void> {
    await this.db.query(
      `UPDATE sessions SET lease_until = NULL, lease_owner = NULL,
              running_seconds = ${RUNNING_SECONDS}, run_seen_at = NULL,
              attempts = CASE WHEN $3 THEN greatest(attempts - 1, 0) ELSE attempts END,
              dispatched_at = CASE WHEN $3 THEN clock_timestamp() END
        WHERE session_id = $1 AND fence = $2`,
      [sessionId, fence, why === 'sent_away'],
    );
  }

  /** Ends a run with an outcome. The caller holds the fence. Wake-ups that came meanwhile stay wanted. */
  async settle(sessionId: string, seenWakeSeq: number, to: SettledState): Promise<void> {
    await this.db
      .createQueryBuilder()
      .update(Session)
      .set(
        columns<Session>({
          status: to.status,
          ...(to.currentPhase !== undefined && { currentPhase: to.currentPhase }),
          ...(to.iterationCount !== undefined && { iterationCount: to.iterationCount }),
          ...(to.qaPassed !== undefined && { qaPassed: to.qaPassed }),
          ...(to.stateJson !== undefined && { stateJson: to.stateJson }),
          ...(to.expiresAt !== undefined && { expiresAt: to.expiresAt }),
          ...(to.error !== undefined && { error: to.error }),
          ...(to.completed && { completedAt: () => 'clock_timestamp()' }),
          interruptId: to.interruptId ?? null,
          leaseUntil: null,
          leaseOwner: null,
          runningSeconds: () => RUNNING_SECONDS,
          runSeenAt: null,
          doneSeq: seenWakeSeq,
          // A wake-up that came during the run found the lease held, and is spent: it has to be sent again.
          dispatchedAt: () => 'CASE WHEN wake_seq > :seenWakeSeq THEN NULL ELSE dispatched_at END',
          attempts: 0,
          retryRequestedAt: null,
          cancelRequestedAt: null,
          lastActiveAt: () => 'clock_timestamp()',
        }),
      )
      .where('session_id = :sessionId', { sessionId, seenWakeSeq })
      .execute();
  }

  /** Shows on the row where a run stands. The caller holds the fence. Progress clears the attempt count. */
  async progress(
    sessionId: string,
    to: { status?: SessionStatus; currentPhase?: string; iterationCount?: number; progressed?: boolean },
  ): Promise<void> {
    await this.db
      .createQueryBuilder()
      .update(Session)
      .set(
        columns<Session>({
          ...(to.status !== undefined && { status: to.status }),
          ...(to.currentPhase !== undefined && { currentPhase: to.currentPhase }),
          ...(to.iterationCount !== undefined && { iterationCount: to.iterationCount }),
          ...(to.progressed && { attempts: 0 }),
          lastActiveAt: () => 'clock_timestamp()',
        }),
      )
      .where('session_id = :sessionId', { sessionId })
      .execute();
  }

  /** Forgets a request to retry, once it was carried out. */
  async clearRetry(sessionId: string): Promise<void> {
    await this.db.update(Session, { sessionId }, { retryRequestedAt: null, retryAdvice: null });
  }

  /** Forgets where to go on from, once it was carried out. */
  async clearSteer(sessionId: string): Promise<void> {
    await this.db.update(Session, { sessionId }, { steer: null });
  }

  /** Asks for a run: a new wake-up that a dispatcher has yet to send. */
  async wake(sessionId: string, to: WakeState): Promise<void> {
    await this.db
      .createQueryBuilder()
      .update(Session)
      .set(
        columns<Session>({
          ...to,
          wakeSeq: () => 'wake_seq + 1',
          dispatchedAt: null,
          attempts: 0,
          cancelRequestedAt: null,
          lastActiveAt: () => 'clock_timestamp()',
        }),
      )
      .where('session_id = :sessionId', { sessionId })
      .execute();
  }

  /** Ends a session from outside a run; any run that still holds it is fenced off. */
  async terminate(
    sessionId: string,
    to: { status: SessionStatus; error?: SessionFailure | null },
  ): Promise<void> {
    await this.db
      .createQueryBuilder()
      .update(Session)
      .set(
        columns<Session>({
          status: to.status,
          ...(to.error !== undefined && { error: to.error }),
          fence: () => 'fence + 1',
          leaseUntil: null,
          leaseOwner: null,
          runningSeconds: () => RUNNING_SECONDS,
          runSeenAt: null,
          doneSeq: () => 'wake_seq',
          interruptId: null,
          cancelRequestedAt: null,
          retryRequestedAt: null,
          steer: null,
          completedAt: () => 'clock_timestamp()',
          lastActiveAt: () => 'clock_timestamp()',
        }),
      )
      .where('session_id = :sessionId', { sessionId })
      .execute();
  }

  /** Changes what its owner may change. */
  async update(
    sessionId: string,
    to: Partial<
      Pick<
        Session,
        'name' | 'isPinned' | 'deletedAt' | 'isActive' | 'workDir' | 'cancelRequestedAt' | 'expiresAt'
      >
    >,
  ): Promise<void> {
    await this.db.update(Session, { sessionId }, to);
  }

  /** Notes that a wake-up was sent, so that the reconciler leaves it alone for a while. */
  async markDispatched(sessionIds: readonly string[]): Promise<void> {
    await this.db.query(`UPDATE sessions SET dispatched_at = clock_timestamp() WHERE session_id = ANY($1)`, [
      sessionIds,
    ]);
  }

  /**
   * Sessions that want a run, that nobody holds, and whose last wake-up was sent more than `afterSeconds` ago
   * (or never, and the session is older than a second). Rows another reconciler looks at are skipped.
   * With `backlog`, only those that cannot be waiting in the queue: whose wake-up was never sent, or whose run died.
   */
  async takeStale(afterSeconds: number, limit: number, backlog: boolean): Promise<string[]> {
    const [rows]: [{ session_id: string }[], number] = await this.db.query(
      `UPDATE sessions SET dispatched_at = clock_timestamp()
        WHERE session_id IN (
          SELECT session_id FROM sessions
           WHERE wake_seq > done_seq AND deleted_at IS NULL
             AND CASE WHEN lease_until IS NULL AND dispatched_at IS NULL
                      THEN updated_at < clock_timestamp() - interval '1 second'
                      WHEN lease_until IS NULL
                      THEN NOT $3 AND dispatched_at < clock_timestamp() - make_interval(secs => $1)
                      ELSE lease_until < clock_timestamp()
                           AND coalesce(dispatched_at < clock_timestamp() - interval '2 seconds', true) END
           ORDER BY dispatched_at NULLS FIRST
           LIMIT $2
           FOR UPDATE SKIP LOCKED)
        RETURNING session_id`,
      [afterSeconds, limit, backlog],
    );
    return rows.map((row) => row.session_id);
  }
}
