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

  async updateAgent(profileName: string, to: ColumnValues<AgentSettings>): Promise<boolean> {
    const result = await this.db.update(AgentSettings, { profileName }, columns<AgentSettings>(to));
    return (result.affected ?? 0) > 0;
  }
}
