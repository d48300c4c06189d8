import pg from 'pg';
import { sleep } from '../../src/core/clock.js';

/** Triggers that note, with the database's clock, who claimed what and who came to a gate. They change nothing. */
const INSTALL = `
  CREATE SCHEMA chaos;
  CREATE TABLE chaos.moments (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, what text NOT NULL, session_id text NOT NULL,
    fence bigint, owner text, at timestamptz NOT NULL DEFAULT clock_timestamp());
  CREATE FUNCTION chaos.note_claim() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    INSERT INTO chaos.moments (what, session_id, fence, owner)
    VALUES ('claim', NEW.session_id, NEW.fence, NEW.lease_owner);
    RETURN NULL;
  END $$;
  CREATE TRIGGER chaos_claim AFTER UPDATE OF fence ON sessions
    FOR EACH ROW WHEN (NEW.fence > OLD.fence AND NEW.lease_owner IS NOT NULL) EXECUTE FUNCTION chaos.note_claim();
  CREATE FUNCTION chaos.note_gate() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    INSERT INTO chaos.moments (what, session_id, owner)
    SELECT 'gate', session_id, lease_owner FROM sessions WHERE session_id = NEW.thread_id;
    RETURN NULL;
  END $$;
  CREATE TRIGGER chaos_gate AFTER INSERT ON langgraph.checkpoint_writes
    FOR EACH ROW WHEN (NEW.channel = '__interrupt__') EXECUTE FUNCTION chaos.note_gate()`;

/** A lease that a killed worker held. */
export interface HeldLease {
  sessionId: string;
  fence: number;
}

/** A worker kill that hit leases. */
export interface RecordedKill {
  /** The database's clock just before the kill, ISO 8601. */
  at: string;
  held: HeldLease[];
}

/** From a kill that hit a lease to the next claim of its session: epoch ms of the database's clock. */
export interface Recovery {
  from: number;
  to: number;
}

/** Looks at the run's database from outside the system under test. Survives outages of Postgres by asking again. */
export class Witness {
  private readonly pool: pg.Pool;

  constructor(url: string) {
    this.pool = new pg.Pool({ connectionString: url, max: 3, connectionTimeoutMillis: 5_000 });
    this.pool.on('error', () => undefined);
  }

  /** Lays the triggers, once, after the migrations. */
  async install(): Promise<void> {
    await this.pool.query(INSTALL);
  }

  /**
   * Rows of a reading query; while Postgres is away, asks again.
   * @throws Error when it stays away for a minute, or for anything wrong with the query itself
   */
  async ask<Row extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<Row[]> {
    const until = performance.now() + 60_000;
    for (;;) {
      try {
        return (await this.pool.query<Row>(text, values)).rows;
      } catch (error) {
        const code = (error as { code?: string }).code ?? '';
        if (/^(42|22)/.test(code) || performance.now() > until) throw error;
        await sleep(50);
      }
    }
  }

  /** The database's clock, ISO 8601 with microseconds. */
  async now(): Promise<string> {
    const [row] = await this.ask<{ now: string }>('SELECT clock_timestamp()::text AS now');
    return row?.now ?? '';
  }

  /** The leases that stand in this worker's name. */
  async leasesOf(owner: string): Promise<HeldLease[]> {
    return this.ask<{ sessionId: string; fence: number }>(
      `SELECT session_id AS "sessionId", fence::int AS fence FROM sessions WHERE lease_owner = $1`,
      [owner],
    );
  }

  /**
   * Waits for the next claim, or the next arrival at a gate, and says which worker that was.
   * @returns undefined when there is none within `ms`
   */
  async nextOwner(what: 'claim' | 'gate', ms: number): Promise<string | undefined> {
    const [last] = await this.ask<{ id: string }>(
      'SELECT coalesce(max(id), 0)::text AS id FROM chaos.moments',
    );
    const until = performance.now() + ms;
    while (performance.now() < until) {
      const [found] = await this.ask<{ owner: string | null }>(
        'SELECT owner FROM chaos.moments WHERE id > $1 AND what = $2 ORDER BY id LIMIT 1',
        [last?.id, what],
      );
      if (found?.owner) return found.owner;
      await sleep(4);
    }
    return undefined;
  }

  /** A worker that holds a lease right now, if any. */
  async ownerOfLease(): Promise<string | undefined> {
    const [found] = await this.ask<{ owner: string }>(
      `SELECT lease_owner AS owner FROM sessions WHERE lease_until > clock_timestamp() ORDER BY random() LIMIT 1`,
    );
    return found?.owner;
  }

  /** The worker whose agent is at work on a step right now, if any. */
  async ownerInNode(): Promise<string | undefined> {
    const [found] = await this.ask<{ owner: string }>(
      `SELECT s.lease_owner AS owner FROM agent_executions e JOIN sessions s USING (session_id)
        WHERE e.status = 'running' AND e.fence = s.fence AND s.lease_owner IS NOT NULL
        ORDER BY random() LIMIT 1`,
    );
    return found?.owner;
  }

  /** For each lease that a kill hit: when its session was claimed again, by the database's clock. */
  async recoveries(kills: readonly RecordedKill[]): Promise<Recovery[]> {
    const found: Recovery[] = [];
    for (const { at, held } of kills)
      for (const { sessionId, fence } of held) {
        const [row] = await this.ask<{ from: number; to: number | null }>(
          `SELECT (extract(epoch FROM $3::timestamptz) * 1000)::float8 AS "from",
                  (extract(epoch FROM min(at)) * 1000)::float8 AS "to"
             FROM chaos.moments WHERE what = 'claim' AND session_id = $1 AND fence > $2`,
          [sessionId, fence, at],
        );
        if (row && row.to !== null) found.push({ from: row.from, to: row.to });
      }
    return found;
  }

  async close(): Promise<void> {
    await this.pool.end();
  }
}
