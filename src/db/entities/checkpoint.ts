import { ViewColumn, ViewEntity } from 'typeorm';
import { numericToNumber } from './numeric-to-number.js';

/**
 * Document 003's checkpoints, over the tables of LangGraph's Postgres checkpointer. `id` counts within a
 * thread.
 */
@ViewEntity({ name: 'checkpoints', synchronize: false })
export class Checkpoint {
  @ViewColumn({ name: 'id', transformer: numericToNumber })
  id!: number;

  @ViewColumn({ name: 'thread_id' })
  threadId!: string;

  @ViewColumn({ name: 'checkpoint_id' })
  checkpointId!: string;

  @ViewColumn({ name: 'parent_checkpoint_id' })
  parentCheckpointId!: string | null;

  @ViewColumn({ name: 'checkpoint_data' })
  checkpointData!: Record<string, unknown>;

  @ViewColumn({ name: 'metadata' })
  metadata!: Record<string, unknown>;

  @ViewColumn({ name: 'created_at' })
  createdAt!: Date;
}
