import type { DataSource } from 'typeorm';
import { isCollectable, type ArtifactStore, type CollectableStore } from '../../adapters/storage/port.js';
import { messageOf, NotFoundError } from '../../core/errors.js';
import { hashesIn } from '../../core/hash.js';
import type { Logger } from '../../core/logger.js';
import { repositories } from '../../db/repositories/index.js';
import { requireRole, type Caller } from '../sessions.js';
import type { SettingsService } from '../settings.js';
import {
  checkpointsKeptPerFinishedSession,
  periodsOf,
  storeGraceHours,
  type RetentionPeriods,
} from './rules.js';

/** How often each worker tidies up, in ms, and how long after its start for the first time; both with jitter. */
const EVERY_MS = 6 * 3_600_000;
const FIRST_MS = 10 * 60_000;

/** What was let go of, or would be. */
export interface RetentionReport {
  dryRun: boolean;
  /** Model calls without what was said in them. */
  calls: number;
  sources: number;
  /** Notices, mails and webhook deliveries that are done with. */
  notices: number;
  sessions: number;
  checkpoints: number;
  /** Contents of the store that nobody referred to. */
  contents: number;
  contentBytes: number;
  periods: RetentionPeriods;
}

/** Lets go of what nobody needs any more, by the rules of `rules.ts`. */
export class RetentionService {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<unknown> | undefined;
  private stopped = false;

  constructor(
    private readonly dataSource: DataSource,
    private readonly store: ArtifactStore,
    private readonly settings: SettingsService,
    private readonly log: Logger,
  ) {}

  /** Tidies up again and again until `stop`. Of several processes one does. */
  start(afterMs = FIRST_MS): void {
    this.timer = setTimeout(
      () => {
        this.running = this.tidy(false)
          .then((report) => report && this.log.info({ ...report }, 'retention'))
          .catch((error: unknown) => this.log.warn({ error: messageOf(error) }, 'retention failed'))
          .finally(() => {
            if (!this.stopped) this.start(EVERY_MS);
          });
      },
      afterMs * (1 + Math.random() / 10),
    );
    this.timer.unref();
  }

  /** Ends the job; one under way is waited for. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.running;
  }

  /**
   * One round, for an administrator.
   * @param dryRun only says what would go
   * @returns null when another process is at it right now
   * @throws ForbiddenError for everybody else
   */
  async run(caller: Caller, dryRun: boolean): Promise<RetentionReport | null> {
    requireRole(caller, 'admin');
    return this.tidy(dryRun);
  }

  private async tidy(dryRun: boolean): Promise<RetentionReport | null> {
    const periods = periodsOf(await this.settings.values());
    // Taken before anything is looked up: what comes into the store later is not of this round.
    const before = new Date(Date.now() - storeGraceHours * 3_600_000);
    const rows = await this.dataSource.transaction(async (manager) => {
      const { retention } = repositories(manager);
      if (!(await retention.tryLock())) return null;
      return {
        calls: await retention.pruneCalls(periods.callBodyDays, dryRun),
        sources: await retention.deleteUnusedSources(periods.unusedSourceDays, dryRun),
        notices: await retention.deleteNotices(periods.noticeDays, dryRun),
        ...(await retention.pruneCheckpoints(
          periods.forkableDays,
          checkpointsKeptPerFinishedSession,
          dryRun,
        )),
      };
    });
    if (rows === null) return null;
    const contents = isCollectable(this.store) ? await this.collect(this.store, before, dryRun) : [0, 0];
    return { dryRun, ...rows, contents: contents[0] ?? 0, contentBytes: contents[1] ?? 0, periods };
  }

  /** Removes contents that nothing refers to and nobody stored again since `before`. @returns how many, and bytes */
  private async collect(store: CollectableStore, before: Date, dryRun: boolean): Promise<number[]> {
    // Listed before the references are read: whoever refers to one of these later has put it again, and it is young.
    const old: { hash: string; bytes: number }[] = [];
    for await (const content of store.list(before)) old.push(content);
    if (old.length === 0) return [0, 0];
    const kept = await this.references();
    let [count, total] = [0, 0];
    for (const { hash, bytes } of old) {
      if (kept.has(hash) || !(dryRun || (await store.remove(hash, before)))) continue;
      count += 1;
      total += bytes;
    }
    return [count, total];
  }

  /** The hash of every content that is needed: named in a row, in a state, or in a document that a state names. */
  private async references(): Promise<Set<string>> {
    const { retention } = repositories(this.dataSource.manager);
    const kept = new Set(await retention.namedHashes());
    for (const hash of await retention.mentionedHashes()) {
      kept.add(hash);
      // A manifest names the files of a project, and nothing but the manifest does.
      const content = await this.store.get(hash).catch((error: unknown) => {
        if (error instanceof NotFoundError) return null;
        throw error;
      });
      if (content?.[0] !== '{'.charCodeAt(0)) continue;
      for (const named of hashesIn(content.toString('utf8'))) kept.add(named);
    }
    return kept;
  }
}
