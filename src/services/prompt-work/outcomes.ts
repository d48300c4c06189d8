import type { DataSource } from 'typeorm';
import { mean, rate, type Estimate } from '../../core/statistics.js';
import type { PromptVersion } from '../../db/entities/prompt-version.js';
import { repositories } from '../../db/repositories/index.js';
import type { OutcomeRow } from '../../db/repositories/outcome-repository.js';
import type { KindBook } from '../kind-rules.js';
import { profileNamed } from './profiles.js';

/** What came of the missions that a version was given to, each figure with its sample and 95 % interval. */
export interface VersionOutcome {
  version: PromptVersion;
  /** Accepted missions, forks and deleted ones left out. */
  missions: number;
  /** Of those, the ones that got it as a canary. */
  canaryMissions: number;
  ended: number;
  /** Gates that were approved at the first decision. */
  firstReviewApproval: Estimate;
  /** Of the missions that have ended after at least one attempt. */
  qaPass: Estimate;
  iterations: Estimate;
  /** Of a whole ended mission, all agents together. */
  tokens: Estimate;
  costUsd: Estimate;
  /** Of an ended mission, the calls with this version alone. */
  agentTokens: Estimate;
  agentCostUsd: Estimate;
  unpricedCalls: number;
  /** Seconds in which runs worked on an ended mission. */
  p50Seconds: number | null;
  p95Seconds: Estimate;
}

/** Outcomes by prompt version. */
export class PromptOutcomes {
  constructor(
    private readonly dataSource: DataSource,
    private readonly kinds: KindBook,
  ) {}

  /**
   * Every version of a profile, newest first, also those that no mission had.
   * @param days only missions accepted in the last so many days
   * @throws NotFoundError when there is no such profile
   */
  async of(profileName: string, days?: number): Promise<VersionOutcome[]> {
    profileNamed(this.kinds, profileName);
    const { prompts, outcomes } = repositories(this.dataSource.manager);
    const versions = await prompts.list(profileName);
    const rows = new Map((await outcomes.byVersion(profileName, days)).map((row) => [row.versionId, row]));
    return versions.map((version) => outcomeOf(version, rows.get(version.id)));
  }
}

const NO_SAMPLE = { n: 0, average: null, deviation: null };

function outcomeOf(version: PromptVersion, row: OutcomeRow | undefined): VersionOutcome {
  const sample = (name: 'iterations' | 'tokens' | 'costUsd' | 'agentTokens' | 'agentCostUsd'): Estimate => {
    const { n, average, deviation } = row?.[name] ?? NO_SAMPLE;
    const found = mean(n, average, deviation);
    // None of these figures can be negative; the interval of a small sample might say so.
    return { ...found, low: found.low === null ? null : Math.max(0, found.low) };
  };
  const { n = 0, p50 = null, p95 = null, low = null, high = null } = row?.seconds ?? {};
  return {
    version,
    missions: row?.missions ?? 0,
    canaryMissions: row?.canaryMissions ?? 0,
    ended: row?.ended ?? 0,
    firstReviewApproval: rate(row?.approvals.successes ?? 0, row?.approvals.n ?? 0),
    qaPass: rate(row?.qa.successes ?? 0, row?.qa.n ?? 0),
    iterations: sample('iterations'),
    tokens: sample('tokens'),
    costUsd: sample('costUsd'),
    agentTokens: sample('agentTokens'),
    agentCostUsd: sample('agentCostUsd'),
    unpricedCalls: row?.unpricedCalls ?? 0,
    p50Seconds: p50,
    // One or two missions have no order statistics to speak of.
    p95Seconds: { n, value: p95, low: n < 3 ? null : low, high: n < 3 ? null : high },
  };
}
