import type { EntityManager } from 'typeorm';
import type { SecretPlace } from '../../core/secret-box.js';

/** A sealed value and where it lives. */
export interface SealedValue {
  place: SecretPlace;
  sealed: string;
}

/** Which sealed columns there are. A new one is one entry: rotation then covers it. */
const COLUMNS = [
  {
    table: 'agent_settings',
    column: 'api_key_encrypted',
    row: 'profile_name',
    provider: 'provider',
  },
  { table: 'webhooks', column: 'secret_encrypted', row: 'id', provider: `''` },
] as const;

/** Sealed values wherever they are. It never sees what is in them. */
export class SecretRepository {
  constructor(private readonly db: EntityManager) {}

  /** The sealed key of a profile, with the provider it is for; null when it has none. */
  async profileKey(profileName: string): Promise<SealedValue | null> {
    const [row]: { provider: string; sealed: string }[] = await this.db.query(
      `SELECT provider, api_key_encrypted AS sealed FROM agent_settings
        WHERE profile_name = $1 AND api_key_encrypted IS NOT NULL`,
      [profileName],
    );
    return row
      ? {
          place: { table: 'agent_settings', row: profileName, provider: row.provider },
          sealed: row.sealed,
        }
      : null;
  }

  /** How many values there are, and how many of them are not under `kid`. */
  async count(kid: string): Promise<{ total: number; stale: number }> {
    const [row]: { total: number; stale: number }[] = await this.db.query(
      `SELECT count(*)::integer AS total, (count(*) FILTER (WHERE NOT starts_with(sealed, $1)))::integer AS stale
         FROM (${allSealed()}) s`,
      [`v1.${kid}.`],
    );
    return row ?? { total: 0, stale: 0 };
  }

  /** Locks some values that are not under `kid`, in order, after the given place. Rows that others hold wait. */
  async takeStale(
    kid: string,
    after: Pick<SecretPlace, 'table' | 'row'>,
    limit: number,
  ): Promise<SealedValue[]> {
    const found: SealedValue[] = [];
    for (const { table, column, row, provider } of COLUMNS) {
      if (table < after.table || found.length >= limit) continue;
      const rows: { row: string; provider: string; sealed: string }[] = await this.db.query(
        `SELECT ${row} AS row, ${provider} AS provider, ${column} AS sealed FROM ${table}
          WHERE ${column} IS NOT NULL AND NOT starts_with(${column}, $1) AND ${row} > $2
          ORDER BY ${row} LIMIT $3 FOR UPDATE`,
        [`v1.${kid}.`, table === after.table ? after.row : '', limit - found.length],
      );
      for (const one of rows)
        found.push({ place: { table, row: one.row, provider: one.provider }, sealed: one.sealed });
    }
    return found;
  }

  /** Replaces a value, if it still is what was read. */
  async replace({ place, sealed }: SealedValue, by: string): Promise<boolean> {
    const known = COLUMNS.find(({ table }) => table === place.table);
    if (!known) throw new TypeError(`${place.table} keeps no secrets`);
    const [rows]: [unknown[], number] = await this.db.query(
      `UPDATE ${known.table} SET ${known.column} = $1 WHERE ${known.row} = $2 AND ${known.column} = $3 RETURNING 1`,
      [by, place.row, sealed],
    );
    return rows.length > 0;
  }
}

function allSealed(): string {
  return COLUMNS.map(
    ({ table, column }) => `SELECT ${column} AS sealed FROM ${table} WHERE ${column} IS NOT NULL`,
  ).join(' UNION ALL ');
}
