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
  recoveryMs: Quantiles;
  /** Where Postgres, Redis or every worker was away in between: from when all were back. */
  recoveryInOutagesMs: Quantiles;
  control: ControlResult;
  seed: number;
  passed: boolean;
  /** Why it did not pass, a sentence each. */
  shortfalls: string[];
  runs: OrdealResult[];
}

interface Quantiles {
  p50: number;
  p95: number;
  max: number;
}

/** What recovery may take with the lease of these runs, in ms. */
const ALLOWED = { p95: 10_000, max: 15_000, p95InOutages: 20_000 };

/** Adds the runs up and judges them. */
export function report(runs: OrdealResult[], control: ControlResult, seed: number): ChaosReport {
  const sum = (of: (run: OrdealResult) => number): number => runs.reduce((total, run) => total + of(run), 0);
  const recoveryMs = quantiles(runs.flatMap((run) => run.recoveries));
  const recoveryInOutagesMs = quantiles(runs.flatMap((run) => run.recoveriesInOutages));
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
  const samples = runs.flatMap((run) => run.recoveries).length;
  // The 95th percentile of fewer than twenty values is their maximum, which has a bound of its own.
  if ((samples >= 20 && recoveryMs.p95 > ALLOWED.p95) || recoveryMs.max > ALLOWED.max)
    shortfalls.push(
      `Recovery took ${recoveryMs.p95} ms (p95) and ${recoveryMs.max} ms (max); ${ALLOWED.p95} and ${ALLOWED.max} are allowed.`,
    );
  if (recoveryInOutagesMs.p95 > ALLOWED.p95InOutages)
    shortfalls.push(
      `Recovery after an outage took ${recoveryInOutagesMs.p95} ms (p95); ${ALLOWED.p95InOutages} is allowed.`,
    );
  if (faults > 0 && control.lost === 0)
    shortfalls.push(
      'The control lost nothing under the same faults, so this run proves nothing. Use more kills.',
    );
  return {
    missions: sum((run) => run.accepted),
    faults,
    lost: sum((run) => run.lost),
    duplicateEffects: sum((run) => run.duplicateEffects),
    forkedCheckpoints: sum((run) => run.forkedCheckpoints),
    recoveryMs,
    recoveryInOutagesMs,
    control,
    seed,
    passed: shortfalls.length === 0,
    shortfalls,
    runs,
  };
}

/** The median, 95th percentile and maximum; zeros when there are no numbers. */
function quantiles(values: readonly number[]): Quantiles {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
  return { p50: at(0.5), p95: at(0.95), max: at(1) };
}
