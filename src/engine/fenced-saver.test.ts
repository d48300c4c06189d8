import type { RunnableConfig } from '@langchain/core/runnables';
import { validate } from '@langchain/langgraph-checkpoint-validation';
import type {
  ChannelVersions,
  Checkpoint,
  CheckpointMetadata,
  PendingWrite,
} from '@langchain/langgraph-checkpoint';
import { PostgresSaver } from '@langchain/langgraph-checkpoint-postgres';
import { createDataSource, poolOf } from '../db/data-source.js';
import { ENTITIES } from '../db/entities/index.js';
import { createTestDatabase } from '../testing/database.js';
import { CHECKPOINT_SCHEMA, FencedSaver } from './fenced-saver.js';

/** LangGraph's suite writes to threads of its own naming: each gets a session that a run holds, and its saver. */
class SaverOfAnyThread extends PostgresSaver {
  constructor(private readonly database: ReturnType<typeof poolOf>) {
    super(database, undefined, { schema: CHECKPOINT_SCHEMA });
  }

  private async of(config: RunnableConfig): Promise<FencedSaver> {
    const threadId = String(config.configurable?.['thread_id']);
    await this.database.query(
      `WITH u AS (INSERT INTO users (id, email, name) VALUES ('u', 'u@example.org', 'u') ON CONFLICT DO NOTHING)
       SELECT 1`,
    );
    await this.database.query(
      `INSERT INTO sessions (session_id, user_id, fence, lease_owner) VALUES ($1, 'u', 7, 'suite') ON CONFLICT DO NOTHING`,
      [threadId],
    );
    return new FencedSaver(this.database, threadId, 7);
  }

  override async put(
    config: RunnableConfig,
    checkpoint: Checkpoint,
    metadata: CheckpointMetadata,
    versions: ChannelVersions,
  ): Promise<RunnableConfig> {
    if (config.configurable === undefined) return super.put(config, checkpoint, metadata, versions);
    return (await this.of(config)).put(config, checkpoint, metadata, versions);
  }

  override async putWrites(config: RunnableConfig, writes: PendingWrite[], taskId: string): Promise<void> {
    if (config.configurable === undefined) return super.putWrites(config, writes, taskId);
    return (await this.of(config)).putWrites(config, writes, taskId);
  }
}

// The suite was written for vitest, whose `expect.soft` goes on after a failure; jest's plain one stops there.
Object.assign(expect, { soft: expect });

let close = (): Promise<void> => Promise.resolve();

validate({
  checkpointerName: 'the fenced saver',
  async createCheckpointer() {
    const database = await createTestDatabase();
    const dataSource = createDataSource({ url: database.url, poolSize: 4, entities: ENTITIES });
    await dataSource.initialize();
    close = async () => {
      await dataSource.destroy();
      await database.drop();
    };
    return new SaverOfAnyThread(poolOf(dataSource));
  },
  destroyCheckpointer: () => close(),
});

describe('the newest checkpoint', () => {
  it('is read once for two who ask, and anew after every write', async () => {
    const database = await createTestDatabase();
    const dataSource = await createDataSource({
      url: database.url,
      poolSize: 2,
      entities: ENTITIES,
    }).initialize();
    try {
      const pool = poolOf(dataSource);
      await pool.query(`INSERT INTO users (id, email, name) VALUES ('u', 'u@example.org', 'u')`);
      await pool.query(
        `INSERT INTO sessions (session_id, user_id, fence, lease_owner) VALUES ('t', 'u', 1, 'test')`,
      );
      const saver = new FencedSaver(pool, 't', 1);
      const config = { configurable: { thread_id: 't', checkpoint_ns: '' } };
      const put = (n: number) =>
        saver.put(
          config,
          {
            v: 4,
            id: `0190a0b0-0000-7000-8000-00000000000${n}`,
            ts: '2026-01-02T03:04:05.000Z',
            channel_values: { n },
            channel_versions: { n },
            versions_seen: {},
          },
          { source: 'loop', step: n, parents: {} },
          { n },
        );
      const newest = async () => (await saver.getTuple(config))?.checkpoint.channel_values['n'];
      expect(await newest()).toBeUndefined();
      const first = await put(1);
      expect([await newest(), await newest(), await newest()]).toEqual([1, 1, 1]);
      await put(2);
      expect([await newest(), (await saver.getTuple(first))?.checkpoint.channel_values['n']]).toEqual([2, 1]);
      const second = {
        configurable: { ...config.configurable, checkpoint_id: '0190a0b0-0000-7000-8000-000000000002' },
      };
      expect((await saver.getTuple(config))?.pendingWrites).toEqual([]);
      await saver.putWrites(second, [['n', 3]], 'task');
      expect((await saver.getTuple(config))?.pendingWrites).toEqual([['task', 'n', 3]]);
    } finally {
      await dataSource.destroy();
      await database.drop();
    }
  });
});
