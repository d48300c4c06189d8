import { PostgresSaver } from '@langchain/langgraph-checkpoint-postgres';
import type { Pool } from 'pg';
import { CHECKPOINT_SCHEMA } from './fenced-saver.js';

/** A saved state of a session's graph. */
export interface SavedState {
  checkpointId: string;
  /** The graph's state: one value per channel. */
  values: Record<string, unknown>;
}

/** Reads the saved states of sessions without wiring their graphs. */
export class CheckpointReader {
  private readonly saver: PostgresSaver;

  constructor(pool: Pool) {
    this.saver = new PostgresSaver(pool, undefined, { schema: CHECKPOINT_SCHEMA });
  }

  /**
   * @param checkpointId one of the session's own; the newest when absent
   * @returns null when the session has none such
   */
  async read(sessionId: string, checkpointId?: string): Promise<SavedState | null> {
    const tuple = await this.saver.getTuple({
      configurable: {
        thread_id: sessionId,
        checkpoint_ns: '',
        ...(checkpointId !== undefined && { checkpoint_id: checkpointId }),
      },
    });
    return tuple ? { checkpointId: tuple.checkpoint.id, values: tuple.checkpoint.channel_values } : null;
  }
}
