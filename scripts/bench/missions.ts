import { waitForGate } from './latency.js';
import type { Lab } from './lab.js';

/** The missions that there are recordings of. */
export const MISSIONS = [
  'A URL shortener with click statistics',
  'A to-do list for the command line',
  'A sales report from a CSV file',
  'A token bucket rate limiter library',
  'Minesweeper in the terminal',
  'A static site generator',
];

/**
 * Many missions submitted at once to one process on the embedded default, each approved as soon as it asks:
 * how many end how, how long it takes, and how much memory the process holds meanwhile.
 */
export async function benchMissions(lab: Lab, count: number) {
  const { app, caller } = await lab.open();
  const before = process.memoryUsage().rss;
  let peak = before;
  const sampler = setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss)), 100);
  const started = performance.now();
  try {
    const ids = await Promise.all(
      Array.from({ length: count }, async (_value, index) => {
        const { session } = await app.sessions.submit(caller, {
          mission: MISSIONS[index % MISSIONS.length] ?? '',
        });
        return session.sessionId;
      }),
    );
    const acceptedSeconds = (performance.now() - started) / 1000;
    await Promise.all(
      ids.map(async (sessionId) => {
        const gate = await waitForGate(app, sessionId);
        await app.approvals.decide(caller, gate.id, {
          decision: 'approve',
          artifactHashes: gate.artifacts.map(({ sha256 }) => sha256),
        });
      }),
    );
    for (;;) {
      const [open]: { n: number }[] = await app.dataSource.query(
        `SELECT count(*)::integer AS n FROM sessions WHERE session_id = ANY($1) AND completed_at IS NULL`,
        [ids],
      );
      if (open?.n === 0) break;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const seconds = (performance.now() - started) / 1000;
    const statuses: { status: string; n: number }[] = await app.dataSource.query(
      `SELECT status, count(*)::integer AS n FROM sessions WHERE session_id = ANY($1) GROUP BY status`,
      [ids],
    );
    const byStatus = Object.fromEntries(statuses.map(({ status, n }) => [status, n]));
    const megabytes = (bytes: number) => Math.round(bytes / 1e6);
    return {
      missions: count,
      byStatus,
      lost: count - statuses.reduce((sum, { n }) => sum + n, 0),
      acceptedSeconds: Math.round(acceptedSeconds * 100) / 100,
      seconds: Math.round(seconds * 100) / 100,
      missionsPerSecond: Math.round((count / seconds) * 100) / 100,
      rssMB: {
        before: megabytes(before),
        peak: megabytes(peak),
        after: megabytes(process.memoryUsage().rss),
      },
    };
  } finally {
    clearInterval(sampler);
    await app.close();
  }
}
