import { afterEach, describe, expect, it } from '@jest/globals';
import { newId } from '../core/ids.js';
import { repositories } from '../db/repositories/index.js';
import { approve, startTestApp, type TestApp } from '../testing/app.js';
import { BAD_SUM, sumCatalog, type SumScript } from '../testing/studio-script.js';
import type { BudgetOption } from './budgets.js';

const idle = new AbortController().signal;
let test: TestApp;
afterEach(async () => test.close());

async function mission(budget: BudgetOption | undefined, faults: SumScript = {}) {
  const catalog = sumCatalog(faults);
  test = await startTestApp({ catalog }, { ATELIER_ALLOW_UNSANDBOXED: '1' });
  const { app } = test;
  const caller = await test.person('admin');
  await app.settings.set('maxOutputTokens', 1000, { userId: caller.userId });
  const options = budget === undefined ? {} : { budget };
  const { session } = await app.sessions.submit(caller, { mission: 'Add two numbers', options });
  const { sessionId } = session;
  const go = async () => {
    await app.runner.run(sessionId, idle);
    return app.sessions.get(caller, sessionId);
  };
  const state = () => app.budgets.state(caller, sessionId);
  const tasks = () => catalog.calls.map(({ task }) => task);
  return { app, caller, sessionId, go, state, tasks };
}

const PAUSED = { status: 'needs_attention', error: { code: 'budget_reached' } };

describe('a budget in tokens', () => {
  it('pauses the mission before the call that could pass it, and goes on where it stood once extended', async () => {
    const m = await mission({ tokens: 1 });
    expect(await m.go()).toMatchObject(PAUSED);
    expect(m.tasks()).toEqual([]);
    expect((await m.app.sessions.get(m.caller, m.sessionId)).error?.message).toMatch(
      /paused at the edge of its budget: 0 tokens of 1 tokens used; the next call may take up to [\d,]+ tokens\. Extend/,
    );
    // Nothing was spent by looking again without an extension.
    await m.app.sessions.retry(m.caller, m.sessionId);
    expect(await m.go()).toMatchObject(PAUSED);
    // Enough for the first document's ceiling, and not for the second's.
    const asked = Number((await m.app.sessions.get(m.caller, m.sessionId)).error?.details?.['asked']);
    await m.app.budgets.extend(m.caller, m.sessionId, { tokens: asked });
    expect(await m.app.sessions.get(m.caller, m.sessionId)).toMatchObject({
      status: 'pending',
      error: null,
      completedAt: null,
    });
    expect(await m.go()).toMatchObject(PAUSED);
    expect(m.tasks()).toEqual(['write_prd']);
    await m.app.budgets.extend(m.caller, m.sessionId, { tokens: 1_000_000 });
    expect(await m.go()).toMatchObject({ status: 'awaiting_approval' });
    await approve(m.app, m.caller, m.sessionId);
    expect(await m.go()).toMatchObject({ status: 'completed', qaPassed: true });
    expect(new Set(m.tasks()).size).toBe(m.tasks().length);
    const executions = await m.app.activity.executions(m.caller, m.sessionId, 0, 50);
    const { tokens, usd } = await m.state();
    expect(tokens.used).toBe(executions.reduce((sum, { tokensUsed }) => sum + tokensUsed, 0));
    expect(usd.used).toBeCloseTo(
      executions.reduce((sum, { costUsd }) => sum + costUsd, 0),
      6,
    );
    expect(usd.used).toBeGreaterThan(0);
    expect([tokens.reserved, usd.reserved]).toEqual([0, 0]);
  });

  it('reached in the middle of a step keeps the replies that were paid for', async () => {
    const m = await mission(undefined, {
      async write_prd({ n }) {
        if (n > 1) return undefined;
        // Leaves room for this call and not for the next.
        await m.app.dataSource.query(`UPDATE session_budgets SET limit_tokens = reserved_tokens`);
        return 'This is prose, and has to be corrected.';
      },
    });
    expect(await m.go()).toMatchObject(PAUSED);
    expect(m.tasks()).toEqual(['write_prd']);
    await m.app.budgets.extend(m.caller, m.sessionId, { tokens: 1_000_000 });
    expect(await m.go()).toMatchObject({ status: 'awaiting_approval' });
    // The prose was not asked for again: the second call is its correction.
    expect(m.tasks()).toEqual(['write_prd', 'write_prd', 'write_tech_spec']);
    const executions = await m.app.activity.executions(m.caller, m.sessionId, 0, 50);
    expect(
      executions.map(({ stepKey, status, metadata }) => [
        stepKey,
        status,
        metadata['calls'],
        metadata['replayedCalls'],
      ]),
    ).toEqual([
      ['pm:0', 'interrupted', 1, undefined],
      ['pm:0', 'completed', 1, 1],
      ['arch:0', 'completed', 1, undefined],
    ]);
    expect((await m.state()).tokens.used).toBe(
      executions.reduce((sum, { tokensUsed }) => sum + tokensUsed, 0),
    );
  });
});

describe('a step that is taken up again', () => {
  it('after a crash uses the replies that had come, and is billed the ceiling of the one that had not', async () => {
    let crash = true;
    const m = await mission(undefined, {
      async write_prd({ n }) {
        if (n === 1) return 'prose';
        if (!crash) return undefined;
        crash = false;
        // The process dies here: another takes the session over, and this call never settles.
        await m.app.dataSource.query(
          `UPDATE sessions SET lease_until = clock_timestamp() - interval '1 second', fence = fence + 1 WHERE session_id = $1`,
          [m.sessionId],
        );
        await m.app.dataSource.query(`ALTER FUNCTION settle_model_call(jsonb) RENAME TO settle_later`);
        return Object.assign(new Error('gone'), { status: 400 });
      },
    });
    await m.go();
    await m.app.dataSource.query(`ALTER FUNCTION settle_later(jsonb) RENAME TO settle_model_call`);
    expect((await m.state()).tokens.reserved).toBeGreaterThan(0);
    await m.app.dataSource.query(`UPDATE sessions SET lease_until = NULL, lease_owner = NULL`);
    expect(await m.go()).toMatchObject({ status: 'awaiting_approval' });
    expect(m.tasks()).toEqual(['write_prd', 'write_prd', 'write_prd', 'write_tech_spec']);
    const calls = await repositories(m.app.dataSource.manager).usage.calls(m.sessionId, 'pm:0');
    expect(calls.map(({ callNumber, status }) => [callNumber, status])).toEqual([
      [1, 'settled'],
      [2, 'reserved'],
      [2, 'settled'],
    ]);
    await m.app.dataSource.query(
      `UPDATE model_calls SET expires_at = clock_timestamp() WHERE status = 'reserved'`,
    );
    await m.app.reconciler.pass();
    const { tokens } = await m.state();
    expect(tokens.reserved).toBe(0);
    const lost = calls.find(({ status }) => status === 'reserved');
    expect(tokens.used).toBeGreaterThan(lost?.maxTokens ?? Number.POSITIVE_INFINITY);
  });

  it('after unusable answers does not get the same ones again', async () => {
    let useless = true;
    const m = await mission(undefined, { write_prd: () => (useless ? 'prose' : undefined) });
    await m.app.settings.set('maxAnswerRetries', 1, { userId: m.caller.userId });
    expect(await m.go()).toMatchObject({
      status: 'needs_attention',
      error: { code: 'model_output_invalid' },
    });
    useless = false;
    await m.app.sessions.retry(m.caller, m.sessionId);
    expect(await m.go()).toMatchObject({ status: 'awaiting_approval' });
    expect(m.tasks()).toEqual(['write_prd', 'write_prd', 'write_prd', 'write_tech_spec']);
  });
});

describe('a budget in dollars', () => {
  it('is kept by the price list, and refuses models without a price', async () => {
    const m = await mission({ usd: 0.000001 });
    expect(await m.go()).toMatchObject({ ...PAUSED, error: { details: { unit: 'usd' } } });
    await m.app.settings.set(
      'modelPrices',
      { 'anthropic:*': { input: 0, output: 0 } },
      { userId: m.caller.userId },
    );
    await m.app.budgets.extend(m.caller, m.sessionId, { usd: 0.000001 });
    expect(await m.go()).toMatchObject({ status: 'awaiting_approval' });
  });

  it('refuses a model whose price nobody knows, with the way out', async () => {
    const m = await mission({ usd: 100 });
    await m.app.profiles.update(m.caller, 'pm', { provider: 'openai', model: 'a-model-of-ours' });
    expect(await m.go()).toMatchObject({
      status: 'needs_attention',
      error: { code: 'price_unknown', message: expect.stringContaining('openai:a-model-of-ours') },
    });
    await m.app.settings.set(
      'modelPrices',
      { 'openai:a-model-of-ours': { input: 1, output: 1 } },
      { userId: m.caller.userId },
    );
    await m.app.sessions.retry(m.caller, m.sessionId);
    expect(await m.go()).toMatchObject({ status: 'awaiting_approval' });
  });
});

describe('a budget in minutes', () => {
  it('counts running and not waiting', async () => {
    const m = await mission({ minutes: 60 });
    expect(await m.go()).toMatchObject({ status: 'awaiting_approval' });
    const { used } = (await m.state()).minutes;
    expect(used).toBeGreaterThan(0);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect((await m.state()).minutes.used).toBe(used);
    await m.app.dataSource.query(`UPDATE sessions SET running_seconds = 3600`);
    await approve(m.app, m.caller, m.sessionId);
    expect(await m.go()).toMatchObject({
      ...PAUSED,
      error: { message: expect.stringContaining('60 minutes') },
    });
    expect(m.tasks()).toEqual(['write_prd', 'write_tech_spec']);
    await m.app.budgets.extend(m.caller, m.sessionId, { minutes: 10 });
    expect(await m.go()).toMatchObject({ status: 'completed' });
  });
});

describe('a budget in iterations', () => {
  it('pauses before the next round, and goes on with just that round', async () => {
    const m = await mission(
      { iterations: 1 },
      {
        write_code: ({ n }) =>
          n === 1 ? { summary: 'x', files: [{ path: 'src/sum.js', content: BAD_SUM }] } : undefined,
      },
    );
    await m.go();
    await approve(m.app, m.caller, m.sessionId);
    expect(await m.go()).toMatchObject({
      ...PAUSED,
      error: { details: { unit: 'iterations', limit: 1, used: 1 } },
    });
    const before = m.tasks();
    await m.app.budgets.extend(m.caller, m.sessionId, { iterations: 1 });
    expect(await m.go()).toMatchObject({ status: 'completed', iterationCount: 2 });
    expect(m.tasks().slice(before.length)).toEqual(['write_code']);
  });
});

describe('extending a budget', () => {
  it('is refused for a unit without a limit, for nothing, and for sessions of others', async () => {
    const m = await mission({ tokens: 100_000 });
    await expect(m.app.budgets.extend(m.caller, m.sessionId, { usd: 1 })).rejects.toMatchObject({
      code: 'validation_failed',
      details: { problems: [{ field: 'usd' }] },
    });
    await expect(m.app.budgets.extend(m.caller, m.sessionId, {})).rejects.toMatchObject({
      code: 'validation_failed',
    });
    await expect(m.app.budgets.extend(m.caller, m.sessionId, { tokens: -5 })).rejects.toMatchObject({
      code: 'validation_failed',
    });
    const other = await test.person('submitter');
    await expect(m.app.budgets.extend(other, m.sessionId, { tokens: 1 })).rejects.toMatchObject({
      code: 'not_found',
    });
    await expect(m.app.budgets.state(other, m.sessionId)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('works before the first run and at a gate, and wakes nothing there', async () => {
    const m = await mission({ tokens: 100_000 });
    expect((await m.app.budgets.extend(m.caller, m.sessionId, { tokens: 1 })).state.tokens).toEqual({
      limit: 100_001,
      used: 0,
      reserved: 0,
    });
    expect(await m.go()).toMatchObject({ status: 'awaiting_approval' });
    await m.app.budgets.extend(m.caller, m.sessionId, { tokens: 1 });
    expect(await m.app.sessions.get(m.caller, m.sessionId)).toMatchObject({ status: 'awaiting_approval' });
  });

  it('does not clash with a call that reserves at the same moment', async () => {
    const m = await mission({ usd: 10 });
    await m.app.budgets.ensure(await m.app.sessions.get(m.caller, m.sessionId));
    const call = m.app.dataSource.createQueryRunner();
    await call.startTransaction();
    await call.query(`SELECT 1 FROM session_budgets WHERE session_id = $1 FOR UPDATE`, [m.sessionId]);
    const extending = m.app.budgets.extend(m.caller, m.sessionId, { usd: 1 });
    for (let waiting = 0; waiting === 0;) {
      const [row] = await m.app.dataSource.query(
        `SELECT count(*)::integer AS waiting FROM pg_stat_activity
          WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      );
      waiting = row.waiting;
    }
    const verdict = await repositories(call.manager).usage.reserve({
      ...{ id: newId(), profile: 'pm', provider: 'anthropic', model: 'x', maxTokens: 10, maxUsd: 0.1 },
      ...{ ttlSeconds: 60, sessionId: m.sessionId, stepKey: 'pm:0', callNumber: 1 },
    });
    await call.commitTransaction();
    await call.release();
    expect(verdict).toMatchObject({ granted: true });
    expect((await extending).state.usd).toEqual({ limit: 11, used: 0, reserved: 0.1 });
  });

  it('starts from the default that the settings give', async () => {
    const m = await mission(undefined);
    await m.app.settings.set('budgetUsd', 7, { userId: m.caller.userId });
    expect((await m.state()).usd).toEqual({ limit: 7, used: 0, reserved: 0 });
    await m.go();
    expect((await m.app.budgets.extend(m.caller, m.sessionId, { usd: 3 })).state.usd.limit).toBe(10);
  });
});

describe('what model calls used', () => {
  it('becomes metrics by provider, model and prompt version', async () => {
    const m = await mission(undefined);
    await m.go();
    const rows = await m.app.dataSource.query(
      `SELECT labels->>'agent' AS agent, labels->>'provider' AS provider, labels->>'kind' AS kind, metric_name,
              (labels->>'promptVersion')::integer > 0 AS versioned, metric_value::double precision > 0 AS positive
         FROM metrics WHERE metric_name LIKE 'model%' ORDER BY id`,
    );
    const row = (agent: string, kind: string | null, name: string) => ({
      agent,
      provider: 'anthropic',
      kind,
      metric_name: name,
      versioned: true,
      positive: true,
    });
    expect(rows).toEqual(
      ['pm', 'arch'].flatMap((agent) => [
        row(agent, 'input', 'model_tokens'),
        row(agent, 'output', 'model_tokens'),
        row(agent, null, 'model_cost_usd'),
      ]),
    );
  });
});
