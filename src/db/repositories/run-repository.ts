import type { EntityManager } from 'typeorm';
import type { ExecutionStatus } from '../../core/vocabulary.js';
import { AgentExecution } from '../entities/agent-execution.js';
import { Checkpoint } from '../entities/checkpoint.js';
import { Effect } from '../entities/effect.js';
import { Session } from '../entities/session.js';

/** Which executions across sessions, newest first. */
export interface ExecutionFilter {
  /** Whose; null: everybody's. */
  userId: string | null;
  profile?: string;
  status?: ExecutionStatus;
  model?: string;
  /** At least this long. An execution at work has no duration yet. */
  minSeconds?: number;
  /** At least this dear, in US dollars. */
  minCostUsd?: number;
  /** Only older ones: with smaller ids. */
  beforeId?: number;
  limit: number;
}

/** An execution in a list across sessions. */
export interface ListedExecution {
  execution: AgentExecution;
  session: Pick<Session, 'sessionId' | 'kind' | 'name' | 'projectName'> & { missionPreview: string };
}

/** What a run leaves behind step by step: effects (done once) and executions (who did it, at what cost). */
export class RunRepository {
  constructor(private readonly db: EntityManager) {}

  /** The result of a step that was committed before, or undefined. */
  async findEffect(sessionId: string, stepKey: string): Promise<Effect | null> {
    return this.db.findOneBy(Effect, { sessionId, stepKey });
  }

  /** The results of all steps whose key begins with a prefix, in the order they were committed. */
  async listEffects(sessionId: string, prefix: string): Promise<Effect[]> {
    return this.db
      .createQueryBuilder(Effect, 'e')
      .where('e.session_id = :sessionId AND starts_with(e.step_key, :prefix)', { sessionId, prefix })
      .orderBy('e.created_at')
      .addOrderBy('e.step_key')
      .getMany();
  }

  /** The keys of all steps that a session has committed. */
  async stepKeys(sessionId: string): Promise<string[]> {
    const rows = await this.db.find(Effect, { select: { stepKey: true }, where: { sessionId } });
    return rows.map(({ stepKey }) => stepKey);
  }

  /** Gives a fork results of its parent's steps, as part of its own past. */
  async copyEffects(fromSessionId: string, toSessionId: string, stepKeys: readonly string[]): Promise<void> {
    await this.db.query(
      `INSERT INTO effects (session_id, step_key, fence, result, created_at)
       SELECT $2, step_key, 0, result, created_at FROM effects WHERE session_id = $1 AND step_key = ANY($3)`,
      [fromSessionId, toSessionId, stepKeys],
    );
  }

  /**
   * Gives a fork the checkpoints of its parent's thread, from the first to `checkpointId`, in LangGraph's own tables.
   * What was already pending at that last one is left out: the fork does that step again, as its own.
   * @returns how many checkpoints there were; 0 when the thread has none of this id
   */
  async copyCheckpoints(fromThread: string, toThread: string, checkpointId: string): Promise<number> {
    const chain = `WITH RECURSIVE chain AS (
        SELECT c.* FROM langgraph.checkpoints c
         WHERE c.thread_id = $1 AND c.checkpoint_ns = '' AND c.checkpoint_id = $2
        UNION ALL
        SELECT c.* FROM langgraph.checkpoints c JOIN chain n ON c.checkpoint_id = n.parent_checkpoint_id
         WHERE c.thread_id = $1 AND c.checkpoint_ns = '')`;
    const values = [fromThread, checkpointId, toThread];
    await this.db.query(
      `${chain} INSERT INTO langgraph.checkpoint_blobs (thread_id, checkpoint_ns, channel, version, type, blob)
       SELECT DISTINCT ON (b.channel, b.version) $3::text, '', b.channel, b.version, b.type, b.blob
         FROM chain, jsonb_each_text(chain.checkpoint -> 'channel_versions') v
         JOIN langgraph.checkpoint_blobs b
           ON b.thread_id = $1 AND b.checkpoint_ns = '' AND b.channel = v.key AND b.version = v.value`,
      values,
    );
    await this.db.query(
      `${chain} INSERT INTO langgraph.checkpoint_writes
         (thread_id, checkpoint_ns, checkpoint_id, task_id, idx, channel, type, blob)
       SELECT $3::text, '', w.checkpoint_id, w.task_id, w.idx, w.channel, w.type, w.blob
         FROM chain JOIN langgraph.checkpoint_writes w
           ON w.thread_id = $1 AND w.checkpoint_ns = '' AND w.checkpoint_id = chain.checkpoint_id
        WHERE w.checkpoint_id <> $2`,
      values,
    );
    const rows: unknown[] = await this.db.query(
      `${chain} INSERT INTO langgraph.checkpoints
         (thread_id, checkpoint_ns, checkpoint_id, parent_checkpoint_id, type, checkpoint, metadata)
       SELECT $3::text, '', checkpoint_id, parent_checkpoint_id, type, checkpoint, metadata FROM chain
       RETURNING 1`,
      values,
    );
    return rows.length;
  }

  /** What all executions of a session used together: tokens, US dollars, seconds. */
  async totals(sessionId: string): Promise<{ tokens: number; costUsd: number; seconds: number }> {
    const [row]: { tokens: number; cost: number; seconds: number }[] = await this.db.query(
      `SELECT coalesce(sum(tokens_used), 0)::double precision AS tokens,
              coalesce(sum(cost_usd), 0)::double precision AS cost,
              coalesce(sum(duration_seconds), 0)::double precision AS seconds
         FROM agent_executions WHERE session_id = $1`,
      [sessionId],
    );
    return { tokens: row?.tokens ?? 0, costUsd: row?.cost ?? 0, seconds: row?.seconds ?? 0 };
  }

  /** A session's executions in the order they began. */
  async listExecutions(sessionId: string, afterId: number, limit: number): Promise<AgentExecution[]> {
    return this.db
      .createQueryBuilder(AgentExecution, 'e')
      .where('e.session_id = :sessionId AND e.id > :afterId', { sessionId, afterId })
      .orderBy('e.id')
      .take(limit)
      .getMany();
  }

  /** An execution, whosever it is, or null. */
  async findExecution(id: number): Promise<AgentExecution | null> {
    return this.db.findOneBy(AgentExecution, { id });
  }

  /** Executions across sessions that are not deleted, newest first. */
  async searchExecutions(filter: ExecutionFilter): Promise<ListedExecution[]> {
    const query = this.db
      .createQueryBuilder(AgentExecution, 'e')
      .innerJoin(Session, 's', 's.session_id = e.session_id AND s.deleted_at IS NULL')
      .orderBy('e.id', 'DESC')
      .limit(filter.limit);
    const { userId, profile, status, model, minSeconds, minCostUsd, beforeId } = filter;
    if (userId !== null) query.andWhere('e.user_id = :userId', { userId });
    if (profile !== undefined) query.andWhere('e.agent_type = :profile', { profile });
    if (status !== undefined) query.andWhere('e.status = :status', { status });
    if (model !== undefined) query.andWhere('e.model = :model', { model });
    if (minSeconds !== undefined) query.andWhere('e.duration_seconds >= :minSeconds', { minSeconds });
    if (minCostUsd !== undefined) query.andWhere('e.cost_usd >= :minCostUsd', { minCostUsd });
    if (beforeId !== undefined) query.andWhere('e.id < :beforeId', { beforeId });
    const executions = await query.getMany();
    const sessions: ListedExecution['session'][] = await this.db.query(
      `SELECT session_id AS "sessionId", kind, name, project_name AS "projectName",
              left(user_mission, 280) AS "missionPreview"
         FROM sessions WHERE session_id = ANY($1)`,
      [[...new Set(executions.map(({ sessionId }) => sessionId))]],
    );
    const byId = new Map(sessions.map((session) => [session.sessionId, session]));
    return executions.flatMap((execution) => {
      const session = byId.get(execution.sessionId);
      return session ? [{ execution, session }] : [];
    });
  }

  /** Whether any execution of a session was by this provider. */
  async usedProvider(sessionId: string, provider: string): Promise<boolean> {
    return this.db.existsBy(AgentExecution, { sessionId, provider });
  }

  /** A session's checkpoints without their data, newest first, older than `before`. */
  async listCheckpoints(
    sessionId: string,
    limit: number,
    before?: string,
  ): Promise<Pick<Checkpoint, 'checkpointId' | 'parentCheckpointId' | 'metadata' | 'createdAt'>[]> {
    const query = this.db
      .createQueryBuilder(Checkpoint, 'c')
      .select(['c.checkpointId', 'c.parentCheckpointId', 'c.metadata', 'c.createdAt', 'c.threadId'])
      .where('c.thread_id = :sessionId', { sessionId })
      .orderBy('c.checkpointId', 'DESC')
      .take(limit);
    if (before !== undefined) query.andWhere('c.checkpoint_id < :before', { before });
    return query.getMany();
  }
}
