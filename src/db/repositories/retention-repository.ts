import type { EntityManager } from 'typeorm';
import { hashesIn } from '../../core/hash.js';

/** Only one process tidies up at a time. Any number that no other lock of ours has. */
const LOCK = 7_301_404;

/** Finished, with nobody at work on it, nothing asked of it, and no gate open. `$1` is how many days ago at least. */
const AT_REST = `s.completed_at < clock_timestamp() - make_interval(days => $1)
  AND s.wake_seq <= s.done_seq AND s.lease_owner IS NULL AND s.steer IS NULL AND s.retry_requested_at IS NULL
  AND NOT EXISTS (SELECT 1 FROM approvals a WHERE a.session_id = s.session_id AND a.status = 'pending')`;

/** Where hashes of contents stand in text or JSON, as one column `t` each. Hashes in columns are asked for apart. */
const MENTIONS = [
  `SELECT result::text AS t FROM effects`,
  `SELECT artifacts::text AS t FROM approvals`,
  `SELECT concat_ws(' ', options, metadata, steer, state_json) AS t FROM sessions`,
  `SELECT metadata::text AS t FROM artifacts`,
  `SELECT encode(blob, 'escape') AS t FROM langgraph.checkpoint_blobs WHERE blob IS NOT NULL`,
  `SELECT encode(blob, 'escape') AS t FROM langgraph.checkpoint_writes WHERE blob IS NOT NULL`,
  `SELECT checkpoint::text AS t FROM langgraph.checkpoints`,
];

/** What nobody needs any more: finding it, and letting go of it. Every method with `dryRun` only counts then. */
export class RetentionRepository {
  constructor(private readonly db: EntityManager) {}

  /** Whether this transaction is the one that tidies up; false when another does. Held until the transaction ends. */
  async tryLock(): Promise<boolean> {
    const [row]: { locked: boolean }[] = await this.db.query(
      `SELECT pg_try_advisory_xact_lock($1) AS locked`,
      [LOCK],
    );
    return row?.locked === true;
  }

  /** Lets go of what models saw and answered in sessions that ended so many days ago. @returns how many calls */
  async pruneCalls(days: number, dryRun: boolean): Promise<number> {
    const due = `SELECT c.id FROM model_calls c JOIN sessions s ON s.session_id = c.session_id
      WHERE c.bodies_pruned_at IS NULL AND (c.request_hash IS NOT NULL OR c.reply_hash IS NOT NULL)
        AND c.status <> 'reserved' AND ${AT_REST}`;
    // Calls of no session (an import, a trial of a key) go by their own age.
    const alone = `SELECT c.id FROM model_calls c WHERE c.session_id IS NULL AND c.bodies_pruned_at IS NULL
      AND (c.request_hash IS NOT NULL OR c.reply_hash IS NOT NULL)
      AND c.status <> 'reserved' AND c.created_at < clock_timestamp() - make_interval(days => $1)`;
    return this.count(
      `${due} UNION ALL ${alone}`,
      `UPDATE model_calls SET bodies_pruned_at = clock_timestamp(), is_replayable = false WHERE id IN (${due} UNION ALL ${alone})`,
      days,
      dryRun,
    );
  }

  /** Deletes uploaded projects of so many days ago that no session starts from. @returns how many */
  async deleteUnusedSources(days: number, dryRun: boolean): Promise<number> {
    const due = `SELECT o.id FROM sources o WHERE o.created_at < clock_timestamp() - make_interval(days => $1)
      AND NOT EXISTS (SELECT 1 FROM sessions s WHERE s.options -> 'source' ->> 'sourceId' = o.id)`;
    return this.count(due, `DELETE FROM sources WHERE id IN (${due})`, days, dryRun);
  }

  /**
   * Deletes webhook deliveries, mails and the notices they were made from that were sent, or given up, so many days ago.
   * What waits to be sent stays, however old.
   * @returns how many rows
   */
  async deleteNotices(days: number, dryRun: boolean): Promise<number> {
    const before = `< clock_timestamp() - make_interval(days => $1)`;
    // A delivery that was given up has the time of that as the time of its next attempt.
    const deliveries = `SELECT d.id FROM webhook_deliveries d
      WHERE d.status <> 'pending' AND coalesce(d.delivered_at, d.next_attempt_at) ${before}`;
    const entries = `SELECT o.id FROM outbox o WHERE coalesce(o.sent_at, o.failed_at) ${before}`;
    return (
      (await this.count(
        deliveries,
        `DELETE FROM webhook_deliveries WHERE id IN (${deliveries})`,
        days,
        dryRun,
      )) + (await this.count(entries, `DELETE FROM outbox WHERE id IN (${entries})`, days, dryRun))
    );
  }

  /**
   * Deletes the saved states of sessions that ended so many days ago, but for the last `keep` of each. Their rows are locked
   * meanwhile, and those that somebody holds are left for the next time.
   * @returns how many sessions and states
   */
  async pruneCheckpoints(
    days: number,
    keep: number,
    dryRun: boolean,
  ): Promise<{ sessions: number; checkpoints: number }> {
    const older = `(SELECT count(*) FROM langgraph.checkpoints n WHERE n.thread_id = c.thread_id
      AND n.checkpoint_ns = c.checkpoint_ns AND n.checkpoint_id > c.checkpoint_id) >= $2`;
    const rows: { id: string }[] = await this.db.query(
      `SELECT s.session_id AS id FROM sessions s WHERE ${AT_REST}
          AND EXISTS (SELECT 1 FROM langgraph.checkpoints c WHERE c.thread_id = s.session_id AND ${older})
        ${dryRun ? '' : 'FOR UPDATE OF s SKIP LOCKED'}`,
      [days, keep],
    );
    const ids = rows.map(({ id }) => id);
    const [found]: { n: number }[] = await this.db.query(
      `SELECT count(*)::integer AS n FROM langgraph.checkpoints c WHERE c.thread_id = ANY($1) AND ${older}`,
      [ids, keep],
    );
    const result = { sessions: ids.length, checkpoints: found?.n ?? 0 };
    if (dryRun || ids.length === 0) return result;
    await this.db.query(`DELETE FROM langgraph.checkpoints c WHERE c.thread_id = ANY($1) AND ${older}`, [
      ids,
      keep,
    ]);
    await this.db.query(
      `DELETE FROM langgraph.checkpoint_writes w WHERE w.thread_id = ANY($1) AND NOT EXISTS (
         SELECT 1 FROM langgraph.checkpoints c WHERE c.thread_id = w.thread_id
            AND c.checkpoint_ns = w.checkpoint_ns AND c.checkpoint_id = w.checkpoint_id)`,
      [ids],
    );
    await this.db.query(
      `DELETE FROM langgraph.checkpoint_blobs b WHERE b.thread_id = ANY($1) AND NOT EXISTS (
         SELECT 1 FROM langgraph.checkpoints c WHERE c.thread_id = b.thread_id
            AND c.checkpoint_ns = b.checkpoint_ns AND c.checkpoint -> 'channel_versions' ->> b.channel = b.version)`,
      [ids],
    );
    return result;
  }

  /** Hashes of contents in columns of their own: artifacts, what models saw and answered. Roots of nothing else. */
  async namedHashes(): Promise<string[]> {
    const rows: { hash: string }[] = await this.db.query(
      `SELECT content_hash AS hash FROM artifacts WHERE content_hash IS NOT NULL
       UNION SELECT request_hash FROM model_calls WHERE request_hash IS NOT NULL AND bodies_pruned_at IS NULL
       UNION SELECT reply_hash FROM model_calls WHERE reply_hash IS NOT NULL AND bodies_pruned_at IS NULL`,
    );
    return rows.map(({ hash }) => hash);
  }

  /**
   * Everything that looks like a hash in states, effects, gates and options, and the manifests of sources. Rather one
   * too many: what is found here is kept, and what it names in turn.
   */
  async mentionedHashes(): Promise<string[]> {
    const rows: { run: string }[] = await this.db.query(
      `SELECT DISTINCT m[1] AS run FROM (${MENTIONS.join(' UNION ALL ')}) texts,
              LATERAL regexp_matches(t, '[0-9a-f]{64,}', 'g') AS m
       UNION SELECT manifest_hash FROM sources`,
    );
    return [...new Set(rows.flatMap(({ run }) => hashesIn(run)))];
  }

  private async count(due: string, change: string, days: number, dryRun: boolean): Promise<number> {
    if (!dryRun) {
      const [, affected]: [unknown[], number] = await this.db.query(change, [days]);
      return affected;
    }
    const [row]: { n: number }[] = await this.db.query(`SELECT count(*)::integer AS n FROM (${due}) due`, [
      days,
    ]);
    return row?.n ?? 0;
  }
}
