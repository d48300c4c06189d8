import type { DataSource } from 'typeorm';
import { ConflictError } from '../core/errors.js';
import {
  AuditLogRepository,
  type AuditFilter,
  type AuditRow,
  type BrokenRow,
} from '../db/repositories/audit-log-repository.js';
import { repositories } from '../db/repositories/index.js';
import { requireRole, type Caller } from './sessions.js';

/** A search for a text looks at this many rows at a time, newest first. */
const TEXT_STRETCH = 50_000;
/** How long one page of a search for a text may take before it says how far it got. */
const TEXT_MS = 1_500;
/** Rows that an export holds at a time. */
const EXPORT_ROWS = 1_000;
/** Rows of the chain that are checked at a time. */
const CHAIN_STRETCH = 10_000;
const NO_HASH = '0'.repeat(64);

/** What a page of the log asks for; `user` is an id or an e-mail address. */
export type AuditQuestion = Omit<AuditFilter, 'userId'> & { user?: string };

/** How far a check of the chain is. */
export interface ChainProgress {
  checked: number;
  total: number;
}

/** What a check of the chain came to. `head` is worth noting elsewhere: rows cut off at the end show by it alone. */
export interface ChainResult extends ChainProgress {
  firstBroken: BrokenRow | null;
  head: { id: number; hash: string } | null;
}

/** The audit log, for administrators: pages, exports, and whether its chain holds. */
export class AuditService {
  private verifying = false;

  constructor(private readonly dataSource: DataSource) {}

  private get log(): AuditLogRepository {
    return new AuditLogRepository(this.dataSource.manager);
  }

  /**
   * A page of the log, newest first.
   * @param before the page begins with the row before this id
   * @returns the rows, and before which id to go on. A search for a text gives up after a while: then there may be
   *   fewer rows than asked for, and still a `next`
   */
  async page(
    caller: Caller,
    question: AuditQuestion,
    options: { before?: number; limit: number },
  ): Promise<{ rows: AuditRow[]; next: number | null }> {
    requireRole(caller, 'admin');
    const filter = await this.filterOf(question);
    if (!filter) return { rows: [], next: null };
    const { above, below } = await this.log.span(filter);
    const start = Math.min(below, options.before ?? below);
    return this.search(filter, above, start, options.limit, performance.now() + TEXT_MS);
  }

  /**
   * All rows that match, newest first, a thousand at a time. That they were taken is itself noted in the log, so the
   * export ends where the log stood when it began.
   */
  async *export(caller: Caller, question: AuditQuestion, format: string): AsyncGenerator<AuditRow> {
    requireRole(caller, 'admin');
    const filter = await this.filterOf(question);
    const span = filter && (await this.log.span(filter));
    await repositories(this.dataSource.manager).audit.append([
      {
        eventType: 'audit_exported',
        userId: caller.userId,
        userAction: 'export audit log',
        details: { format, filter: question },
        ipAddress: caller.ip ?? null,
      },
    ]);
    if (!filter || !span) return;
    let next: number | null = span.below;
    while (next !== null) {
      const page = await this.search(filter, span.above, next, EXPORT_ROWS, performance.now() + TEXT_MS);
      yield* page.rows;
      next = page.next;
    }
  }

  /**
   * Checks the whole chain, stretch by stretch, up to the row that is the newest now.
   * @yields how far it is after each stretch; returns what it came to
   * @throws ConflictError `verification_running` while this process checks already
   */
  async *verify(caller: Caller, signal?: AbortSignal): AsyncGenerator<ChainProgress, ChainResult> {
    requireRole(caller, 'admin');
    if (this.verifying)
      throw new ConflictError('verification_running', 'The chain is being checked already. Wait for that.', {
        retryable: true,
      });
    this.verifying = true;
    try {
      const head = await this.log.head();
      const total = head?.id ?? 0;
      let at = { id: 0, count: 0, hash: NO_HASH };
      while (at.id < total) {
        if (signal?.aborted) break;
        const upTo = Math.min(at.id + CHAIN_STRETCH, total);
        const { count, hash, broken } = await this.log.checkStretch(at, upTo);
        at = { id: upTo, count: at.count + count, hash: hash ?? at.hash };
        if (broken) return { checked: at.count, total, head, firstBroken: broken };
        yield { checked: at.count, total };
      }
      return { checked: at.count, total, head, firstBroken: null };
    } finally {
      this.verifying = false;
    }
  }

  /** Without a text one question to an index; with one, stretch by stretch until the page is full or time is up. */
  private async search(
    filter: AuditFilter,
    above: number,
    start: number,
    limit: number,
    until: number,
  ): Promise<{ rows: AuditRow[]; next: number | null }> {
    const rows: AuditRow[] = [];
    let below = start;
    do {
      const floor = filter.text === undefined ? above : Math.max(above, below - TEXT_STRETCH - 1);
      const wanted = limit - rows.length;
      const found = await this.log.range(filter, floor, below, wanted);
      rows.push(...found);
      below = found.length === wanted ? (found.at(-1)?.id ?? floor + 1) : floor + 1;
    } while (rows.length < limit && below > above + 1 && performance.now() < until);
    return { rows, next: below > above + 1 ? below : null };
  }

  /** The filter with the person's id; null when nobody has that address, so nothing can match. */
  private async filterOf({ user, ...filter }: AuditQuestion): Promise<AuditFilter | null> {
    if (user === undefined) return filter;
    if (!user.includes('@')) return { ...filter, userId: user };
    const found = await repositories(this.dataSource.manager).users.findByEmail(user);
    return found && { ...filter, userId: found.id };
  }
}
