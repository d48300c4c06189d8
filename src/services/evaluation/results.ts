import { z } from 'zod';

const result = z.object({
  name: z.string(),
  title: z.string(),
  sessionId: z.string(),
  status: z.string(),
  qaPassed: z.boolean(),
  /** Of the hidden tests. `problem` says why there is no report to believe. */
  acceptance: z.object({
    passed: z.boolean(),
    tests: z.object({ passed: z.number(), failed: z.number(), skipped: z.number() }),
    problem: z.string().nullable(),
  }),
  iterations: z.number(),
  tokens: z.number(),
  costUsd: z.number(),
  /** From the submission to the end of the session. */
  seconds: z.number(),
  /** Every `provider:model` that answered. */
  models: z.array(z.string()),
  /** Versions of the prompts by profile. */
  promptVersions: z.record(z.string(), z.unknown()),
});

/** What came of one mission. */
export type EvalResult = z.infer<typeof result>;

const totals = z.object({
  missions: z.number(),
  /** Shares from 0 to 1. */
  qaPassRate: z.number(),
  acceptancePassRate: z.number(),
  iterations: z.number(),
  tokens: z.number(),
  costUsd: z.number(),
  seconds: z.number(),
});
export type EvalTotals = z.infer<typeof totals>;

/** What an evaluation prints with --json, and reads again with --against. */
export const evalReport = z.object({ suite: z.string(), totals, results: z.array(result) });
export type EvalReport = z.infer<typeof evalReport>;

/** A suite's results with their sums. */
export function reportOf(suite: string, results: EvalResult[]): EvalReport {
  const sum = (of: (one: EvalResult) => number): number => results.reduce((all, one) => all + of(one), 0);
  const share = (of: (one: EvalResult) => boolean): number =>
    results.length === 0 ? 0 : results.filter(of).length / results.length;
  return {
    suite,
    totals: {
      missions: results.length,
      qaPassRate: share(({ qaPassed }) => qaPassed),
      acceptancePassRate: share(({ acceptance }) => acceptance.passed),
      iterations: sum(({ iterations }) => iterations),
      tokens: sum(({ tokens }) => tokens),
      costUsd: sum(({ costUsd }) => costUsd),
      seconds: sum(({ seconds }) => seconds),
    },
    results,
  };
}

/** One figure that differs between two evaluations. */
export interface Difference {
  /** A mission's name, or `all`. */
  mission: string;
  figure: string;
  before: string;
  now: string;
}

const figuresOf = (one: EvalResult): Record<string, string> => ({
  qa: one.qaPassed ? 'passed' : 'failed',
  acceptance: one.acceptance.passed ? 'passed' : 'failed',
  iterations: String(one.iterations),
  tokens: String(one.tokens),
  costUsd: one.costUsd.toFixed(4),
  models: one.models.join(' '),
  promptVersions: promptsOf(one),
});

/** Prompt versions as one comparable text: `arch:2 eng:3 pm:1`. */
export function promptsOf({ promptVersions }: Pick<EvalResult, 'promptVersions'>): string {
  return Object.entries(promptVersions)
    .map(([profile, version]) => `${profile}:${String(version)}`)
    .toSorted()
    .join(' ');
}

/** What differs between two evaluations, mission by mission, then the pass rates. Durations are left out: they always do. */
export function differences(before: EvalReport, now: EvalReport): Difference[] {
  const found: Difference[] = [];
  const compare = (mission: string, old: Record<string, string>, fresh: Record<string, string>): void => {
    for (const figure of Object.keys({ ...old, ...fresh }))
      if (old[figure] !== fresh[figure])
        found.push({ mission, figure, before: old[figure] ?? '', now: fresh[figure] ?? '' });
  };
  for (const name of new Set([...before.results, ...now.results].map((one) => one.name))) {
    const [old, fresh] = [before, now].map(({ results }) => results.find((one) => one.name === name));
    compare(name, old ? figuresOf(old) : {}, fresh ? figuresOf(fresh) : {});
  }
  const rates = ({ totals: { qaPassRate, acceptancePassRate } }: EvalReport) => ({
    qaPassRate: qaPassRate.toFixed(2),
    acceptancePassRate: acceptancePassRate.toFixed(2),
  });
  compare('all', rates(before), rates(now));
  return found;
}
