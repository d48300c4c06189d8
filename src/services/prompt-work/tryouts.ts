import type { DataSource } from 'typeorm';
import { z } from 'zod';
import type { ArtifactStore } from '../../adapters/storage/port.js';
import { ConflictError, NotFoundError, ValidationError } from '../../core/errors.js';
import { isId, newId } from '../../core/ids.js';
import { TRYOUT_SIDES } from '../../core/vocabulary.js';
import type { PromptTryoutRun } from '../../db/entities/prompt-tryout-run.js';
import type { PromptTryout } from '../../db/entities/prompt-tryout.js';
import { repositories, type Repositories } from '../../db/repositories/index.js';
import type { RecordedInput } from '../../db/repositories/tryout-repository.js';
import type { KindBook } from '../kind-rules.js';
import { checked, requireRole, type Caller } from '../sessions.js';
import { mustFind } from './authoring.js';
import { profileNamed } from './profiles.js';

/** Most inputs of one tryout; each is two model calls. */
export const MAX_INPUTS = 20;
/** Most tryouts that one person may have running. */
const MAX_RUNNING = 3;
const LISTED = 50;

/** What to try, and on what: executions by id, or the newest so many. */
export const newTryout = z
  .strictObject({
    draftVersionId: z.number().int().positive(),
    executionIds: z.array(z.number().int().positive()).min(1).max(MAX_INPUTS).optional(),
    last: z.number().int().min(1).max(MAX_INPUTS).optional(),
  })
  .refine((wish) => (wish.executionIds === undefined) !== (wish.last === undefined), {
    path: ['last'],
    message: 'must be given, or "executionIds", and not both',
  });
export type NewTryout = z.input<typeof newTryout>;

/** A tryout with its runs: input by input, the draft's side first. */
export interface TryoutReport {
  tryout: PromptTryout;
  runs: PromptTryoutRun[];
}

/** A run with what the model answered, where it did. */
export type AnsweredRun = PromptTryoutRun & { output: string | null };

/**
 * Drafts tried against the active version on what past executions sent. A tryout shows its owner's own missions, so
 * nobody else sees it. Runs are rows that workers claim; see `TryoutWorker`.
 */
export class TryoutService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly kinds: KindBook,
    private readonly store: ArtifactStore,
  ) {}

  /** The newest recorded inputs of a profile that the caller can try versions on. */
  async inputs(caller: Caller, profileName: string): Promise<RecordedInput[]> {
    profileNamed(this.kinds, profileName);
    return repositories(this.dataSource.manager).tryouts.inputs(caller.userId, profileName, LISTED);
  }

  /**
   * Writes a tryout down; workers carry it out.
   * @throws NotFoundError for a version or an execution that is not there for the caller
   * @throws ConflictError `no_inputs` when nothing is recorded, `no_active_version`, or `too_many_tryouts`
   */
  async start(caller: Caller, profileName: string, input: NewTryout): Promise<TryoutReport> {
    requireRole(caller, 'approver');
    profileNamed(this.kinds, profileName);
    const wish = checked(newTryout, input);
    const id = newId();
    await this.dataSource.transaction(async (manager) => {
      const tx = repositories(manager);
      await tx.prompts.lockProfile(`tryouts of ${caller.userId}`);
      const active = await versionsOf(tx, profileName, wish.draftVersionId);
      if ((await tx.tryouts.countRunning(caller.userId)) >= MAX_RUNNING)
        throw new ConflictError(
          'too_many_tryouts',
          `${MAX_RUNNING} of your tryouts run already. Wait, or cancel one.`,
        );
      const inputs = await wantedInputs(tx, caller, profileName, wish);
      await tx.tryouts.insert(
        {
          id,
          profileName,
          userId: caller.userId,
          draftVersionId: wish.draftVersionId,
          activeVersionId: active.id,
        },
        inputs.flatMap((one, position) =>
          TRYOUT_SIDES.map((side) => ({
            tryoutId: id,
            executionId: one.executionId,
            position,
            side,
            versionId: side === 'draft' ? wish.draftVersionId : active.id,
            recordedVersionId: one.promptVersionId,
            requestHash: one.requestHash,
          })),
        ),
      );
      await log(tx, caller, 'tryout_started', id, { profile: profileName, inputs: inputs.length, ...wish });
    });
    return this.report(caller, id);
  }

  /** The caller's tryouts of a profile, newest first, with their runs. */
  async list(caller: Caller, profileName: string): Promise<TryoutReport[]> {
    profileNamed(this.kinds, profileName);
    const { tryouts } = repositories(this.dataSource.manager);
    const found = await tryouts.list(caller.userId, profileName, LISTED);
    const runs = await tryouts.runs(found.map(({ id }) => id));
    return found.map((tryout) => ({ tryout, runs: runs.filter(({ tryoutId }) => tryoutId === tryout.id) }));
  }

  /** A tryout of the caller's, with the answers so far. @throws NotFoundError for anybody else's */
  async get(caller: Caller, id: string): Promise<{ tryout: PromptTryout; runs: AnsweredRun[] }> {
    const { tryout, runs } = await this.report(caller, id);
    const answered: AnsweredRun[] = [];
    for (const run of runs) answered.push(Object.assign(run, { output: await this.outputOf(run) }));
    return { tryout, runs: answered };
  }

  /** Stops what has not ended. Calls under way are broken off, and billed for what they used. @throws NotFoundError */
  async cancel(caller: Caller, id: string): Promise<TryoutReport> {
    requireRole(caller, 'approver');
    await this.report(caller, id);
    await this.dataSource.transaction(async (manager) => {
      const tx = repositories(manager);
      if (await tx.tryouts.cancel(id)) await log(tx, caller, 'tryout_cancelled', id, {});
    });
    return this.report(caller, id);
  }

  private async report(caller: Caller, id: string): Promise<TryoutReport> {
    const { tryouts } = repositories(this.dataSource.manager);
    const tryout = isId(id) ? await tryouts.findForUser(id, caller.userId) : null;
    if (!tryout) throw new NotFoundError('tryout', id);
    return { tryout, runs: await tryouts.runs([id]) };
  }

  private async outputOf({ replyHash }: PromptTryoutRun): Promise<string | null> {
    if (replyHash === null) return null;
    return JSON.parse((await this.store.get(replyHash)).toString('utf8')) as string;
  }
}

/** The active version, where both are of the profile and differ. */
async function versionsOf(
  tx: Repositories,
  profileName: string,
  draftVersionId: number,
): Promise<{ id: number }> {
  const draft = await mustFind(tx, draftVersionId);
  const active = (await tx.prompts.findActive([profileName]))[0];
  const problem =
    draft.profileName !== profileName
      ? `is a version of "${draft.profileName}"`
      : active?.id === draft.id
        ? 'is the active version: there is nothing to compare it with'
        : null;
  if (problem !== null)
    throw new ValidationError(`This version cannot be tried: it ${problem}.`, [
      { field: 'draftVersionId', message: problem },
    ]);
  if (!active)
    throw new ConflictError('no_active_version', `"${profileName}" has no active version to compare with.`);
  return active;
}

async function wantedInputs(
  tx: Repositories,
  caller: Caller,
  profileName: string,
  { executionIds, last }: z.output<typeof newTryout>,
): Promise<RecordedInput[]> {
  const wanted = executionIds && [...new Set(executionIds)];
  const limit = wanted?.length ?? last ?? MAX_INPUTS;
  const found = await tx.tryouts.inputs(caller.userId, profileName, limit, wanted);
  const missing = wanted?.find((id) => !found.some(({ executionId }) => executionId === id));
  if (missing !== undefined)
    throw new NotFoundError(`recorded execution of "${profileName}"`, String(missing));
  if (found.length === 0)
    throw new ConflictError(
      'no_inputs',
      `No mission of yours has a finished execution of "${profileName}" to try this on. Run one first.`,
    );
  return found;
}

async function log(
  tx: Repositories,
  caller: Caller,
  eventType: 'tryout_started' | 'tryout_cancelled',
  tryoutId: string,
  details: Record<string, unknown>,
): Promise<void> {
  await tx.audit.append([
    {
      eventType,
      userId: caller.userId,
      userAction: eventType.replace('_', ' '),
      details: { tryoutId, ...details },
      ipAddress: caller.ip ?? null,
    },
  ]);
}
