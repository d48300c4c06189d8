import { emptyCheckpoint, type BaseCheckpointSaver } from '@langchain/langgraph-checkpoint';
import { PostgresSaver } from '@langchain/langgraph-checkpoint-postgres';
import { newId } from '../../src/core/ids.js';
import { poolOf } from '../../src/db/data-source.js';
import { CHECKPOINT_SCHEMA, FencedSaver } from '../../src/engine/fenced-saver.js';
import { spread, type Lab } from './lab.js';

const BODY = 'x'.repeat(4096);

/** One checkpoint with 4 KB in one channel, ours (fenced) and the stock saver's, in turns within one run. */
export async function benchSaver(lab: Lab, rounds: number) {
  const { app, caller } = await lab.open();
  try {
    const pool = poolOf(app.dataSource);
    const { session } = await app.sessions.submit(caller, {
      kind: 'studio',
      mission: 'A static site generator',
    });
    await app.sessions.cancel(caller, session.sessionId);
    const [row]: { fence: number }[] = await app.dataSource
      .query(
        `UPDATE sessions SET lease_owner = 'bench', lease_until = now() + interval '1 hour' WHERE session_id = $1 RETURNING fence`,
        [session.sessionId],
      )
      .then(([rows]: [{ fence: number }[]]) => rows);
    const ours = new FencedSaver(pool, session.sessionId, row?.fence ?? 0);
    const stock = new PostgresSaver(pool, undefined, { schema: CHECKPOINT_SCHEMA });
    const figures = { fenced: [] as number[], stock: [] as number[] };
    for (let round = 0; round < rounds; round += 1) {
      figures.fenced.push(await time(ours, session.sessionId, round));
      figures.stock.push(await time(stock, `bench-${session.sessionId}`, round));
    }
    const fenced = spread(figures.fenced);
    const plain = spread(figures.stock);
    return { fencedMs: fenced, stockMs: plain, ratioP50: Math.round((plain.p50 / fenced.p50) * 100) / 100 };
  } finally {
    await app.close();
  }
}

async function time(saver: BaseCheckpointSaver, threadId: string, round: number): Promise<number> {
  const checkpoint = {
    ...emptyCheckpoint(),
    id: newId(),
    channel_values: { body: BODY },
    channel_versions: { body: round + 1 },
  };
  const config = { configurable: { thread_id: threadId, checkpoint_ns: '' } };
  const started = performance.now();
  await saver.put(config, checkpoint, { source: 'loop', step: round, parents: {} }, { body: round + 1 });
  return performance.now() - started;
}
