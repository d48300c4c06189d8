import type { DataSource } from 'typeorm';
import {
  OverviewRepository,
  type AgentFigures,
  type DayFigures,
  type NotedSession,
  type WaitingGate,
} from '../db/repositories/overview-repository.js';
import { requireRole, type Caller } from './sessions.js';

/** Whose sessions a page is about. */
export const SCOPES = ['mine', 'team'] as const;
export type Scope = (typeof SCOPES)[number];

/** What the home page shows. Counts stop at a thousand. */
export interface Overview {
  scope: Scope;
  gates: { count: number; oldest: WaitingGate[] };
  active: { count: number; newest: NotedSession[] };
  /** Those that need somebody now, and those that failed in the last two weeks. */
  attention: { count: number; newest: NotedSession[] };
  days: DayFigures[];
  agents: AgentFigures[];
  /** Nothing was ever begun. */
  isEmpty: boolean;
}

const DAYS = 14;
const SHOWN = 5;
/** The team's figures are the same for everybody who looks: so long one reading serves them all. */
const TEAM_MS = 5_000;

/** The state of things at a glance. */
export class OverviewService {
  private team: { until: number; read: Promise<Overview> } | undefined;

  constructor(private readonly dataSource: DataSource) {}

  /**
   * What the caller's own sessions are at, or the team's, which are for approvers.
   * @throws ForbiddenError for the team's, below approver
   */
  async overview(caller: Caller, scope: Scope): Promise<Overview> {
    if (scope === 'mine') return this.read(scope, caller.userId);
    requireRole(caller, 'approver');
    if (!this.team || this.team.until < performance.now()) {
      const read = this.read(scope, null);
      const team = { until: performance.now() + TEAM_MS, read };
      this.team = team;
      read.catch(() => {
        if (this.team === team) this.team = undefined;
      });
    }
    return this.team.read;
  }

  private async read(scope: Scope, userId: string | null): Promise<Overview> {
    const look = new OverviewRepository(this.dataSource.manager, userId);
    const twoWeeks = new Date(Date.now() - DAYS * 86_400_000);
    const [gates, active, attention, days, agents, any] = await Promise.all([
      look.gates(SHOWN),
      look.withStatus(['pending', 'running'], null, SHOWN),
      look.withStatus(['needs_attention', 'failed'], twoWeeks, SHOWN),
      look.days(DAYS),
      look.agents(),
      look.any(),
    ]);
    return { scope, gates, active, attention, days, agents, isEmpty: !any };
  }
}
