import type { EntityManager } from 'typeorm';
import { AgentSettings } from '../entities/agent-settings.js';
import { Setting } from '../entities/setting.js';
import { columns, type ColumnValues } from './columns.js';

/** Settings of the whole system, and of each agent profile. */
export class SettingsRepository {
  constructor(private readonly db: EntityManager) {}

  async all(): Promise<Setting[]> {
    return this.db.find(Setting, { order: { key: 'ASC' } });
  }

  async put(key: string, value: unknown, updatedBy: string | null): Promise<void> {
    await this.db.upsert(Setting, columns<Setting>({ key, value, updatedBy }), ['key']);
  }

  async delete(key: string): Promise<void> {
    await this.db.delete(Setting, { key });
  }

  async agents(): Promise<AgentSettings[]> {
    return this.db.find(AgentSettings, { order: { id: 'ASC' } });
  }

  async agent(profileName: string): Promise<AgentSettings | null> {
    return this.db.findOneBy(AgentSettings, { profileName });
  }

  /** The profile's settings, its row locked until the transaction ends. */
  async lockAgent(profileName: string): Promise<AgentSettings | null> {
    return this.db
      .createQueryBuilder(AgentSettings, 'a')
      .setLock('pessimistic_write')
      .where('a.profile_name = :profileName', { profileName })
      .getOne();
  }

  async updateAgent(profileName: string, to: ColumnValues<AgentSettings>): Promise<boolean> {
    const result = await this.db.update(AgentSettings, { profileName }, columns<AgentSettings>(to));
    return (result.affected ?? 0) > 0;
  }
}
