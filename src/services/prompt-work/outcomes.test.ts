import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { App } from '../../app.js';
import { newId } from '../../core/ids.js';
import { mean, rate } from '../../core/statistics.js';
import { startTestApp, type TestApp } from '../../testing/app.js';
import { activeId, draft } from '../../testing/prompt-drafts.js';
import type { Caller } from '../sessions.js';

interface Ending {
  status: string;
  iterations: number;
  qaPassed: boolean;
  seconds: number;
  /** Decisions at its gates, in order. */
  reviews: string[];
  /** Tokens of the calls of PM, and of another agent. */
  tokens: [number, number];
}

describe('outcomes by version', () => {
  let test: TestApp;
  let app: App;
  let caller: Caller;

  beforeAll(async () => {
    test = await startTestApp();
    app = test.app;
    caller = await test.person('approver');
  });
  afterAll(async () => test.close());

  /** A mission that went as told, without the time it would have taken. */
  const mission = async (end: Ending): Promise<string> => {
    const { session } = await app.sessions.submit(caller, { mission: 'Add two numbers' });
    const { sessionId, promptVersions } = session;
    await app.dataSource.query(
      `UPDATE sessions SET status = $2, iteration_count = $3, qa_passed = $4, running_seconds = $5 WHERE session_id = $1`,
      [sessionId, end.status, end.iterations, end.qaPassed, end.seconds],
    );
    for (const [n, status] of end.reviews.entries())
      await app.dataSource.query(
        `INSERT INTO approvals (id, session_id, gate, interrupt_id, checkpoint_id, artifacts, status, created_at)
         VALUES ($1, $2, 'human_gate', $1, 'c', '[]', $3, clock_timestamp() + make_interval(secs => $4))`,
        [newId(), sessionId, status, n],
      );
    for (const [n, version] of [promptVersions['pm'], promptVersions['eng']].entries())
      await app.dataSource.query(
        `INSERT INTO model_calls (id, profile_name, usage_day, session_id, provider, model, prompt_version_id, status,
                                  max_tokens, input_tokens, output_tokens, cost_usd, expires_at)
         VALUES ($1, 'pm', '2026-01-01', $2, 'p', 'm', $3, 'settled', 9, $4, 1, $5, clock_timestamp())`,
        [newId(), sessionId, version, (end.tokens[n] ?? 1) - 1, (end.tokens[n] ?? 0) / 1000],
      );
    return sessionId;
  };
  const outcomeOf = async (versionId: number) => {
    const found = (await app.promptWork.outcomes.of('pm')).find(({ version }) => version.id === versionId);
    if (!found) throw new Error('no outcome');
    return found;
  };

  it('count each mission for the version it was given, with sample and interval of every figure', async () => {
    const first = await activeId(app, 'pm');
    const done: Ending = {
      status: 'completed',
      iterations: 1,
      qaPassed: true,
      seconds: 60,
      reviews: ['approved'],
      tokens: [100, 900],
    };
    await mission(done);
    await mission({ ...done, iterations: 3, seconds: 100, tokens: [300, 700] });
    await mission({
      ...done,
      iterations: 2,
      seconds: 300,
      reviews: ['changes_requested', 'approved'],
      tokens: [200, 2800],
    });
    await mission({
      ...done,
      status: 'needs_attention',
      iterations: 4,
      qaPassed: false,
      seconds: 40,
      tokens: [100, 100],
    });
    // Under way, rejected, expired unseen: each counts for what it says something about.
    await mission({ ...done, status: 'running', iterations: 1, qaPassed: false });
    await mission({
      ...done,
      status: 'rejected',
      iterations: 0,
      qaPassed: false,
      reviews: ['rejected'],
      seconds: 20,
    });
    await mission({ ...done, status: 'expired', iterations: 0, qaPassed: false, reviews: ['expired'] });
    await app.sessions.remove(caller, await mission(done));
    const found = await outcomeOf(first);
    expect(found).toMatchObject({ missions: 7, canaryMissions: 0, ended: 5 });
    expect(found.firstReviewApproval).toEqual(rate(4, 6));
    expect(found.qaPass).toEqual(rate(3, 4));
    expect(found.iterations.value).toBe(2.5);
    expect(found.iterations.high).toBeCloseTo(mean(4, 2.5, Math.sqrt(5 / 3)).high ?? NaN, 9);
    // 1000, 1000, 3000, 200 and the rejected one's 1000.
    expect(found.tokens).toMatchObject({ n: 5, value: 1240 });
    expect(found.agentTokens).toMatchObject({ n: 5, value: 160 });
    expect(found.costUsd.value).toBeCloseTo(1.24, 9);
    expect(found.agentCostUsd.value).toBeCloseTo(0.16, 9);
    expect(found).toMatchObject({ p50Seconds: 60, p95Seconds: { n: 5, value: 300, high: 300 } });
    expect(found.p95Seconds.low).toBeLessThan(300);
  });

  it('leave out missions from before the days that are asked for', async () => {
    const first = await activeId(app, 'pm');
    const [oldest]: { session_id: string }[] = await app.dataSource
      .query(
        `UPDATE sessions SET created_at = created_at - interval '10 days'
        WHERE session_id = (SELECT min(session_id) FROM session_prompts) RETURNING session_id`,
      )
      .then(([rows]: [{ session_id: string }[], number]) => rows);
    expect(oldest).toBeDefined();
    const [lately] = await app.promptWork.outcomes.of('pm', 9);
    expect(lately).toMatchObject({ version: { id: first }, missions: 6 });
    expect((await app.promptWork.outcomes.of('pm', 11))[0]).toMatchObject({ missions: 7 });
  });

  it('are empty for a version that no mission had, and apart for the next one', async () => {
    const next = await draft(app, caller, 'pm', 'The next way.');
    expect(await outcomeOf(next.id)).toMatchObject({
      missions: 0,
      qaPass: { n: 0, value: null, low: null, high: null },
      tokens: { n: 0, value: null },
      p95Seconds: { n: 0, value: null },
    });
    const before = await outcomeOf(await activeId(app, 'pm'));
    await app.promptWork.switch.activate(caller, next.id, await activeId(app, 'pm'));
    await mission({
      status: 'completed',
      iterations: 1,
      qaPassed: true,
      seconds: 9,
      reviews: [],
      tokens: [5, 5],
    });
    expect(await outcomeOf(next.id)).toMatchObject({
      missions: 1,
      qaPass: { n: 1, value: 1, high: 1 },
      tokens: { n: 1, value: 10, low: null, high: null },
      p95Seconds: { value: 9, low: null, high: null },
    });
    expect((await outcomeOf(before.version.id)).missions).toBe(before.missions);
  });
});
