import { join } from 'node:path';
import { z } from 'zod';
import type { ArtifactStore } from '../adapters/storage/port.js';
import { ConflictError, NotFoundError, ValidationError } from '../core/errors.js';
import { newId } from '../core/ids.js';
import type { ShownArtifact } from '../db/entities/approval.js';
import type { Session } from '../db/entities/session.js';
import type { Dispatcher } from '../services/dispatcher.js';
import { takeKey } from '../services/idempotency.js';
import type { KindBook } from '../services/kind-rules.js';
import type { SessionTransactions, SessionTx } from '../services/session-transaction.js';
import { checked, personText, requireRole, type Caller, type SessionService } from '../services/sessions.js';
import type { SettingsService } from '../services/settings.js';
import type { CheckpointReader, SavedState } from './checkpoint-reader.js';
import type { GraphKind, RerunRules } from './graph-kind.js';
import { referencesIn } from './references.js';

/** Longest document that may be handed in as an edit, in characters. */
const MAX_EDIT = 500_000;

/** From where a session is to go on. */
export const rerunInput = z.strictObject({
  /** The phase that begins again. */
  phase: z.string().min(1).max(50),
  /** New texts of documents that the phase builds on, by path. */
  edits: z
    .array(z.strictObject({ path: z.string().max(1000), content: personText(MAX_EDIT) }))
    .max(20)
    .optional(),
});
export type RerunInput = z.input<typeof rerunInput>;

/** What a fork begins with. */
export const forkInput = z.strictObject({
  /** The saved state to begin with; the newest when absent. */
  checkpointId: z.string().min(1).max(64).optional(),
  name: personText(255).optional(),
});
export type ForkInput = z.input<typeof forkInput>;

interface Edit {
  path: string;
  hash: string;
  size: number;
}

/** What steering is made of. */
export interface SteeringParts {
  transactions: SessionTransactions;
  sessions: SessionService;
  settings: SettingsService;
  kinds: KindBook<GraphKind>;
  checkpoints: CheckpointReader;
  store: ArtifactStore;
  dispatcher: Dispatcher;
  /** Folder below which each session has its work folder. */
  workRoot: string;
}

/** Sessions that go another way than they did: from a phase again, with documents edited, or as a fork. */
export class SteeringService {
  constructor(private readonly parts: SteeringParts) {}

  /**
   * Has a session go on as if a phase began again, with edited documents if any are given. What was done before
   * stays as history.
   * @returns the session, which wants a run
   * @throws NotFoundError when the caller has no such session
   * @throws ValidationError for a phase or path that does not exist or cannot be edited for the phase
   * @throws ConflictError `busy` while a run is wanted or at work
   * @throws ConflictError `phase_not_reached` when the work has not come that far
   */
  async rerun(caller: Caller, sessionId: string, input: RerunInput): Promise<Session> {
    requireRole(caller, 'submitter');
    const wish = checked(rerunInput, input);
    const { kind, rules } = this.rulesOf(await this.parts.sessions.getToAct(caller, sessionId));
    const editable = phaseOf(rules, wish.phase);
    checkEdits(wish.edits ?? [], wish.phase, editable);
    const settings = await this.parts.settings.values();
    const edits = await this.storeEdits(wish.edits ?? []);
    await this.parts.transactions.locked(sessionId, async (tx, session) => {
      if (session.wakeSeq > session.doneSeq || session.leaseOwner !== null)
        throw new ConflictError(
          'busy',
          'The session is being worked on. Wait until it rests, or cancel it.',
          {
            retryable: true,
            details: { status: session.status },
          },
        );
      const saved = await this.parts.checkpoints.read(sessionId);
      const again =
        saved && rules.from(saved.values, { phase: wish.phase, artifacts: [] }, { session, settings });
      if (!again)
        throw new ConflictError(
          'phase_not_reached',
          `The work has not come to where "${wish.phase}" begins, so it cannot begin again. Choose an earlier phase.`,
          { details: { phase: wish.phase, phases: Object.keys(rules.phases) } },
        );
      const artifacts = await applyEdits(tx, sessionId, edits, caller);
      await tx.approvals.closePending(sessionId, 'superseded');
      await tx.sessions.wake(sessionId, {
        status: kind.statuses.created,
        currentPhase: wish.phase,
        steer: { id: newId(), phase: wish.phase, artifacts },
        retryRequestedAt: null,
        interruptId: null,
        expiresAt: null,
        qaPassed: false,
        error: null,
        completedAt: null,
      });
      await this.parts.dispatcher.dispatchIn(tx.manager, sessionId);
      tx.emit('status', { status: kind.statuses.created, phase: wish.phase });
      tx.log({
        eventType: 'session_rerun',
        userId: caller.userId,
        userAction: 'rerun',
        details: { from: session.status, phase: wish.phase, artifacts },
        ipAddress: caller.ip ?? null,
      });
    });
    this.parts.dispatcher.dispatchSoon(sessionId);
    return this.parts.sessions.get(caller, sessionId);
  }

  /**
   * Makes a session of its own that goes on from a saved state of another: same mission, options and prompt versions;
   * a work folder, gates, budget and steps of its own.
   * @param idempotencyKey the same key and input give the same fork, however often they are sent
   * @returns the fork, which wants a run, and whether this call made it
   * @throws NotFoundError when the caller has no such session, or it no such checkpoint
   * @throws ConflictError `nothing_to_fork` when the session has no saved state yet
   * @throws ConflictError `idempotency_mismatch` when the key was used with another input
   */
  async fork(
    caller: Caller,
    sessionId: string,
    input: ForkInput = {},
    idempotencyKey?: string,
  ): Promise<{ session: Session; created: boolean }> {
    requireRole(caller, 'submitter');
    const wish = checked(forkInput, input);
    const { sessions, transactions, dispatcher } = this.parts;
    const parent = await sessions.getToAct(caller, sessionId);
    const { kind, rules } = this.rulesOf(parent);
    const saved = await this.savedState(sessionId, wish.checkpointId);
    const forkId = newId();
    const made = await transactions.creating(forkId, async (tx) => {
      const before = await takeKey(tx, caller, idempotencyKey, ['fork', sessionId, wish], forkId);
      if (before !== null) return before;
      const phase = kind.phases[0]?.id ?? '';
      await tx.sessions.insert(
        {
          sessionId: forkId,
          kind: parent.kind,
          userId: caller.userId,
          projectId: parent.projectId,
          projectName: parent.projectName,
          name: wish.name?.trim() ?? null,
          userMission: parent.userMission,
          status: kind.statuses.created,
          // The first run shows where the saved state stands.
          currentPhase: phase,
          workDir: join(this.parts.workRoot, forkId),
          options: parent.options,
          promptVersions: parent.promptVersions,
          parentSessionId: sessionId,
          metadata: { forkedFrom: { sessionId, checkpointId: saved.checkpointId } },
          // A graph that has ended has nothing to go on with; its last phase lays the work out in the new folder.
          steer: { id: newId(), phase: kind.phases.at(-1)?.id ?? '', artifacts: [], ifEnded: true },
        },
        true,
      );
      await this.copyPast(tx, sessionId, forkId, saved, rules);
      await dispatcher.dispatchIn(tx.manager, forkId);
      tx.emit('status', { status: kind.statuses.created, phase });
      tx.log({
        eventType: 'session_forked',
        userId: caller.userId,
        userAction: 'fork',
        details: { from: sessionId, checkpointId: saved.checkpointId },
        ipAddress: caller.ip ?? null,
      });
      return forkId;
    });
    if (made === forkId) dispatcher.dispatchSoon(forkId);
    return { session: await sessions.get(caller, made), created: made === forkId };
  }

  /** Checkpoints, the artifacts of that time, and the steps that the kind's history is made of. */
  private async copyPast(
    tx: SessionTx,
    fromId: string,
    toId: string,
    { checkpointId, values }: SavedState,
    rules: RerunRules<Record<string, unknown>>,
  ): Promise<void> {
    if ((await tx.runs.copyCheckpoints(fromId, toId, checkpointId)) === 0)
      throw new NotFoundError('checkpoint', checkpointId);
    await tx.artifacts.copyUpTo(fromId, toId, referencesIn(values));
    const past = (await tx.runs.stepKeys(fromId)).filter((key) => rules.isPast(values, key));
    await tx.runs.copyEffects(fromId, toId, past);
  }

  private async savedState(sessionId: string, checkpointId: string | undefined): Promise<SavedState> {
    const saved = await this.parts.checkpoints.read(sessionId, checkpointId);
    if (saved) return saved;
    if (checkpointId !== undefined) throw new NotFoundError('checkpoint', checkpointId);
    throw new ConflictError(
      'nothing_to_fork',
      'The session has not begun yet. Submit its mission again instead.',
    );
  }

  private rulesOf(session: Session): { kind: GraphKind; rules: RerunRules<Record<string, unknown>> } {
    const kind = this.parts.kinds.get(session.kind);
    if (kind.rerun) return { kind, rules: kind.rerun };
    throw new ValidationError(`A session of the kind "${kind.label}" can be neither rerun nor forked.`, [
      { field: 'kind', message: `"${kind.kind}" has no phases that can begin again` },
    ]);
  }

  /** Content goes into the store first: it is addressed by hash, so an unused one does no harm. */
  private async storeEdits(edits: readonly { path: string; content: string }[]): Promise<Edit[]> {
    const stored: Edit[] = [];
    for (const { path, content } of edits) {
      const bytes = Buffer.from(content, 'utf8');
      stored.push({ path, hash: await this.parts.store.put(bytes), size: bytes.byteLength });
    }
    return stored;
  }
}

/** The documents that may be edited for a phase. */
function phaseOf(rules: RerunRules<Record<string, unknown>>, phase: string): readonly string[] {
  const editable = Object.hasOwn(rules.phases, phase) ? rules.phases[phase] : undefined;
  if (editable) return editable;
  throw new ValidationError(`There is no phase "${phase}" to begin again.`, [
    { field: 'phase', message: `must be one of: ${Object.keys(rules.phases).join(', ')}` },
  ]);
}

function checkEdits(edits: readonly { path: string }[], phase: string, editable: readonly string[]): void {
  const problems = edits.flatMap(({ path }, index) => {
    const field = `edits.${index}.path`;
    if (edits.findIndex((other) => other.path === path) !== index)
      return [{ field, message: `"${path}" is edited twice` }];
    if (editable.includes(path)) return [];
    const may =
      editable.length === 0 ? 'nothing can be edited for it' : `must be one of: ${editable.join(', ')}`;
    return [{ field, message: `"${path}" cannot be edited for "${phase}"; ${may}` }];
  });
  if (problems.length > 0)
    throw new ValidationError(
      `The edits are not valid: ${problems.map(({ message }) => message).join('; ')}.`,
      problems,
    );
}

/** New versions of documents that the session has. */
async function applyEdits(
  tx: SessionTx,
  sessionId: string,
  edits: readonly Edit[],
  caller: Caller,
): Promise<ShownArtifact[]> {
  if (edits.length === 0) return [];
  const newest = await tx.artifacts.list(sessionId, { newestOnly: true });
  const artifacts: ShownArtifact[] = [];
  for (const { path, hash, size } of edits) {
    const before = newest.find(({ filePath }) => filePath === path);
    if (!before)
      throw new ConflictError('phase_not_reached', `The session has no "${path}" yet that could be edited.`, {
        details: { field: 'edits', path },
      });
    const [stored] = await tx.artifacts.insertVersions([
      {
        sessionId,
        artifactType: before.artifactType,
        filePath: path,
        contentHash: hash,
        sizeBytes: size,
        metadata: { editedBy: caller.userId, from: before.contentHash },
      },
    ]);
    if (!stored) continue;
    const { id, version } = stored.artifact;
    const edited = { id, type: before.artifactType, path, version, sha256: hash };
    artifacts.push(edited);
    if (!stored.isNew) continue;
    tx.emit('artifact', { ...edited, edited: true });
    tx.log({
      eventType: 'artifact_edited',
      userId: caller.userId,
      userAction: 'edit',
      details: { path, from: before.contentHash, to: hash },
      ipAddress: caller.ip ?? null,
    });
  }
  return artifacts;
}
