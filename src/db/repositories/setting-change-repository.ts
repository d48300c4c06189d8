import type { EntityManager } from 'typeorm';

/** Who changed a setting last. */
export interface SettingChange {
  key: string;
  at: Date;
  /** Null when nobody with that id is there any more. */
  byName: string | null;
}

/** The last change of each setting, as the audit log tells it. */
export class SettingChangeRepository {
  constructor(private readonly db: EntityManager) {}

  async last(): Promise<SettingChange[]> {
    return this.db.query(
      `SELECT DISTINCT ON (a.details->>'key') a.details->>'key' AS key, a.created_at AS at, u.name AS "byName"
         FROM audit_log a LEFT JOIN users u ON u.id = a.user_id
        WHERE a.event_type = 'settings_changed' AND a.details ? 'key'
        ORDER BY a.details->>'key', a.id DESC`,
    );
  }
}
