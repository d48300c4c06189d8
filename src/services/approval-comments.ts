import type { DataSource } from 'typeorm';
import { z } from 'zod';
import type { ArtifactStore } from '../adapters/storage/port.js';
import { ConflictError, ForbiddenError, NotFoundError, ValidationError } from '../core/errors.js';
import { isId, newId } from '../core/ids.js';
import { moveLines, quoteLines, type LineRange } from '../core/line-anchor.js';
import type { Approval, LineRemark } from '../db/entities/approval.js';
import type { ApprovalComment } from '../db/entities/approval-comment.js';
import { repositories } from '../db/repositories/index.js';
import { checked, personText, requireRole, type Caller, type SessionService } from './sessions.js';
import { isAtLeast } from './visibility.js';

/** Longest quote that is kept, in characters. */
const MAX_QUOTE = 4000;
/** Remarks that go to an agent at once. */
const MAX_REMARKS = 200;

export const newComment = z
  .strictObject({
    /** Path of a document that the gate shows. */
    path: z.string().min(1).max(1000),
    /** Its version, as it was read. */
    sha256: z.string().regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in lower-case hex'),
    /** Lines from 1. */
    lineStart: z.number().int().min(1).max(1_000_000),
    /** The last line; `lineStart` when absent. */
    lineEnd: z.number().int().min(1).max(1_000_000).optional(),
    body: personText(10_000),
  })
  .refine(({ lineStart, lineEnd }) => lineEnd === undefined || lineEnd >= lineStart, {
    path: ['lineEnd'],
    message: 'must not be before lineStart',
  });
export type NewComment = z.input<typeof newComment>;

export const commentChanges = z
  .strictObject({ body: personText(10_000).optional(), resolved: z.boolean().optional() })
  .refine(({ body, resolved }) => body !== undefined || resolved !== undefined, {
    message: 'names nothing to change: give body, resolved or both',
  });

/** A remark and where it stands in what a gate shows. */
export interface Thread {
  comment: ApprovalComment;
  authorName: string | null;
  /** Where its lines are in the version that the gate shows; null when it is outdated. */
  now: LineRange | null;
  /** The lines are gone, or the document is; the quote has them as they were. */
  outdated: boolean;
}

/** Remarks on lines of documents at gates. They belong to the session and outlive a revision. */
export class CommentService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly sessions: SessionService,
    private readonly store: ArtifactStore,
  ) {}

  /** All remarks of the gate's session, oldest first, each looked up in what the gate shows. */
  async threads(approval: Pick<Approval, 'sessionId' | 'artifacts'>): Promise<Thread[]> {
    const { comments, gates } = repositories(this.dataSource.manager);
    const all = await comments.list(approval.sessionId);
    const names = await gates.names(all.map(({ authorId }) => authorId));
    const texts = new Map<string, Promise<string>>();
    const read = (hash: string): Promise<string> => {
      const known = texts.get(hash) ?? this.store.get(hash).then((bytes) => bytes.toString('utf8'));
      texts.set(hash, known);
      return known;
    };
    const threads: Thread[] = [];
    for (const comment of all) {
      const shown = approval.artifacts.find(({ path }) => path === comment.artifactPath);
      const range = { start: comment.lineStart, end: comment.lineEnd };
      const now = shown
        ? shown.sha256 === comment.contentHash
          ? range
          : moveLines(await read(comment.contentHash), await read(shown.sha256), range)
        : null;
      threads.push({
        comment,
        authorName: names.get(comment.authorId ?? '') ?? null,
        now,
        outdated: now === null,
      });
    }
    return threads;
  }

  /** What of the remarks goes to an agent when changes are requested: the open ones on documents the gate shows. */
  async remarks(approval: Approval): Promise<LineRemark[]> {
    const paths = new Set(approval.artifacts.map(({ path }) => path));
    return (await this.threads(approval))
      .filter(({ comment }) => comment.resolvedAt === null && paths.has(comment.artifactPath))
      .slice(0, MAX_REMARKS)
      .map(({ comment, authorName, now }) => ({
        path: comment.artifactPath,
        line: now?.start ?? null,
        quote: comment.quote,
        text: comment.body,
        author: authorName ?? 'somebody',
      }));
  }

  /**
   * Remarks on lines of a document that the gate shows. Its owner may, and everybody who reads the team's.
   * @throws ConflictError `stale_artifacts` when the gate shows another version by now
   * @throws ConflictError `already_decided` when the gate is closed
   * @throws ValidationError when it does not show the document, or the document has not as many lines
   */
  async add(caller: Caller, approval: Approval, input: NewComment): Promise<Thread> {
    requireRole(caller, 'submitter');
    const wish = checked(newComment, input);
    const range = { start: wish.lineStart, end: wish.lineEnd ?? wish.lineStart };
    if (approval.status !== 'pending')
      throw new ConflictError('already_decided', `This gate is closed: it is "${approval.status}".`);
    const shown = approval.artifacts.find(({ path }) => path === wish.path);
    if (!shown)
      throw new ValidationError(`"${wish.path}" is not shown at this gate.`, [
        {
          field: 'path',
          message: `must be one of: ${approval.artifacts.map(({ path }) => path).join(', ')}`,
        },
      ]);
    if (shown.sha256 !== wish.sha256)
      throw new ConflictError('stale_artifacts', 'The gate shows another version of the document by now.', {
        details: { field: 'sha256', changed: [{ path: shown.path, old: wish.sha256, new: shown.sha256 }] },
      });
    const quote = quoteLines((await this.store.get(shown.sha256)).toString('utf8'), range);
    if (quote === null)
      throw new ValidationError('The document has not as many lines.', [
        { field: 'lineEnd', message: 'is beyond the end of the document' },
      ]);
    const id = newId();
    await repositories(this.dataSource.manager).comments.insert({
      id,
      sessionId: approval.sessionId,
      artifactPath: shown.path,
      contentHash: shown.sha256,
      lineStart: range.start,
      lineEnd: range.end,
      quote: quote.slice(0, MAX_QUOTE),
      body: wish.body.trim(),
      authorId: caller.userId,
    });
    return this.thread(approval, id);
  }

  /** One remark in what a gate of its session shows. @throws NotFoundError */
  async thread(approval: Approval, id: string): Promise<Thread> {
    const found = (await this.threads(approval)).find(({ comment }) => comment.id === id);
    if (!found) throw new NotFoundError('comment', id);
    return found;
  }

  /**
   * Edits one's own remark; resolves one or opens it again, which its author, the session's owner, approvers and
   * administrators may.
   * @returns the remark as it is now
   */
  async change(
    caller: Caller,
    id: string,
    input: z.input<typeof commentChanges>,
  ): Promise<{ comment: ApprovalComment; authorName: string | null }> {
    requireRole(caller, 'submitter');
    const wish = checked(commentChanges, input);
    const { comment, ownerId } = await this.located(caller, id);
    const { comments } = repositories(this.dataSource.manager);
    if (wish.body !== undefined && comment.authorId !== caller.userId)
      throw new ForbiddenError('Only its author can edit a comment. Resolve it, or add one of your own.');
    const mayResolve =
      [comment.authorId, ownerId].includes(caller.userId) || isAtLeast(caller.role, 'approver');
    if (wish.resolved !== undefined && !mayResolve)
      throw new ForbiddenError('Its author, the owner of the mission and approvers can resolve a comment.');
    if (wish.body !== undefined) await comments.edit(id, wish.body.trim());
    if (wish.resolved !== undefined && wish.resolved !== (comment.resolvedAt !== null))
      await comments.resolve(id, wish.resolved ? caller.userId : null);
    const { comment: changed } = await this.located(caller, id);
    const names = await repositories(this.dataSource.manager).gates.names([changed.authorId]);
    return { comment: changed, authorName: names.get(changed.authorId ?? '') ?? null };
  }

  /** Deletes one's own remark. */
  async remove(caller: Caller, id: string): Promise<void> {
    requireRole(caller, 'submitter');
    const { comment } = await this.located(caller, id);
    if (comment.authorId !== caller.userId)
      throw new ForbiddenError('Only its author can delete a comment. Resolve it instead.');
    await repositories(this.dataSource.manager).comments.delete(id);
  }

  private async located(caller: Caller, id: string): Promise<{ comment: ApprovalComment; ownerId: string }> {
    const comment = isId(id) ? await repositories(this.dataSource.manager).comments.find(id) : null;
    const session =
      comment &&
      (await this.sessions.get(caller, comment.sessionId).catch((error: unknown) => {
        if (error instanceof NotFoundError) return null;
        throw error;
      }));
    if (!comment || !session) throw new NotFoundError('comment', id);
    return { comment, ownerId: session.userId };
  }
}
