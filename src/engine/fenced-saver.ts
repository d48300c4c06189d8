import { createHash, randomInt } from 'node:crypto';
import type { RunnableConfig } from '@langchain/core/runnables';
import {
  WRITES_IDX_MAP,
  type ChannelVersions,
  type Checkpoint,
  type CheckpointMetadata,
  type CheckpointTuple,
  type PendingWrite,
} from '@langchain/langgraph-checkpoint';
import { PostgresSaver } from '@langchain/langgraph-checkpoint-postgres';
import type { Pool } from 'pg';
import { LeaseLostError } from '../core/errors.js';

/** The schema LangGraph's tables live in. */
export const CHECKPOINT_SCHEMA = 'langgraph';

// The run must own the session at the moment of the write: the row is locked by the same statement.
const HELD = `held AS (
  SELECT 1 AS one FROM sessions WHERE session_id = $1::text AND fence = $2 AND lease_owner IS NOT NULL FOR UPDATE)`;

const PUT = `
  WITH ${HELD}, blobs AS (
    INSERT INTO langgraph.checkpoint_blobs (thread_id, checkpoint_ns, channel, version, type, blob)
    SELECT $1::text, $3, b.channel, b.version, b.type, b.blob
      FROM held, unnest($8::text[], $9::text[], $10::text[], $11::bytea[]) AS b(channel, version, type, blob)
    ON CONFLICT (thread_id, checkpoint_ns, channel, version) DO NOTHING
  ), checkpoint AS (
    INSERT INTO langgraph.checkpoints
      (thread_id, checkpoint_ns, checkpoint_id, parent_checkpoint_id, checkpoint, metadata)
    SELECT $1::text, $3, $4, $5, $6::jsonb, $7::jsonb FROM held
    ON CONFLICT (thread_id, checkpoint_ns, checkpoint_id)
    DO UPDATE SET checkpoint = EXCLUDED.checkpoint, metadata = EXCLUDED.metadata
  ) SELECT one FROM held`;

const putWritesSql = (onConflict: string): string => `
  WITH ${HELD}, writes AS (
    INSERT INTO langgraph.checkpoint_writes
      (thread_id, checkpoint_ns, checkpoint_id, task_id, idx, channel, type, blob)
    SELECT $1::text, $3, $4, $5, w.idx, w.channel, w.type, w.blob
      FROM held, unnest($6::integer[], $7::text[], $8::text[], $9::bytea[]) AS w(idx, channel, type, blob)
    ON CONFLICT (thread_id, checkpoint_ns, checkpoint_id, task_id, idx) ${onConflict}
  ) SELECT one FROM held`;
const PUT_WRITES = putWritesSql('DO NOTHING');
const PUT_SPECIAL_WRITES = putWritesSql(
  'DO UPDATE SET channel = EXCLUDED.channel, type = EXCLUDED.type, blob = EXCLUDED.blob',
);

/**
 * LangGraph's Postgres checkpointer for one run of one session: same tables and format, but each write is one
 * statement that first proves the run's fence. A run that lost its lease cannot fork the checkpoints.
 */
export class FencedSaver extends PostgresSaver {
  /** The newest checkpoint as last read, until it is read again or written after. */
  private newest: CheckpointTuple | undefined;

  /** @param fence the fencing token of the run, from its claim */
  constructor(
    private readonly db: Pool,
    private readonly sessionId: string,
    private readonly fence: number,
  ) {
    super(preparing(db), undefined, { schema: CHECKPOINT_SCHEMA });
  }

  /**
   * Looking at where a graph stands and invoking it both begin with the newest checkpoint. Nobody else can have written
   * one in between, so it is read once for the two.
   */
  override async getTuple(config: RunnableConfig): Promise<CheckpointTuple | undefined> {
    const { checkpoint_id: id, checkpoint_ns: ns } = config.configurable ?? {};
    const { newest } = this;
    this.newest = undefined;
    if (newest && id === undefined && !ns) return newest;
    const found = await super.getTuple(config);
    if (id === undefined && !ns) this.newest = found;
    return found;
  }

  /**
   * Versions are unique even if two writers ever met on a thread: the next whole number plus a random
   * fraction. Equal integers would let one branch read the other's blobs.
   */
  override getNextVersion(current: number | undefined): number {
    return Math.floor(current ?? 0) + 1 + randomInt(1, 1_000_000) / 1_000_000;
  }

  /** @throws LeaseLostError when another run has taken over; nothing is written then */
  override async put(
    config: RunnableConfig,
    checkpoint: Checkpoint,
    metadata: CheckpointMetadata,
    newVersions: ChannelVersions,
  ): Promise<RunnableConfig> {
    const { threadId, ns } = this.threadOf(config);
    const [blobs, dumpedMetadata] = await Promise.all([
      this._dumpBlobs(threadId, ns, checkpoint.channel_values, newVersions),
      this._dumpMetadata(metadata),
    ]);
    await this.write('atelier_put', PUT, [
      threadId,
      this.fence,
      ns,
      checkpoint.id,
      (config.configurable?.['checkpoint_id'] as string | undefined) ?? null,
      JSON.stringify(this._dumpCheckpoint(checkpoint)),
      JSON.stringify(dumpedMetadata),
      blobs.map((blob) => blob[2]),
      blobs.map((blob) => blob[3]),
      blobs.map((blob) => blob[4]),
      blobs.map((blob) => (blob[5] ? Buffer.from(blob[5]) : null)),
    ]);
    return { configurable: { thread_id: threadId, checkpoint_ns: ns, checkpoint_id: checkpoint.id } };
  }

  /** @throws LeaseLostError when another run has taken over; nothing is written then */
  override async putWrites(config: RunnableConfig, writes: PendingWrite[], taskId: string): Promise<void> {
    const { threadId, ns } = this.threadOf(config);
    const checkpointId = config.configurable?.['checkpoint_id'] as string | undefined;
    if (checkpointId === undefined)
      throw new TypeError('Missing "checkpoint_id" in the config of putWrites().');
    const dumped = await this._dumpWrites(threadId, ns, checkpointId, taskId, writes);
    const special = writes.every(([channel]) => channel in WRITES_IDX_MAP);
    await this.write(
      special ? 'atelier_put_special_writes' : 'atelier_put_writes',
      special ? PUT_SPECIAL_WRITES : PUT_WRITES,
      [
        threadId,
        this.fence,
        ns,
        checkpointId,
        taskId,
        dumped.map((row) => row[4]),
        dumped.map((row) => row[5]),
        dumped.map((row) => row[6]),
        dumped.map((row) => Buffer.from(row[7])),
      ],
    );
  }

  private threadOf(config: RunnableConfig): { threadId: string; ns: string } {
    const threadId = config.configurable?.['thread_id'] as string | undefined;
    // A run writes to its own session's thread and to no other, whatever a graph puts into its config.
    if (threadId !== this.sessionId) throw new LeaseLostError(String(threadId), this.fence);
    return { threadId, ns: (config.configurable?.['checkpoint_ns'] as string | undefined) ?? '' };
  }

  /** One statement is one transaction; named, so that each connection parses it once. */
  private async write(name: string, text: string, values: unknown[]): Promise<void> {
    this.newest = undefined;
    const { rowCount } = await this.db.query({ name, text, values });
    if (rowCount === 0) throw new LeaseLostError(this.sessionId, this.fence);
  }
}

/** The pool, with LangGraph's own statements named too: there are few texts, all by keys, and long ones. */
function preparing(db: Pool): Pool {
  const query = (text: string, values: unknown[]): unknown =>
    db.query({ name: `langgraph_${createHash('sha1').update(text).digest('hex')}`, text, values });
  return Object.create(db, { query: { value: query } }) as Pool;
}
