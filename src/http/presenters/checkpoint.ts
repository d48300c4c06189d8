import { z } from 'zod';
import type { Checkpoint } from '../../db/entities/checkpoint.js';
import { iso, time } from './time.js';

/** One saved state of a session's graph, without its data. */
export const checkpointView = z
  .strictObject({
    checkpointId: z.string(),
    parentCheckpointId: z.string().nullable(),
    source: z.string().nullable().describe('What made it: `input`, `loop` (a step), `update` or `fork`.'),
    step: z.number().int().nullable().describe('-1 for the input, then 0, 1, 2, …'),
    createdAt: time.nullable(),
  })
  .meta({ id: 'CheckpointView' });
export type CheckpointView = z.infer<typeof checkpointView>;

/** One saved state. */
export function presentCheckpoint(
  checkpoint: Pick<Checkpoint, 'checkpointId' | 'parentCheckpointId' | 'metadata' | 'createdAt'>,
): CheckpointView {
  const { source, step } = checkpoint.metadata ?? {};
  return {
    checkpointId: checkpoint.checkpointId,
    parentCheckpointId: checkpoint.parentCheckpointId,
    source: typeof source === 'string' ? source : null,
    step: typeof step === 'number' ? step : null,
    createdAt: iso(checkpoint.createdAt),
  };
}
