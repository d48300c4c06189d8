import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { Witness } from '../../scripts/chaos/witness.js';
import type { Caller } from '../../src/services/sessions.js';
import { startTestApp, type TestApp } from '../../src/testing/app.js';
import { environmentWith } from '../../src/testing/handover.js';
import { until } from '../../src/testing/until.js';

const WORKER = fileURLToPath(new URL('../../dist/scripts/chaos/worker.js', import.meta.url));
const MISSION =
  'Build a rate limiting library with a token bucket and a sliding window, an injected clock, state per key and an Express-style middleware.';

/** How long tests wait for what must happen, in ms: machines may be busy with much else. */
const PATIENCE_MS = 90_000;
/** What a jest test here may take, in ms. */
export const TEST_TIMEOUT_MS = 240_000;
const ENDED: ReadonlySet<string> = new Set([
  'completed',
  'failed',
  'cancelled',
  'rejected',
  'expired',
  'needs_attention',
]);

/** A real worker process. */
export interface StagedWorker {
  readonly pid: number;
  /** How it signs its leases. */
  readonly owner: string;
  kill(signal: NodeJS.Signals): void;
  /** Its exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
  /** What it has logged so far. */
  log(): string;
}

export interface WorkerSettings {
  leaseSeconds?: number;
  /** Pause of the rehearsal before each chunk of 40 to 80 characters, in ms. */
  delayMs?: number;
  databaseUrl?: string;
  /** How far its clock is ahead of everyone else's, in ms. */
  clockAheadMs?: number;
}

/** What makes a process believe in another time. */
const skewed = (ms: number): string =>
  `--import data:text/javascript,${encodeURIComponent(`const now = Date.now; Date.now = () => now() + ${ms}; const D = Date; globalThis.Date = class extends D { constructor(...a) { super(...(a.length ? a : [D.now()])); } };`)}`;

/** A statement of a worker that Postgres holds back. */
export interface Pause {
  /** Resolves once a worker's statement stands at the pause. */
  reached(): Promise<void>;
  /** Lets nothing through any more, and cuts the held connection: the statement never happened. */
  forget(): Promise<void>;
  /** Lets the statement through. */
  release(): Promise<void>;
}

/** A database with an app that submits and decides but does not work, and workers that tests start and end. */
export interface Stage {
  test: TestApp;
  caller: Caller;
  witness: Witness;
  /** Starts a worker; resolves when it takes work. */
  worker(settings?: WorkerSettings): Promise<StagedWorker>;
  submit(): Promise<string>;
  /** Waits (generously) for a status. */
  reaches(sessionId: string, status: string): Promise<void>;
  /** Waits (generously) until the agent of a step is at work. */
  atWork(sessionId: string, stepKey: string): Promise<void>;
  /** How often each step was begun and how, in order: `pm:0 interrupted`, `pm:0 completed`, … */
  steps(sessionId: string): Promise<string[]>;
  /** How often a session was claimed. */
  claims(sessionId: string): Promise<number>;
  /** Holds back the next statement of that sort: `when` is SQL over NEW. */
  pauseAt(table: string, event: string, when: string): Promise<Pause>;
  close(): Promise<void>;
}

/** @param redisUrl absent: BullMQ on Postgres */
export async function openStage(redisUrl = ''): Promise<Stage> {
  const test = await startTestApp({}, { REDIS_URL: redisUrl });
  const caller = await test.person('admin');
  const witness = new Witness(test.databaseUrl);
  await witness.install();
  const children: ChildProcess[] = [];
  const pauses: (() => Promise<void>)[] = [];
  let pauseCount = 0;
  return {
    test,
    caller,
    witness,
    async worker({ leaseSeconds = 2, delayMs = 0, databaseUrl = test.databaseUrl, clockAheadMs = 0 } = {}) {
      const child = spawn(process.execPath, [WORKER], {
        stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
        env: environmentWith({
          NODE_ENV: 'test',
          NODE_OPTIONS: clockAheadMs === 0 ? '' : skewed(clockAheadMs),
          DATABASE_URL: databaseUrl,
          REDIS_URL: redisUrl,
          ATELIER_DATA_DIR: test.dataDir,
          ATELIER_MODEL: `rehearsal:studio?delayMs=${delayMs}`,
          ATELIER_LEASE_SECONDS: String(leaseSeconds),
          LOG_LEVEL: 'info',
        }),
      });
      children.push(child);
      let log = '';
      child.stderr?.setEncoding('utf8').on('data', (text: string) => (log += text));
      const ended = once(child, 'exit').then(([code, signal]: unknown[]) =>
        typeof code === 'number' ? code : (signal as NodeJS.Signals),
      );
      const early = await Promise.race([once(child, 'message').then(() => undefined), ended]);
      if (early !== undefined) throw new Error(`the worker ended with ${early}:\n${log}`);
      const pid = child.pid ?? 0;
      return {
        pid,
        owner: `${hostname()}:${pid}`,
        ended,
        kill: (signal) => void child.kill(signal),
        log: () => log,
      };
    },
    async submit() {
      return (await test.app.sessions.submit(caller, { mission: MISSION })).session.sessionId;
    },
    async reaches(sessionId, status) {
      await until(
        `${sessionId} is ${status}`,
        async () => {
          const session = await test.app.sessions.get(caller, sessionId);
          // A session that has ended otherwise will not come to it any more.
          if (ENDED.has(session.status) && session.status !== status)
            throw new Error(`it is ${session.status}: ${JSON.stringify(session.error)}`);
          return session.status === status;
        },
        PATIENCE_MS,
      );
    },
    async atWork(sessionId, stepKey) {
      await until(
        `${stepKey} is at work`,
        async () =>
          (
            await witness.ask(
              `SELECT 1 FROM agent_executions WHERE session_id = $1 AND step_key = $2 AND status = 'running'`,
              [sessionId, stepKey],
            )
          ).length > 0,
        PATIENCE_MS,
      );
    },
    async steps(sessionId) {
      const rows = await witness.ask<{ step: string }>(
        `SELECT step_key || ' ' || status AS step FROM agent_executions WHERE session_id = $1 ORDER BY id`,
        [sessionId],
      );
      return rows.map(({ step }) => step);
    },
    async claims(sessionId) {
      const rows = await witness.ask(`SELECT 1 FROM chaos.moments WHERE what = 'claim' AND session_id = $1`, [
        sessionId,
      ]);
      return rows.length;
    },
    async pauseAt(table, event, when) {
      pauseCount += 1;
      const pause = await holdBack(test.databaseUrl, `pause_${pauseCount}`, 4_711_000 + pauseCount, {
        table,
        event,
        when,
      });
      pauses.push(() => pause.release());
      return pause;
    },
    async close() {
      for (const release of pauses) await release();
      await Promise.all(
        children.map(async (child) => {
          if (child.exitCode !== null || child.signalCode !== null) return;
          const exited = once(child, 'exit');
          child.kill('SIGKILL');
          await exited;
        }),
      );
      await witness.close();
      await test.close();
    },
  };
}

/** Makes a trigger that waits for an advisory lock which we hold: Postgres stops a worker exactly there. */
async function holdBack(
  url: string,
  name: string,
  key: number,
  at: { table: string; event: string; when: string },
): Promise<Pause> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  await client.query('SELECT pg_advisory_lock($1)', [key]);
  await client.query(`
    CREATE FUNCTION chaos.${name}() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF ${at.when} THEN PERFORM pg_advisory_xact_lock_shared(${key}); END IF;
      RETURN NEW;
    END $$;
    CREATE TRIGGER zz_${name} ${at.event} ON ${at.table} FOR EACH ROW EXECUTE FUNCTION chaos.${name}()`);
  let open = true;
  const holders = async (): Promise<number[]> => {
    const { rows } = await client.query<{ pid: number }>(
      `SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND objid = $1
          AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
      [key],
    );
    return rows.map(({ pid }) => pid);
  };
  const release = async (): Promise<void> => {
    if (!open) return;
    open = false;
    await client.query(`CREATE OR REPLACE FUNCTION chaos.${name}() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN RETURN NEW; END $$`);
    await client.end();
  };
  return {
    async reached() {
      await until(`a worker stands at ${name}`, async () => (await holders()).length > 0, PATIENCE_MS);
    },
    async forget() {
      const pids = await holders();
      await client.query('SELECT pg_terminate_backend(pid) FROM unnest($1::int[]) AS pid', [pids]);
      await until(`${name} is left`, async () => (await holders()).length === 0);
      await release();
    },
    release,
  };
}
