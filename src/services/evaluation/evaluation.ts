import type { DataSource } from 'typeorm';
import { sleep } from '../../core/clock.js';
import { ConflictError } from '../../core/errors.js';
import type { Session } from '../../db/entities/session.js';
import { repositories } from '../../db/repositories/index.js';
import type { ActivityService } from '../activity.js';
import type { ApprovalService } from '../approvals.js';
import type { ArtifactService } from '../artifacts.js';
import type { BudgetService } from '../budgets.js';
import type { PolicyService } from '../policies.js';
import { mayDecide } from '../approval-policy.js';
import type { Caller, SessionService } from '../sessions.js';
import type { SettingsService } from '../settings.js';
import { promptsOf, reportOf, type EvalReport, type EvalResult } from './results.js';
import type { EvalMission, EvalSuite, SuiteFile } from './suite.js';

/** The gate at which a mission waits that every strategy has left stuck. */
const ASKS_FOR_HELP = 'stuck';
/** Where a mission stops unless its options say otherwise, and gates whose own name differs from the option's. */
const USUAL_GATES: readonly unknown[] = ['after_spec'];
const GATE_NAMES: Readonly<Record<string, string>> = { after_spec: 'human_gate' };
const POLL_MS = 200;
/** Where documents are; everything else of a session is the project. */
const DOCUMENTS = 'docs/';
const EXECUTIONS = 10_000;

/** What runs hidden tests on a project: the same that runs QA's. */
export interface AcceptanceBench {
  try(input: {
    scaffold: string;
    files: readonly SuiteFile[];
    tests: readonly SuiteFile[];
    timeoutMs: number;
    signal: AbortSignal;
  }): Promise<{
    report: { passed: number; failed: number; skipped: number; executed: number } | undefined;
    problem: string | undefined;
  }>;
}

export interface EvaluationParts {
  dataSource: DataSource;
  sessions: SessionService;
  approvals: ApprovalService;
  artifacts: ArtifactService;
  activity: ActivityService;
  budgets: BudgetService;
  settings: SettingsService;
  policies: PolicyService;
  bench: AcceptanceBench;
}

export interface EvaluationOptions {
  signal: AbortSignal;
  /** Hears of each mission's result as it comes. */
  onResult?: (result: EvalResult) => void;
}

/** Plays suites of missions and measures what came of them. Some worker must be running. */
export class EvaluationService {
  constructor(private readonly parts: EvaluationParts) {}

  /**
   * Whether the caller alone can approve every gate on the way: an evaluation has nobody else to ask.
   * @throws ConflictError `gates_need_others` with what the policies want, before anything has cost
   */
  async check(caller: Caller, suite: EvalSuite): Promise<void> {
    const gates = new Set(suite.missions.flatMap(({ options }) => gatesOf(options)));
    const problems: string[] = [];
    for (const { kind, gate, gateLabel, effective } of await this.parts.policies.list()) {
      if (kind !== 'studio' || !(gates.has(gate) || gate === ASKS_FOR_HELP)) continue;
      const leave = mayDecide(effective, caller, caller.userId);
      if (!leave.allowed) problems.push(`${gateLabel}: ${leave.reason}`);
      // A mission that is stuck is rejected, and one person can do that.
      else if (effective.approvals > 1 && gate !== ASKS_FOR_HELP)
        problems.push(`${gateLabel}: ${effective.approvals} people have to approve it.`);
    }
    if (problems.length > 0)
      throw new ConflictError(
        'gates_need_others',
        `An evaluation approves its gates by itself, and the policies do not let it. ${problems.join(' ')} ` +
          'Evaluate on another database, or change the policies for the time being.',
        { details: { problems } },
      );
  }

  /**
   * Runs the missions one after another, approves their gates, and runs their hidden tests on what was built.
   * Results go to `metrics`, with suite, mission, models and prompt versions as labels.
   * @throws ConflictError `gates_need_others` as `check`
   * @throws whatever `signal` was aborted with; the session at hand is cancelled then
   */
  async run(caller: Caller, suite: EvalSuite, options: EvaluationOptions): Promise<EvalReport> {
    await this.check(caller, suite);
    const results: EvalResult[] = [];
    for (const mission of suite.missions) {
      const result = await this.play(caller, suite.name, mission, options.signal);
      await this.keep(suite.name, result);
      results.push(result);
      options.onResult?.(result);
    }
    return reportOf(suite.name, results);
  }

  /** Runs hidden tests on the project of a session. A project that cannot be tried has failed, with the reason. */
  async acceptance(
    caller: Caller,
    sessionId: string,
    tests: readonly SuiteFile[],
    signal: AbortSignal,
  ): Promise<EvalResult['acceptance']> {
    const { artifacts, settings, bench } = this.parts;
    const entries = await artifacts.exportEntries(caller, sessionId);
    const files = await Promise.all(
      entries
        .filter(({ path }) => !path.startsWith(DOCUMENTS))
        .map(async ({ path, read }) => ({ path, content: (await read()).toString('utf8') })),
    );
    const { testTimeoutSeconds } = await settings.values();
    const timeoutMs = testTimeoutSeconds * 1000;
    const { report, problem } = await bench.try({ scaffold: '', files, tests, timeoutMs, signal });
    const { passed = 0, failed = 0, skipped = 0, executed = 0 } = report ?? {};
    return {
      passed: report !== undefined && executed > 0 && failed === 0 && skipped === 0,
      tests: { passed, failed, skipped },
      problem: problem ?? null,
    };
  }

  private async play(
    caller: Caller,
    suite: string,
    { name, title, mission, options, acceptance }: EvalMission,
    signal: AbortSignal,
  ): Promise<EvalResult> {
    const { sessions, budgets, activity } = this.parts;
    signal.throwIfAborted();
    const wish = { mission, name: title, projectName: `Evaluation: ${suite}`, options };
    const { sessionId } = (await sessions.submit(caller, wish)).session;
    const session = await this.settled(caller, sessionId, signal);
    const tried = await this.acceptance(caller, sessionId, acceptance, signal);
    const [budget, executions] = await Promise.all([
      budgets.state(caller, sessionId),
      activity.executions(caller, sessionId, 0, EXECUTIONS),
    ]);
    const models = executions.flatMap(({ provider, model }) =>
      provider === null || model === null ? [] : [`${provider}:${model}`],
    );
    return {
      name,
      title,
      sessionId,
      status: session.status,
      qaPassed: session.qaPassed,
      acceptance: tried,
      iterations: session.iterationCount,
      tokens: budget.tokens.used,
      costUsd: budget.usd.used,
      seconds: ((session.completedAt ?? session.updatedAt).getTime() - session.createdAt.getTime()) / 1000,
      models: [...new Set(models)].toSorted(),
      promptVersions: session.promptVersions,
    };
  }

  /**
   * Waits until nothing goes on by itself any more, and approves every gate on the way. A mission that is stuck and
   * asks for help ends there: an evaluation has none to give, and more rounds could go on for ever.
   */
  private async settled(caller: Caller, sessionId: string, signal: AbortSignal): Promise<Session> {
    const { sessions, approvals } = this.parts;
    try {
      for (;;) {
        const session = await sessions.get(caller, sessionId);
        if (session.status === 'awaiting_approval') {
          const gates = await approvals.list(caller, sessionId);
          const gate = gates.find(({ status }) => status === 'pending');
          if (gate)
            await approvals.decide(caller, gate.id, {
              decision: gate.gate === ASKS_FOR_HELP ? 'reject' : 'approve',
              artifactHashes: gate.artifacts.map(({ sha256 }) => sha256),
            });
        } else if (session.wakeSeq <= session.doneSeq) return session;
        await sleep(POLL_MS, signal);
      }
    } catch (error) {
      if (signal.aborted) await sessions.cancel(caller, sessionId);
      throw error;
    }
  }

  private async keep(suite: string, result: EvalResult): Promise<void> {
    const labels = {
      suite,
      mission: result.name,
      models: result.models.join(' '),
      promptVersions: promptsOf(result),
    };
    const figures: Record<string, number> = {
      eval_qa_passed: Number(result.qaPassed),
      eval_acceptance_passed: Number(result.acceptance.passed),
      eval_iterations: result.iterations,
      eval_tokens: result.tokens,
      eval_cost_usd: result.costUsd,
      eval_seconds: result.seconds,
    };
    await repositories(this.parts.dataSource.manager).metrics.record(
      Object.entries(figures).map(([name, value]) => ({ name, value, labels })),
    );
  }
}

/** The gates at which a mission with these options stops, by their own names. */
function gatesOf({ gates }: Record<string, unknown>): string[] {
  const wanted: readonly unknown[] = Array.isArray(gates) ? gates : USUAL_GATES;
  return wanted.map((gate) => GATE_NAMES[String(gate)] ?? String(gate));
}
