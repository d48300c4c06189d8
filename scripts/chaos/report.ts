import type { ControlResult } from './control.js';
import type { OrdealResult } from './ordeal.js';

/** What `npm run chaos -- --json` prints. The first six fields and `control.lost` are a contract. */
export interface ChaosReport {
  missions: number;
  faults: number;
  lost: number;
  duplicateEffects: number;
  forkedCheckpoints: number;
  /** From a kill that hit a lease to the next claim of its session, by the database's clock. */
  recoveryMs: { p50: number; p95: number; max: number };
  control: ControlResult;
  seed: number;
  passed: boolean;
  /** Why it did not pass, a sentence each. */
  shortfalls: string[];
  runs: OrdealResult[];
}

/** What recovery may take with the lease of these runs, in ms. */
const RECOVERY = { p95: 10_000, max: 15_000 };

/** Adds the runs up and judges them. */
export function report(runs: OrdealResult[], control: ControlResult, seed: number): ChaosReport {
  const sum = (of: (run: OrdealResult) => number): number =>
    runs.reduce((total, run) => total + of(run), 0);
  const recoveries = runs.flatMap((run) => run.recoveries).toSorted((a, b) => a - b);
  const recoveryMs = {
    p50: quantile(recoveries, 0.5),
    p95: quantile(recoveries, 0.95),
    max: quantile(recoveries, 1),
  };
  const faults = sum((run) => Object.values(run.faults).reduce((total, times) => total + times, 0));
  const counts: [string, number][] = [
    ['accepted missions were lost', sum((run) => run.lost)],
    ['effects happened twice', sum((run) => run.duplicateEffects)],
    ['checkpoints were forked', sum((run) => run.forkedCheckpoints)],
    ['gates took two decisions', sum((run) => run.doubleDecisions)],
    ['event streams have gaps', sum((run) => run.eventGaps)],
    ['audit rows are out of the chain', sum((run) => run.brokenAudit)],
    ['executions were left open', sum((run) => run.openExecutions)],
    ['workers ended by themselves', sum((run) => run.surprises.length)],
  ];
  const shortfalls = counts.filter(([, count]) => count > 0).map(([what, count]) => `${count} ${what}.`);
  if (recoveryMs.p95 > RECOVERY.p95 || recoveryMs.max > RECOVERY.max)
    shortfalls.push(
      `Recovery took ${recoveryMs.p95} ms (p95) and ${recoveryMs.max} ms (max); ${RECOVERY.p95} and ${RECOVERY.max} are allowed.`,
    );
  if (faults > 0 && control.lost === 0)
    shortfalls.push('The control lost nothing under the same faults, so this run proves nothing. Use more kills.');
  return {
    missions: sum((run) => run.accepted),
    faults,
    lost: sum((run) => run.lost),
    duplicateEffects: sum((run) => run.duplicateEffects),
    forkedCheckpoints: sum((run) => run.forkedCheckpoints),
    recoveryMs,
    control,
    seed,
    passed: shortfalls.length === 0,
    shortfalls,
    runs,
  };
}

/** The value below which a share of the sorted numbers lies; 0 when there are none. */
function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
}
