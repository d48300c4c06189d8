import type { EntityManager } from 'typeorm';
import { AgentExecution } from '../entities/agent-execution.js';
import { Checkpoint } from '../entities/checkpoint.js';
import { Effect } from '../entities/effect.js';
import { columns, type ColumnValues } from './columns.js';

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

  /** Commits a step's result. The primary key refuses a second one. */
  async insertEffect(effect: Pick<Effect, 'sessionId' | 'stepKey' | 'fence' | 'result'>): Promise<void> {
    await this.db.insert(Effect, columns<Effect>(effect));
  }

  /** Opens an execution. @returns its id */
  async startExecution(execution: ColumnValues<AgentExecution>): Promise<number> {
    const result = await this.db.insert(AgentExecution, columns(execution));
    return Number(result.identifiers[0]?.['id']);
  }

  /**
   * Closes an open execution with its outcome; the duration is the database's.
   * @returns false when it was closed already: the first outcome stands
   */
  async finishExecution(id: number, outcome: ColumnValues<AgentExecution>): Promise<boolean> {
    const result = await this.db
      .createQueryBuilder()
      .update(AgentExecution)
      .set(
        columns<AgentExecution>({
          ...outcome,
          completedAt: () => 'clock_timestamp()',
          durationSeconds: () => 'round(extract(epoch from clock_timestamp() - started_at)::numeric, 2)',
        }),
      )
      .where(`id = :id AND status = 'running'`, { id })
      .execute();
    return (result.affected ?? 0) > 0;
  }

  /** Marks what a dead run left open. @returns how many */
  async interruptOpenExecutions(sessionId: string, beforeFence: number): Promise<number> {
    const [rows]: [unknown[], number] = await this.db.query(
      `UPDATE agent_executions SET status = 'interrupted', completed_at = clock_timestamp(),
              error_message = 'The worker that ran this was lost; a later run took the step over.',
              duration_seconds = round(extract(epoch from clock_timestamp() - started_at)::numeric, 2)
        WHERE session_id = $1 AND status = 'running' AND fence < $2 RETURNING id`,
      [sessionId, beforeFence],
    );
    return rows.length;
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
