import { join } from 'node:path';
import type { DataSource } from 'typeorm';
import { z } from 'zod';
import { ForbiddenError, NotFoundError, ValidationError } from '../core/errors.js';
import { isId, newId } from '../core/ids.js';
import type { UserRole } from '../core/vocabulary.js';
import type { Session } from '../db/entities/session.js';
import { repositories } from '../db/repositories/index.js';
import type { SessionFilter } from '../db/repositories/session-filter.js';
import type { SessionOverview } from '../db/repositories/session-repository.js';
import type { Dispatcher } from './dispatcher.js';
import { takeKey } from './idempotency.js';
import { checkTransition, type KindBook } from './kind-rules.js';
import type { PromptService } from './prompts.js';
import type { SessionTransactions } from './session-transaction.js';
import { isAtLeast, mayWith, readsTeam } from './visibility.js';

/** Who is calling: every service call is made for somebody. */
export interface Caller {
  userId: string;
  role: UserRole;
  ip?: string;
}

/** A session and what is shown beside it. */
export interface SessionDetail {
  session: Session;
  /** The gate that waits for a decision now. */
  pendingApprovalId: string | null;
  /** Whether recorded answers stood in for a model in any execution. */
  rehearsal: boolean;
  /** The name of its user; empty when they are gone. */
  ownerName: string;
}

/** Longest mission in characters: a long document, not a book. */
export const MAX_MISSION = 100_000;

/** Text of a person: no NUL (Postgres cannot keep it), no lone surrogates, not blank. */
export const personText = (max: number) =>
  z
    .string()
    .max(max, `is longer than ${max} characters`)
    .refine((text) => !text.includes('\u0000'), 'contains a NUL character')
    .refine((text) => text.isWellFormed(), 'is not well-formed Unicode')
    .refine((text) => text.trim().length > 0, 'is empty');

export type { SessionOverview };

/** Whose sessions or gates a list shows. */
export const SCOPES = ['mine', 'team'] as const;
export type Scope = (typeof SCOPES)[number];

/**
 * Whose rows a list shows: the id of a user, or null for everybody's.
 * @throws ForbiddenError when the caller's role does not read the team's
 */
export function userOf(caller: Caller, scope: Scope): string | null {
  if (scope === 'mine') return caller.userId;
  if (readsTeam(caller.role)) return null;
  throw new ForbiddenError(`The team's list needs the role "approver"; yours is "${caller.role}".`, {
    details: { field: 'scope', role: caller.role, needed: 'approver' },
  });
}

/** What a submitter may say about a new session. */
export const newSession = z.strictObject({
  kind: z.string().default('studio'),
  mission: personText(MAX_MISSION).optional(),
  projectName: personText(255).optional(),
  name: personText(255).optional(),
  options: z.record(z.string(), z.unknown()).default({}),
});
export type NewSession = z.input<typeof newSession>;

/** What may come with a retry. */
export const retryInput = z.strictObject({
  /** For the agents of a session that ran out of attempts: what they should try. */
  advice: personText(20_000).optional(),
});
export type RetryInput = z.input<typeof retryInput>;

/** Refuses callers below a role. */
export function requireRole(caller: Caller, atLeast: UserRole): void {
  if (isAtLeast(caller.role, atLeast)) return;
  throw new ForbiddenError(`This needs the role "${atLeast}"; yours is "${caller.role}".`, {
    details: { role: caller.role, needed: atLeast },
  });
}

/** Checks an input against its schema. @throws ValidationError that names each field */
export function checked<T>(schema: z.ZodType<T>, input: unknown): T {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const problems = result.error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => ({ field: [...issue.path, key].join('.'), message: 'is not a known field' }))
      : [{ field: issue.path.join('.'), message: issue.message }],
  );
  const named = problems.map(({ field, message }) => `${field || 'the input'} ${message}`).join('; ');
  throw new ValidationError(`The input is not valid: ${named}.`, problems);
}

/** Sessions of every kind, for the people who own them. */
export class SessionService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly transactions: SessionTransactions,
    private readonly kinds: KindBook,
    private readonly prompts: PromptService,
    private readonly dispatcher: Dispatcher,
    /** Folder below which each session has its work folder. */
    private readonly workRoot: string,
  ) {}

  /**
   * Accepts a session: one transaction, and from then on it is never lost. A mission begins by itself.
   * @param idempotencyKey the same key and input give the same session, however often they are sent
   * @returns the session, and whether this call made it
   * @throws ValidationError for a malformed input
   * @throws ConflictError `idempotency_mismatch` when the key was used with another input
   */
  async submit(
    caller: Caller,
    input: NewSession,
    idempotencyKey?: string,
  ): Promise<{ session: Session; created: boolean }> {
    requireRole(caller, 'submitter');
    const wish = checked(newSession, input);
    const kind = this.kinds.get(wish.kind);
    if (kind.startedBy === 'mission' && wish.mission === undefined)
      throw new ValidationError('A mission is missing.', [
        { field: 'mission', message: 'is required: say in a sentence what is to be built' },
      ]);
    const options = checked(z.strictObject({ options: kind.options }), { options: wish.options }).options;
    await kind.admit?.(caller, options);
    const sessionId = newId();
    const pins = await this.prompts.pin(kind.profiles, sessionId);
    const made = await this.transactions.creating(sessionId, async (tx) => {
      const before = await takeKey(tx, caller, idempotencyKey, ['sessions', wish], sessionId);
      if (before !== null) return before;
      const project =
        wish.projectName === undefined
          ? null
          : await tx.users.ensureProject(caller.userId, wish.projectName.trim());
      const wanted = kind.startedBy === 'mission';
      await tx.sessions.insert(
        {
          sessionId,
          kind: kind.kind,
          userId: caller.userId,
          projectId: project?.id ?? null,
          projectName: project?.name ?? null,
          name: wish.name?.trim() ?? null,
          userMission: wish.mission?.trim() ?? '',
          status: kind.statuses.created,
          currentPhase: kind.phases[0]?.id ?? '',
          workDir: join(this.workRoot, sessionId),
          options,
          promptVersions: pins.versions,
        },
        wanted,
      );
      await tx.prompts.pin(pins.rows);
      if (wanted) await this.dispatcher.dispatchIn(tx.manager, sessionId);
      tx.emit('status', { status: kind.statuses.created, phase: kind.phases[0]?.id ?? '' });
      tx.log({
        eventType: 'session_created',
        userId: caller.userId,
        userAction: 'submit',
        details: { kind: kind.kind, projectName: project?.name ?? null },
        ipAddress: caller.ip ?? null,
      });
      return sessionId;
    });
    if (made === sessionId) this.dispatcher.dispatchSoon(sessionId);
    return { session: await this.get(caller, made), created: made === sessionId };
  }

  /** A session to read. @throws NotFoundError when there is none such that the caller may read */
  async get(caller: Caller, sessionId: string): Promise<Session> {
    const session = isId(sessionId)
      ? await repositories(this.dataSource.manager).sessions.findLive(sessionId)
      : null;
    if (!session || !mayWith(caller, session.userId, 'read')) throw new NotFoundError('session', sessionId);
    return session;
  }

  /**
   * A session to change, steer, extend or end.
   * @throws NotFoundError when there is none such that the caller may read
   * @throws ForbiddenError when the caller may only read it
   */
  async getToAct(caller: Caller, sessionId: string): Promise<Session> {
    const session = await this.get(caller, sessionId);
    if (!mayWith(caller, session.userId, 'act'))
      throw new ForbiddenError(
        "The session is somebody else's: you may read it and decide its gates. Its owner or an administrator can do this.",
        { details: { role: caller.role, needed: 'admin' } },
      );
    return session;
  }

  /** A session with what is shown beside it. @throws NotFoundError when the caller has no such session */
  async detail(caller: Caller, sessionId: string): Promise<SessionDetail> {
    const session = await this.get(caller, sessionId);
    const { approvals, runs, gates } = repositories(this.dataSource.manager);
    const [pending, rehearsal, names] = await Promise.all([
      approvals.findPending(sessionId),
      runs.usedProvider(sessionId, 'rehearsal'),
      gates.names([session.userId]),
    ]);
    const ownerName = names.get(session.userId) ?? '';
    return { session, pendingApprovalId: pending?.id ?? null, rehearsal, ownerName };
  }

  /**
   * A page of the caller's sessions, or of the team's, newest first, without their long texts.
   * @param filter `after` is the last session of the page before
   * @returns at most `limit` sessions, and where the next page begins, if there is one
   * @throws ValidationError when `after` is not a session of the list (any more)
   * @throws ForbiddenError when the caller's role does not read the team's sessions
   */
  async page(
    caller: Caller,
    { scope = 'mine', ...filter }: Omit<SessionFilter, 'userId'> & { scope?: Scope },
  ): Promise<{ items: SessionOverview[]; next: string | null }> {
    const { sessions } = repositories(this.dataSource.manager);
    const userId = userOf(caller, scope);
    if (filter.after !== undefined && !(await sessions.isPositionOf(filter.after, userId)))
      throw new ValidationError('The cursor leads nowhere.', [
        { field: 'cursor', message: 'is no position in this list; begin again without it' },
      ]);
    const found = await sessions.overview({ ...filter, limit: filter.limit + 1, userId });
    const items = found.slice(0, filter.limit);
    return { items, next: found.length > items.length ? (items.at(-1)?.sessionId ?? null) : null };
  }

  /** Renames or pins. */
  async update(
    caller: Caller,
    sessionId: string,
    to: { name?: string | null; isPinned?: boolean },
  ): Promise<Session> {
    requireRole(caller, 'submitter');
    await this.getToAct(caller, sessionId);
    await this.transactions.locked(sessionId, async (tx) => {
      await tx.sessions.update(sessionId, to);
      tx.log({
        eventType: 'session_updated',
        userId: caller.userId,
        userAction: 'update',
        details: to,
        ipAddress: caller.ip ?? null,
      });
    });
    return this.get(caller, sessionId);
  }

  /** Hides a session and stops whatever runs for it. Its rows stay until retention removes them. */
  async remove(caller: Caller, sessionId: string): Promise<void> {
    requireRole(caller, 'submitter');
    await this.getToAct(caller, sessionId);
    await this.transactions.locked(sessionId, async (tx, session) => {
      const kind = this.kinds.get(session.kind);
      await tx.approvals.closePending(sessionId, 'superseded');
      if (isOpen(kind, session)) await tx.sessions.terminate(sessionId, { status: kind.statuses.cancelled });
      await tx.sessions.update(sessionId, { deletedAt: new Date(), isActive: false });
      tx.log({
        eventType: 'session_deleted',
        userId: caller.userId,
        userAction: 'delete',
        ipAddress: caller.ip ?? null,
      });
    });
  }

  /**
   * Stops a session. A run that is at work notices within a heartbeat; whatever it had committed stays.
   * @throws ConflictError `transition_refused` when the session has ended already
   */
  async cancel(caller: Caller, sessionId: string): Promise<Session> {
    requireRole(caller, 'submitter');
    await this.getToAct(caller, sessionId);
    await this.transactions.locked(sessionId, async (tx, session) => {
      const kind = this.kinds.get(session.kind);
      if (session.status === kind.statuses.cancelled) return;
      checkTransition(kind, session, kind.statuses.cancelled);
      // Fencing the run off is enough: its next write fails, its heartbeat stops it.
      await tx.approvals.closePending(sessionId, 'superseded');
      await tx.sessions.terminate(sessionId, { status: kind.statuses.cancelled, error: null });
      tx.emit('status', { status: kind.statuses.cancelled, phase: session.currentPhase });
      tx.log({
        eventType: 'session_cancelled',
        userId: caller.userId,
        userAction: 'cancel',
        details: { from: session.status },
        ipAddress: caller.ip ?? null,
      });
    });
    return this.get(caller, sessionId);
  }

  /**
   * Takes up a session again that failed, expired, was cancelled or needs attention, where it stood.
   * @throws ConflictError `transition_refused` when its status does not allow that
   */
  async retry(caller: Caller, sessionId: string, input: RetryInput = {}): Promise<Session> {
    requireRole(caller, 'submitter');
    const { advice } = checked(retryInput, input);
    await this.getToAct(caller, sessionId);
    await this.transactions.locked(sessionId, async (tx, session) => {
      const kind = this.kinds.get(session.kind);
      checkTransition(kind, session, kind.statuses.created);
      if (session.status === kind.statuses.created && session.wakeSeq > session.doneSeq) return;
      await tx.sessions.wake(sessionId, {
        status: kind.statuses.created,
        retryRequestedAt: new Date(),
        retryAdvice: advice ?? null,
        error: null,
        completedAt: null,
      });
      await this.dispatcher.dispatchIn(tx.manager, sessionId);
      tx.emit('status', { status: kind.statuses.created, phase: session.currentPhase });
      tx.log({
        eventType: 'session_retried',
        userId: caller.userId,
        userAction: 'retry',
        details: { from: session.status, ...(advice !== undefined && { advice }) },
        ipAddress: caller.ip ?? null,
      });
    });
    this.dispatcher.dispatchSoon(sessionId);
    return this.get(caller, sessionId);
  }
}

/** Whether a session can still be cancelled, that is, has not ended. */
function isOpen(kind: ReturnType<KindBook['get']>, session: Session): boolean {
  return (kind.transitions[session.status] ?? []).includes(kind.statuses.cancelled);
}
